"""Writes a circuit in the gates of another set, exactly up to a global phase."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qrl.circuits.gates import gate_spec
from qrl.errors import InputError
from qrl.search.refining.placed import Placed, build, is_pair, place
from qrl.search.refining.single_runs import short_runs

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

ENTANGLERS = ("cx", "cz", "ecr", "rzz")
"""Two-qubit gates that a CNOT can be written with, in the order in which they are preferred."""
_QUARTER = math.pi / 2


def in_gates(circuit: Circuit, allowed: frozenset[str]) -> Circuit:
    """Return the circuit over the gates of a set.

    Two-qubit gates that are not in it become CNOTs, and these its own two-qubit gate; then all runs of
    single-qubit gates that hold a foreign gate are written anew.

    Args:
        circuit: any circuit.
        allowed: names of the gates of the set.

    Raises:
        InputError: its gates cannot be written exactly in that set.
    """
    entangler = next((name for name in ENTANGLERS if name in allowed), None)
    gates: list[Placed] = []
    for gate, angle in circuit.placed():
        if not is_pair(gate) or gate.name in allowed:
            gates.append((gate, angle))
            continue
        if entangler is None:
            raise _inexpressible(gate.name, allowed)
        for other, its_angle in _as_cnots(gate.name, *gate.qubits, angle=angle):
            if other.name == "cx" and entangler != "cx":
                gates += _cnot_with(entangler, *other.qubits)
            else:
                gates.append((other, its_angle))
    new = short_runs(build(circuit.n_qubits, gates), allowed)
    foreign = sorted({gate.name for gate in new.gates} - allowed)
    if foreign:
        raise _inexpressible(", ".join(foreign), allowed)
    return new


def _as_cnots(name: str, a: int, b: int, *, angle: float | None) -> list[Placed]:
    cnot = place("cx", a, b)
    if name == "cx":
        return [cnot]
    if name == "cz":
        return [place("h", b), cnot, place("h", b)]
    if name == "swap":
        return [cnot, place("cx", b, a), cnot]
    if name == "rzz":
        return [cnot, place("rz", b, angle=angle), cnot]
    assert name == "ecr", name
    # ECR = X_a exp(-i pi/4 Z_a X_b), and CX = RZ_a(pi/2) RX_b(pi/2) exp(i pi/4 Z_a X_b).
    return [
        place("x", a), cnot, place("rz", a, angle=-_QUARTER), place("rx", b, angle=-_QUARTER),
    ]  # fmt: skip


def _cnot_with(entangler: str, a: int, b: int) -> list[Placed]:
    """Return a CNOT as another two-qubit gate and single-qubit gates."""
    if entangler == "cz":
        return [place("h", b), place("cz", a, b), place("h", b)]
    turns = [place("rz", a, angle=_QUARTER), place("rx", b, angle=_QUARTER)]
    if entangler == "ecr":
        return [place("x", a), place("ecr", a, b), *turns]
    return [place("h", b), place("rzz", a, b, angle=-_QUARTER), place("h", b), *turns]


def _inexpressible(names: str, allowed: frozenset[str]) -> InputError:
    known = ", ".join(n for n in sorted(allowed) if gate_spec(n))
    return InputError(
        f"The circuit cannot be written exactly with the gates {known}: its gates ({names}) need others. "
        "Take a set with a two-qubit gate and rotations about two axes, or rz and sx, such as ibm-cz."
    )
