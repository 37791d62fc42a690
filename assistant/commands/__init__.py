"""Families of commands of the command line, a file each."""

__all__: list[str] = []
