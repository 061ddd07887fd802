"""Numbers as tables write them."""

from __future__ import annotations

import math
from typing import Any

MISSING, ENDLESS = "–", "∞"
_PLAIN, _LARGE = 0.0995, 99.5
"""Between these, two digits need no power of ten."""


def known(value: Any) -> bool:
    """Tell whether this is a number, infinite ones included, and not a missing one."""
    if isinstance(value, bool) or value is None:
        return False
    try:
        return not math.isnan(float(value))
    except (TypeError, ValueError):
        return False


def scientific(value: Any) -> str:
    """Return an error or a cost difference with two digits: 5.8e-5, 0.58 or 58."""
    if not known(value):
        return MISSING
    number = float(value)
    if math.isinf(number):
        return ENDLESS if number > 0 else f"-{ENDLESS}"
    if number == 0.0:
        return "0"
    if _PLAIN <= abs(number) < _LARGE:
        return f"{number:#.2g}".rstrip(".")
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def fixed(value: Any, digits: int = 2) -> str:
    """Return a number with a fixed count of digits behind the point, without a minus before zero."""
    if not known(value):
        return MISSING
    number = float(value)
    if math.isinf(number):
        return ENDLESS if number > 0 else f"-{ENDLESS}"
    return f"{number:z.{digits}f}"


def count(value: Any) -> str:
    """Return a count: whole where it is whole, with thin groups of thousands, else one digit."""
    if not known(value):
        return MISSING
    number = float(value)
    if math.isinf(number):
        return ENDLESS
    return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"


def duration(value: Any) -> str:
    """Return seconds with three significant digits."""
    if not known(value):
        return MISSING
    number = float(value)
    if math.isinf(number):
        return ENDLESS
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def percent(value: Any) -> str:
    """Return a share as a percentage without the sign."""
    return MISSING if not known(value) else f"{100 * float(value):.0f}"


def yes_or_no(value: Any) -> str:
    """Return a flag in a word; a missing one as such."""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return MISSING if missing or value != value else ("yes" if bool(value) else "no")


def in_unit(name: str, unit: str) -> str:
    """Return the name of a quantity with its unit, where it has one."""
    return f"{name} ({unit})" if unit else name


def short(value: float | None, digits: int = 4) -> float | None:
    """Return a number with few significant digits, as drawings need it; None where it is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")
