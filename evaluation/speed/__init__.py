"""Measure seconds: `make speed`."""
