"""Fetch URLs within limits: only what the user named, and nothing from a private network."""

from index.web.fetcher import FetchedResource, Fetcher, Limits

__all__ = ["FetchedResource", "Fetcher", "Limits"]
