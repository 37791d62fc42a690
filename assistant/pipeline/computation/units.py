"""Name the units of quantities, convert them, and format values with their unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

__all__ = [
    "CURRENCIES",
    "IMPERIAL",
    "UNITS",
    "UNIT_FORM",
    "UNIT_PATTERNS",
    "find_common_unit",
    "format_quantity",
    "format_value",
]

# Units by name: the kind of quantity, the factor to the unit of the kind, and the forms.
_UNIT_FORMS: dict[str, tuple[str, Fraction, str]] = {
    "millimetre": ("length", Fraction(1, 1000), "mm millimetres? millimeters?"),
    "centimetre": ("length", Fraction(1, 100), "cm centimetres? centimeters?"),
    "metre": ("length", Fraction(1), "m met(?:re|er)s?"),
    "kilometre": ("length", Fraction(1000), "kms? kilomet(?:re|er)s?"),
    "inch": ("length", Fraction(254, 10000), "inch(?:es)?"),
    "foot": ("length", Fraction(3048, 10000), "ft foot feet"),
    "yard": ("length", Fraction(9144, 10000), "yards?"),
    "mile": ("length", Fraction(1609344, 1000), "miles?"),
    "gram": ("mass", Fraction(1, 1000), "g grams? grammes?"),
    "kilogram": ("mass", Fraction(1), "kgs? kilos? kilograms? kilogrammes?"),
    "tonne": ("mass", Fraction(1000), "tonnes?"),
    "lb": ("mass", Fraction(45359237, 100000000), "lbs?"),
    "second": ("time", Fraction(1, 3600), "seconds? secs?"),
    "minute": ("time", Fraction(1, 60), "minutes? mins?"),
    "hour": ("time", Fraction(1), "hours? hrs?"),
    "day": ("time", Fraction(24), "days?"),
    "week": ("time", Fraction(168), "weeks?"),
    "month": ("calendar", Fraction(1, 12), "months?"),
    "year": ("calendar", Fraction(1), "years? yrs?"),
    "decade": ("calendar", Fraction(10), "decades?"),
    "century": ("calendar", Fraction(100), "centur(?:y|ies)"),
    "percent": ("share", Fraction(1, 100), r"% per_?cent percentage_points? pct"),
    "$": ("money $", Fraction(1), "dollars? usd"),
    "€": ("money €", Fraction(1), "euros? eur"),
    "£": ("money £", Fraction(1), "gbp pounds_sterling"),
    "square metre": ("area", Fraction(1), "m² sq_?m square_met(?:re|er)s?"),
    "hectare": ("area", Fraction(10_000), "ha hectares?"),
    "square kilometre": (
        "area",
        Fraction(1_000_000),
        "km² km2 sq_?km square_kilomet(?:re|er)s?",
    ),
    "acre": ("area", Fraction(40468564224, 10000000), "acres?"),
    "square mile": ("area", Fraction(2589988110336, 1000000), "sq_mi square_miles?"),
    "millilitre": ("volume", Fraction(1, 1000), "ml millilit(?:re|er)s?"),
    "litre": ("volume", Fraction(1), "lit(?:re|er)s?"),
    "cubic metre": ("volume", Fraction(1000), "m³ cubic_met(?:re|er)s?"),
    "km/h": ("speed", Fraction(1), "km/h kph kmh kilomet(?:re|er)s?_(?:per|an)_hour"),
    "mph": ("speed", Fraction(1609344, 1000000), "mph miles?_(?:per|an)_hour"),
    "°C": ("temperature", Fraction(1), "°_?c degrees?_(?:celsius|centigrade)"),
    "°F": ("temperature F", Fraction(1), "°_?f degrees?_fahrenheit"),
}
UNITS = {name: (kind, factor) for name, (kind, factor, _) in _UNIT_FORMS.items()}
IMPERIAL = frozenset(["inch", "foot", "yard", "mile", "lb", "acre", "mph", "square mile"])
_FORMS = [
    (form.replace("_", r"\s"), name)
    for name, (_, _, forms) in _UNIT_FORMS.items()
    for form in forms.split(" ")
]
# Longer forms first: "square metres" before "m".
UNIT_FORM = "|".join(form for form, _ in sorted(_FORMS, key=lambda pair: -len(pair[0])))
UNIT_PATTERNS = [(re.compile(form, re.IGNORECASE), name) for form, name in _FORMS]
CURRENCIES = {"us$": "$", "$": "$", "usd": "$", "€": "€", "eur": "€", "£": "£", "gbp": "£"}


def find_common_unit(units: Iterable[str]) -> str:
    """Return the unit of a sum or a difference: the smallest of the metric units, if any."""
    names = list(dict.fromkeys(units))
    if len(names) == 1 or not all(names):
        return names[0]
    metric = [name for name in names if name not in IMPERIAL]
    return min(metric or names, key=lambda name: UNITS[name][1])


def format_value(value: Fraction) -> str:
    """Return a value in digits, with thousands separators and at most two decimal places."""
    rounded = round(value, 2)
    text = f"{float(rounded):,.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def format_quantity(value: Fraction, unit: str, noun: str = "") -> str:
    """Return a value with its unit or its counted noun, such as "22 metres" or "$3.5"."""
    number = format_value(value)
    if unit in ("$", "€", "£"):
        return f"{unit}{number}" if value.denominator == 1 else f"{unit}{float(value):,.2f}"
    if unit == "percent":
        return f"{number} percentage points"
    if unit in ("°C", "°F"):
        return f"{number} {unit}"
    if not unit:
        return f"{number} {noun}".strip()
    return f"{number} {_pluralize(unit) if value != 1 else unit}"


def _pluralize(unit: str) -> str:
    irregular = {"foot": "feet", "inch": "inches", "century": "centuries"}
    if unit in ("km/h", "mph"):
        return unit
    return irregular.get(unit, f"{unit}s")
