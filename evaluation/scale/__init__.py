"""Measure bulk indexing: `make scale`."""
