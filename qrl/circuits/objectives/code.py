"""Stabiliser and logical overlaps: encoders of quantum codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import is_whole
from qrl.circuits.objectives.base import (
    Head,
    SameValues,
    checked_observable,
    checked_states,
    checked_weights,
    expectation_values,
)
from qrl.circuits.objectives.code_paulis import SignedPauli
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_QUBITS = 20
"""Physical and logical ones together: beyond, the inputs fill gigabytes."""


@dataclass(frozen=True, slots=True, eq=False)
class CodeOverlap(SameValues):
    """`1 - sum_k w_k <O_k>_k`: how far each input's output is from its own set of signs.

    For an encoder, input k is a logical state before encoding, and O_k the mean of the code's
    stabilisers and of the logical operators, with the signs of their eigenvalues on it (`encoder`
    makes them); the cost is 0 where every input becomes its code word.

    Attributes:
        states: normalised inputs, shape (inputs, 2**n).
        observables: O_k, one Pauli sum for each input.
        weights: of the inputs, scaled to add up to 1; None: equal.
    """

    states: Any
    observables: tuple[PauliSum, ...]
    weights: Any = None

    def __post_init__(self) -> None:
        given: Any = self.observables
        if isinstance(given, PauliSum):
            raise InputError("CodeOverlap needs a tuple of observables, one for each input.")
        observables = tuple(checked_observable(o, "CodeOverlap") for o in given)
        if not observables or len({o.n_qubits for o in observables}) > 1:
            raise InputError(
                "CodeOverlap needs observables on the same qubits, one for each input."
            )
        object.__setattr__(self, "observables", observables)
        states = checked_states(self.states, self.n_qubits, "input states")
        if len(states) != len(observables):
            raise InputError(
                f"There must be one observable for each of {len(states)} inputs; got {len(observables)}."
            )
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "weights", checked_weights(self.weights, len(states)))

    @staticmethod
    def encoder(
        stabilisers: Sequence[str],
        logical_x: str | Sequence[str],
        logical_z: str | Sequence[str],
        data_qubit: int | Sequence[int] = 0,
    ) -> CodeOverlap:
        """Return the objective of an encoder of one or several logical qubits.

        The inputs are products of eigenstates on the k data qubits, |0> on the others: those of X
        on all of them, of Y, and of Z, with all signs, 3 * 2**k in number. The observable of an
        input is the mean of all stabilisers and of the k logical operators of its axis, each times
        its sign.

        The cost is zero exactly where every state is encoded right, superpositions with their
        phases included. For let V be the circuit's map from the data qubits, and W the wanted one.
        Stabilisers of value 1 put the image of V into the code space, so that W^dagger V is
        unitary. Logical X_j of the value of the sign in all X inputs, which are a basis, means that
        V takes X_j to the logical X_j as W does; likewise for Z_j. So W^dagger V commutes with
        every X_j and Z_j, and is a phase factor.

        Args:
            stabilisers: Pauli strings with an optional sign in front, "-XZZXI".
            logical_x, logical_z: the logical operators, likewise; one, or one for each data qubit.
            data_qubit: where the state to encode comes in; a qubit for each logical X.

        Raises:
            InputError: texts that are no Pauli strings, of different lengths or numbers; a logical
                X that does not anticommute with its Z; data qubits that do not exist or repeat.
        """
        xs = [SignedPauli.read(text, "logical X") for text in _listed(logical_x)]
        zs = [SignedPauli.read(text, "logical Z") for text in _listed(logical_z)]
        checks = [SignedPauli.read(text) for text in _listed(stabilisers)]
        if not xs or len({pauli.n_qubits for pauli in (*xs, *zs, *checks)}) != 1:
            raise InputError(
                "The stabilisers and the logical X and Z must act on the same qubits; got "
                f"{stabilisers!r}, {logical_x!r} and {logical_z!r}."
            )
        n, k = xs[0].n_qubits, len(xs)
        places = _places(data_qubit, k, n)
        if len(zs) != k:
            raise InputError(f"There must be as many logical Z as X; got {len(zs)} and {k}.")
        if n + k > _MOST_QUBITS:
            raise InputError(
                f"An encoder may have {_MOST_QUBITS} physical and logical qubits together; got {n + k}."
            )
        for x, z in zip(xs, zs, strict=True):
            if x.commutes(z):
                raise InputError(
                    "The logical X and Z of a qubit must anticommute; "
                    f"got {x.label!r} and {z.label!r}."
                )
        ys = [
            SignedPauli(n, 0, 0, power=1).times(x).times(z) for x, z in zip(xs, zs, strict=True)
        ]  # Y = i X Z
        states, observables, share = [], [], 1.0 / (len(checks) + k)
        for axis, logicals in (("Z", zs), ("X", xs), ("Y", ys)):
            for ones in range(1 << k):
                signs = [1.0 - 2.0 * (ones >> j & 1) for j in range(k)]
                states.append(_product_state(axis, ones, places, n))
                factors = [check.sign for check in checks]
                factors += [sign * each.sign for sign, each in zip(signs, logicals, strict=True)]
                labels = tuple(pauli.letters for pauli in (*checks, *logicals))
                observables.append(PauliSum(labels, tuple(share * f for f in factors)))
        return CodeOverlap(np.array(states), tuple(observables))

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.observables[0].n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below, known without solving the problem."""
        above = [o.identity_weight - o.lower_bound for o in self.observables]
        means = [o.identity_weight for o in self.observables]
        return float(1.0 - self.weights @ (np.array(means) + np.array(above)))

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Normalised input states, shape (inputs, 2**n)."""
        states: NDArray[np.complex128] = self.states
        return states

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (inputs, 2**n)."""
        pairs = zip(self.observables, outputs, strict=True)
        values = [expectation_values(o, state[None, :])[0] for o, state in pairs]
        return float(1.0 - self.weights @ np.array(values))

    def head(self) -> Head:
        """Return what a kernel computes."""
        negated = tuple(PauliSum(o.labels, tuple(-w for w in o.weights)) for o in self.observables)
        inputs = np.sqrt(self.weights)[:, None] * self.states
        return Head("linear", self.n_qubits, inputs=inputs, observables=negated, offset=1.0)


def _listed(given: Any) -> list[Any]:
    """Return one text, or several, as a list."""
    return [given] if isinstance(given, str) or not isinstance(given, Sequence) else list(given)


def _places(given: Any, count: int, n_qubits: int) -> list[int]:
    """Return the data qubits as a checked list."""
    places = list(given) if isinstance(given, Sequence) else [given]
    if not all(is_whole(q) and 0 <= q < n_qubits for q in places):
        raise InputError(f"The data qubit must be 0 to {n_qubits - 1}; got {given}.")
    if len(places) != count or len(set(places)) != count:
        raise InputError(
            f"There must be {count} different data qubits, one for each logical X; got {given}."
        )
    return [int(q) for q in places]


def _product_state(
    axis: str, ones: int, places: list[int], n_qubits: int
) -> NDArray[np.complex128]:
    """Return eigenstates of an axis on the data qubits, |0> elsewhere.

    Args:
        axis: X, Y or Z.
        ones: bit j: whether the eigenvalue on `places[j]` is -1.
        places: the data qubits.
        n_qubits: number of qubits of the state.
    """
    state = np.zeros(1 << n_qubits, dtype=np.complex128)
    if axis == "Z":
        state[sum(1 << place for j, place in enumerate(places) if ones >> j & 1)] = 1.0
        return state
    unit = 1.0 if axis == "X" else 1j
    for pattern in range(1 << len(places)):
        index, amplitude = 0, np.complex128(1.0)
        for j, place in enumerate(places):
            if pattern >> j & 1:
                index |= 1 << place
                amplitude *= -unit if ones >> j & 1 else unit
        state[index] = amplitude * 0.5 ** (len(places) / 2)
    return state
