"""Addresses in, bytes out, within limits: nothing is fetched but what a person named, and nothing from a private network."""

from .fetching import Fetched, Fetcher, Limits

__all__ = ["Fetched", "Fetcher", "Limits"]
