"""Define the command line interface, with one file per group of commands."""

__all__: list[str] = []
