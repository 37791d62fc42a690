"""Seconds and megabytes: `make speed`."""
