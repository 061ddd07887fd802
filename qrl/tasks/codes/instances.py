"""Codes that have an id."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from qrl.circuits.pauli import letter_on
from qrl.errors import InputError, unknown_name
from qrl.tasks.codes.own_data import code_from_stabilisers
from qrl.tasks.codes.task import CodeEncoder
from qrl.tasks.ids import check_id

MOST_QUBITS = 12
"""Of a code with a name; larger ones are built from their stabilisers."""


class KnownCode(NamedTuple):
    """A code by its texts.

    Attributes:
        title: what it is, in words.
        stabilisers, logical_x, logical_z: Pauli strings, leftmost letter on the highest qubit.
        facts: what else is known of it, for the task's metadata.
    """

    title: str
    stabilisers: tuple[str, ...]
    logical_x: tuple[str, ...]
    logical_z: tuple[str, ...]
    facts: dict[str, Any]


def five_qubit() -> KnownCode:
    """Return the five-qubit code (Laflamme et al., PRL 77, 198 (1996))."""
    checks = ("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ")
    return KnownCode("Five-qubit code", checks, ("XXXXX",), ("ZZZZZ",), {})


def steane() -> KnownCode:
    """Return Steane's seven-qubit code (Proc. R. Soc. A 452, 2551 (1996))."""
    supports = ("IIIXXXX", "IXXIIXX", "XIXIXIX")
    checks = supports + tuple(text.replace("X", "Z") for text in supports)
    return KnownCode("Steane code", checks, ("X" * 7,), ("Z" * 7,), {})


def shor() -> KnownCode:
    """Return Shor's nine-qubit code (PRA 52, R2493 (1995))."""
    pairs = [letter_on("Z", (q, q + 1), 9) for q in (0, 1, 3, 4, 6, 7)]
    checks = (*pairs, letter_on("X", range(6), 9), letter_on("X", range(3, 9), 9))
    # |0> becomes the product of three |000> + |111>, so that X strings tell the logical states.
    return KnownCode("Shor code", checks, ("Z" * 9,), ("X" * 9,), {})


def four_two_two() -> KnownCode:
    """Return the [[4, 2, 2]] code (Vaidman, Goldenberg and Wiesner, PRA 54, R1745 (1996))."""
    published = "1 H and 5 CNOTs (nested MCTS, arXiv 2207.00132)"
    return KnownCode(
        "[[4, 2, 2]] code", ("XXXX", "ZZZZ"), ("XXII", "XIXI"), ("ZIZI", "ZZII"),
        {"published": (published,)},
    )  # fmt: skip


def eight_three_two() -> KnownCode:
    """Return the [[8, 3, 2]] code on the corners of a cube (Campbell, 2016; Kubica et al., 2015)."""
    faces = ((0, 1, 2, 3), (0, 1, 4, 5), (0, 2, 4, 6))
    checks = ("X" * 8, *(letter_on("Z", face, 8) for face in (*faces, (4, 5, 6, 7))))
    edges = ((0, 4), (0, 2), (0, 1))
    return KnownCode(
        "[[8, 3, 2]] code", checks, tuple(letter_on("X", face, 8) for face in faces),
        tuple(letter_on("Z", edge, 8) for edge in edges), {},
    )  # fmt: skip


def surface_3() -> KnownCode:
    """Return the rotated surface code of distance 3 on 3 x 3 qubits, numbered row by row."""
    x_faces, z_faces = ((1, 2, 4, 5), (3, 4, 6, 7), (0, 1), (7, 8)), (
        (0, 1, 3, 4), (4, 5, 7, 8), (2, 5), (3, 6),
    )  # fmt: skip
    checks = (*(letter_on("X", f, 9) for f in x_faces), *(letter_on("Z", f, 9) for f in z_faces))
    logical_x, logical_z = (letter_on("X", (0, 3, 6), 9),), (letter_on("Z", (0, 1, 2), 9),)
    return KnownCode("Rotated surface code of distance 3", checks, logical_x, logical_z, {})


def repetition(n_qubits: int) -> KnownCode:
    """Return the repetition code against bit flips: |0> to |0...0>, |1> to |1...1>."""
    _check_size("repetition code", n_qubits, 2)
    checks = tuple(letter_on("Z", (q, q + 1), n_qubits) for q in range(n_qubits - 1))
    logical_z = (letter_on("Z", (0,), n_qubits),)
    return KnownCode(
        f"Repetition code of {n_qubits} qubits", checks, ("X" * n_qubits,), logical_z, {}
    )


def iceberg(n_qubits: int) -> KnownCode:
    """Return the [[n, n - 2, 2]] code with stabilisers X...X and Z...Z, n even."""
    _check_size("iceberg code", n_qubits, 4)
    if n_qubits % 2:
        raise InputError(f"The iceberg code needs an even number of qubits; got {n_qubits}.")
    if 2 * n_qubits - 2 > 20:
        raise InputError(f"The iceberg code may have up to 10 qubits here; got {n_qubits}.")
    inner = range(1, n_qubits - 1)
    return KnownCode(
        f"Iceberg code of {n_qubits} qubits", ("X" * n_qubits, "Z" * n_qubits),
        tuple(letter_on("X", (0, q), n_qubits) for q in inner),
        tuple(letter_on("Z", (q, n_qubits - 1), n_qubits) for q in inner), {},
    )  # fmt: skip


FIXED: dict[str, Callable[[], KnownCode]] = {
    "four-two-two": four_two_two,
    "five-qubit": five_qubit,
    "steane": steane,
    "shor": shor,
    "surface-3": surface_3,
    "eight-three-two": eight_three_two,
}
SIZED: dict[str, Callable[[int], KnownCode]] = {"repetition": repetition, "iceberg": iceberg}
IDS: tuple[str, ...] = ("code/repetition-3", *(f"code/{name}" for name in FIXED))
HINT = "Other sizes have ids too: code/repetition-5, code/iceberg-6."
_SIZED_ID = re.compile(rf"code/(?P<family>{'|'.join(SIZED)})-(?P<n>\d{{1,6}})")


@cache
def make(name: str) -> CodeEncoder:
    """Build a task from its id.

    Raises:
        InputError: there is no such task.
    """
    check_id(name)
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


def _check_size(what: str, n_qubits: int, least: int) -> None:
    if not least <= n_qubits <= MOST_QUBITS:
        raise InputError(
            f"The {what} may have {least} to {MOST_QUBITS} qubits here; got {n_qubits}. Larger "
            "codes are built from their stabilisers (qrl.tasks.codes.code_from_stabilisers)."
        )
