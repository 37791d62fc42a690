"""Figures on other people's questions: `make quality`. Never a dependency of the package."""
