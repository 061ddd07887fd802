"""Codes of a user's own: from their stabilisers, and from a text file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qrl.checks import shown
from qrl.circuits.objectives import CodeOverlap
from qrl.errors import InputError
from qrl.tasks.codes.stabiliser_code import StabiliserCode
from qrl.tasks.codes.task import CodeEncoder, code_distance
from qrl.tasks.text_file import read_text


def code_from_stabilisers(
    stabilisers: Sequence[str],
    logical_x: str | Sequence[str] | None = None,
    logical_z: str | Sequence[str] | None = None,
    data_qubits: int | Sequence[int] | None = None,
    *,
    name: str = "code",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> CodeEncoder:
    """Return the task to find an encoder of a stabiliser code.

    Args:
        stabilisers: independent Pauli strings that commute, "XZZXI", "-ZZI"; the leftmost letter
            acts on the highest qubit.
        logical_x, logical_z: one for each logical qubit; None for both: computed.
        data_qubits: where the states to encode come in, in the order of the logical operators; None:
            the lowest qubits.
        name: of the task.
        description: one sentence; "": written here.
        metadata: what else is known of the code.

    Raises:
        InputError: no such code (see `StabiliserCode.read`), or data qubits that it does not have.
    """
    code = StabiliserCode.read(stabilisers, logical_x, logical_z)
    n, k = code.n_qubits, code.n_logical
    given: Any = range(k) if data_qubits is None else data_qubits
    places = tuple(given) if isinstance(given, (Sequence, np.ndarray)) else (given,)
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InputError(f"metadata must be a dictionary; got {shown(metadata)}.")
    checks, xs, zs = (
        tuple(pauli.label for pauli in paulis)
        for paulis in (code.stabilisers, code.logical_x, code.logical_z)
    )
    objective = CodeOverlap.encoder(checks, xs, zs, places)
    far = code_distance(checks, xs, zs)
    kind = f"[[{n}, {k}]]" if far is None else f"[[{n}, {k}, {far}]]"
    where = ", ".join(map(str, places))
    return CodeEncoder(
        name,
        objective,
        description=description or f"Encoder of a {kind} stabiliser code, data on {where}.",
        stabilisers=checks,
        logical_x=xs,
        logical_z=zs,
        data_qubits=tuple(int(q) for q in places),
        metadata={"n": n, "k": k, "distance": far, **(metadata or {})},
    )


def read_stabilisers(path: str | Path) -> tuple[str, ...]:
    """Read one stabiliser a line, such as "XZZXI" or "-ZZI".

    Empty lines, spaces, and what follows a "#" are left out.

    Raises:
        InputError: no such file, no text, or no stabiliser in it.
    """
    text = read_text(path, "stabiliser file")
    lines = (line.partition("#")[0] for line in text.splitlines())
    found = tuple("".join(line.split()) for line in lines if line.strip())
    if not found:
        raise InputError(
            f"The stabiliser file {str(path)!r} holds no stabiliser; write one a line, as XZZXI."
        )
    return found
