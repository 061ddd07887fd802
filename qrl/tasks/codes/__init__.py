"""Encoders of quantum error-correcting codes."""

from __future__ import annotations

import re
from functools import cache

from qrl.errors import unknown_name
from qrl.tasks.codes.known import FIXED, SIZED
from qrl.tasks.codes.read import read_stabilisers
from qrl.tasks.codes.stabiliser_code import StabiliserCode
from qrl.tasks.codes.task import CodeEncoder, code_from_stabilisers

IDS: tuple[str, ...] = ("code/repetition-3", *(f"code/{name}" for name in FIXED))
HINT = "Other sizes have ids too: code/repetition-5, code/iceberg-6."
_SIZED_ID = re.compile(rf"code/(?P<family>{'|'.join(SIZED)})-(?P<n>\d{{1,6}})")

__all__ = [
    "HINT",
    "IDS",
    "CodeEncoder",
    "StabiliserCode",
    "code_from_stabilisers",
    "make",
    "read_stabilisers",
]


@cache
def make(name: str) -> CodeEncoder:
    """Build a task from its id.

    Raises:
        InputError: there is no such task.
    """
    sized = _SIZED_ID.fullmatch(name)
    fixed = FIXED.get(name.removeprefix("code/"))
    if sized is not None:
        known = SIZED[sized["family"]](int(sized["n"]))
    elif fixed is not None and name.startswith("code/"):
        known = fixed()
    else:
        raise unknown_name("task", name, IDS, HINT)
    return code_from_stabilisers(
        known.stabilisers, known.logical_x, known.logical_z, name=name,
        description=f"{known.title}: the circuit that encodes the states of the lowest qubits.",
        metadata=known.facts,
    )  # fmt: skip
