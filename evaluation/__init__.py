"""Measure the assistant on public question sets: `make quality`. The package never imports this."""
