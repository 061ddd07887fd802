"""Angles in a few letters, as drawings of circuits show them."""

from __future__ import annotations

import math

_DENOMINATORS = 12
_EXACT = 1e-9
_NOTHING = 5e-4
"""Angles below this, in radians, are shown as 0: they only widen the boxes."""


def angle_text(angle: float) -> str:
    """Return an angle in radians: a multiple of pi/12 as such, others with three digits."""
    parts = angle * _DENOMINATORS / math.pi
    if abs(parts) < 1e4 and abs(parts - round(parts)) < _EXACT:
        return _fraction(round(parts))
    if abs(angle) < _NOTHING:
        return "0"
    return f"{angle:.3g}"


def _fraction(twelfths: int) -> str:
    if twelfths == 0:
        return "0"
    common = math.gcd(twelfths, _DENOMINATORS)
    above, below = abs(twelfths) // common, _DENOMINATORS // common
    sign = "-" if twelfths < 0 else ""
    return f"{sign}{'' if above == 1 else above}π{'' if below == 1 else f'/{below}'}"
