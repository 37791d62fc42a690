"""Define the English names of months and weekdays, and patterns of them."""

from __future__ import annotations

__all__ = ["MONTH", "MONTH_NAMES", "WEEKDAY", "WEEKDAY_NAMES"]

MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# For use inside of another pattern that ignores case.
MONTH = f"(?:{'|'.join(MONTH_NAMES)})"
WEEKDAY = f"(?:{'|'.join(WEEKDAY_NAMES)})"
