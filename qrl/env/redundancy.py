"""Which actions commute, and which do nothing next to one another: decided from gate matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.canonical import commute
from qrl.circuits.gates import Gate, gate_spec, pauli_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.env.actions import ActionSet


def commuting_actions(actions: ActionSet) -> NDArray[np.bool_]:
    """Return which actions commute at all angles, shape (actions, actions).

    Two of several gates do where each gate of one commutes with each of the other; that they may do so
    only as wholes goes unseen, which forbids less than could be.
    """
    gates = list(dict.fromkeys(gate for word in actions.words for gate in word))
    number = {gate: k for k, gate in enumerate(gates)}
    clash = np.zeros((len(gates), len(gates)))
    for j, a in enumerate(gates):
        for k, b in enumerate(gates[:j]):
            clash[j, k] = clash[k, j] = not commute(a, b)
    holds = np.zeros((len(actions), len(gates)))
    for row, word in zip(holds, actions.words, strict=True):
        row[[number[gate] for gate in word]] = 1.0
    found: NDArray[np.bool_] = holds @ clash @ holds.T < 0.5
    return found


_UNLIMITED = 1 << 40
_ORDERS = 16
"""Powers of a fixed gate that are looked at; none of the table has a higher order than T's 8."""


def most_in_a_row(actions: ActionSet) -> NDArray[np.int64]:
    """Return how often each action may stand in a row before fewer gates do the same.

    Once for a rotation and for a gate that undoes itself; for S three times, or once where Z or RZ is
    an action too.
    """
    single = {word[0] for word in actions.words if len(word) == 1}
    return np.array([_most(word, single) for word in actions.words], dtype=np.int64)


def absorbed(actions: ActionSet) -> NDArray[np.bool_]:
    """Return which actions are one rotation together, shape (actions, actions), such as S and RZ."""
    found = np.zeros((len(actions), len(actions)), dtype=np.bool_)
    for turn, (gate, *more) in enumerate(actions.words):
        if more or not gate_spec(gate.name).parametric:
            continue
        for fixed, (other, *others) in enumerate(actions.words):
            if others or other.qubits != gate.qubits or gate_spec(other.name).parametric:
                continue
            if _is_turn(gate_spec(other.name).matrix(), gate):
                found[turn, fixed] = found[fixed, turn] = True
    return found


def _most(word: Sequence[Gate], single: set[Gate]) -> int:
    if len(word) > 1:
        # As a whole it slides onto its like; gate by gate that is of use only where these commute.
        merge = all(gate_spec(g.name).parametric or _order(g.name) == 2 for g in word)
        apart = all(commute(a, b) for a in word for b in word)
        return 1 if merge and apart else _UNLIMITED
    gate = word[0]
    if gate_spec(gate.name).parametric:
        return 1
    matrix = gate_spec(gate.name).matrix()
    power = matrix
    rivals = [other for other in single if other.qubits == gate.qubits and other != gate]
    for times in range(2, _ORDERS + 1):
        power = power @ matrix
        if _is_identity(power) or any(_is_one(power, other) for other in rivals):
            return times - 1
    return _UNLIMITED


def _order(name: str) -> int:
    """Return the least power of a fixed gate that is the identity up to a phase, 0 for none."""
    matrix = gate_spec(name).matrix()
    powers = (np.linalg.matrix_power(matrix, k) for k in range(1, _ORDERS + 1))
    return next((k for k, power in enumerate(powers, start=1) if _is_identity(power)), 0)


def _is_one(matrix: NDArray[np.complex128], gate: Gate) -> bool:
    """Tell whether a gate has this matrix, up to a phase, at some angle."""
    spec = gate_spec(gate.name)
    if spec.parametric:
        return _is_turn(matrix, gate)
    return _is_identity(matrix @ spec.matrix().conj().T)


def _is_turn(matrix: NDArray[np.complex128], rotation: Gate) -> bool:
    """Tell whether a matrix is a rotation up to a phase: a combination of 1 and its generator."""
    label = gate_spec(rotation.name).generator
    assert label is not None
    generator = pauli_matrix(label)
    size = len(generator)
    part = np.trace(matrix) / size * np.eye(size) + np.trace(generator @ matrix) / size * generator
    return bool(np.allclose(matrix, part, atol=1e-12))


def _is_identity(matrix: NDArray[np.complex128]) -> bool:
    return bool(np.allclose(matrix, matrix[0, 0] * np.eye(len(matrix)), atol=1e-12))
