"""Errors that say what was required, what came and what to try."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QrlError(Exception):
    """Base class of every error that `qrl` raises on purpose."""


class InputError(QrlError, ValueError):
    """The user's input cannot be used; the command line turns it into exit code 2."""


class CheckFailed(QrlError):
    """A check that was asked for did not hold; the command line turns it into exit code 1."""


class MissingExtra(QrlError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


_FEW, _MANY = 4, 40


def unknown_name(kind: str, name: str, known: Iterable[str], hint: str = "") -> InputError:
    """Build the error for a name that is not registered, suggesting the nearest ones.

    Args:
        kind: what the name was meant to be, such as "task" or "agent".
        name: the name that came.
        known: the names that exist.
        hint: a sentence on where to see all of them.

    Returns:
        The error to raise.
    """
    names = sorted(known)
    proposal = ""
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    if near:
        proposal = f"Did you mean {' or '.join(repr(n) for n in near)}?"
    if len(names) <= (_FEW if near else _MANY):
        proposal = f"{proposal} Known: {', '.join(names)}.".strip()
    return InputError(
        " ".join(part for part in (f"Unknown {kind} {name!r}.", proposal, hint) if part)
    )
