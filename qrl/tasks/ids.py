"""How ids write numbers."""

from __future__ import annotations

import re

from qrl.checks import shown
from qrl.errors import InputError

_LEADING_ZERO = re.compile(r"(?<![0-9.])(?<![eE])(?<![eE][-+])0+[0-9]")
"""Not in 0.05 and not in the exponent of 1e-05, which Python writes so."""


def check_id(name: str) -> str:
    """Return an id, so that each task has one and the same.

    Raises:
        InputError: a number that begins with a zero, as in state/ghz-04q, or digits of other scripts.
    """
    if not isinstance(name, str):
        raise InputError(f"An id must be a text; got {shown(name)}.")
    if any(letter.isdigit() and not letter.isascii() for letter in name):
        raise InputError(f"Ids write numbers with the digits 0 to 9; got {shown(name)}.")
    found = _LEADING_ZERO.search(name)
    if found:
        digits = re.match("[0-9]+", name[found.start() :])
        written = digits[0] if digits else ""
        raise InputError(
            f"Ids write numbers without zeros in front; got {shown(written)} in {shown(name)}. "
            f"Write {shown(written.lstrip('0') or '0')[1:-1]}."
        )
    return name
