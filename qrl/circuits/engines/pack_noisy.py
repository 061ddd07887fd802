"""Heads and noise as the flat arrays that noisy kernels read (`kernels/noisy_problem.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines.noise_matrices import Steps
from qrl.circuits.engines.pack import LOSSES, Flat, Packed, spread
from qrl.circuits.engines.pauli_vectors import coefficients, pauli_basis, place_of, spread_bits
from qrl.circuits.kernels import noisy_problem
from qrl.circuits.kernels.noisy_steps import SPARE
from qrl.circuits.kernels.simd import WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Head

TAPE_BYTES = 1 << 28
_MOST_TAPE = 512


def input_count(head: Head) -> int:
    """Return how many inputs a head has for Pauli coefficients.

    An ensemble is one density matrix; a process is compared on all Pauli strings.
    """
    if head.kind == "dephasing":
        return 1
    return 4**head.n_qubits if head.coherent else head.n_inputs


def tape_length(size: int) -> int:
    """Return how many states of so many coefficients a gradient keeps at once."""
    return max(2, min(_MOST_TAPE, TAPE_BYTES // (8 * size)))


def pack_noisy(head: Head, noise: NoiseModel) -> Packed:
    """Return a head and a noise model as the arrays that the noisy kernels read."""
    n, count = head.n_qubits, input_count(head)
    shift = (count - 1).bit_length()
    size = max(4**n << shift, WIDTH)
    index, numbers, tables = Flat(), Flat(), Flat()
    layout = dict.fromkeys(noisy_problem.SLOTS, 0)
    one = head.coherent or head.kind == "dephasing"
    layout |= {
        "kind": noisy_problem.LINEAR, "qubits": n, "shift": shift,
        "inputs": 1 if one else head.n_inputs,
        "observables": max(1, len(head.observables)), "loss": LOSSES[head.loss],
        "tape": tape_length(size),
    }  # fmt: skip
    stiffness = 1.0
    if head.kind in ("linear", "smooth"):
        stiffness = max(spread(o) for o in head.observables) or 1.0
    if head.kind == "smooth":
        layout["kind"] = noisy_problem.SMOOTH
    elif head.kind == "dephasing":
        layout["kind"] = noisy_problem.SQUARES
    places, weights, first = _quantities(head, shift)
    start = np.zeros(size)
    start[: 4**n << shift].reshape(4**n, -1)[:, :count] = _inputs(head)
    # Readout errors belong to measured letters; an overlap is not measured letter by letter.
    steps = Steps(n, shift, noise, readout=head.kind != "overlap")
    layout |= {
        "terms": len(places), "start": tables.add(start), "coefficients": tables.add(weights),
        "matrices": tables.add(steps.matrices), "factors": tables.add(steps.factors),
        "labels": numbers.add(head.labels), "constants": numbers.add([head.offset, head.scale]),
        "weights": numbers.add(head.weights), "places": index.add(places),
        "first": index.add(first), "singles": index.add(steps.singles),
        "pairs": index.add(steps.pairs),
    }  # fmt: skip
    return Packed(
        layout=np.array([layout[name] for name in noisy_problem.SLOTS], dtype=np.int64),
        index=index.array(np.int64),
        numbers=numbers.array(np.float64),
        tables=tables.array(np.float64),
        shift=shift,
        stiffness=stiffness,
        room=SPARE + size * (layout["tape"] + 1),
    )


def _inputs(head: Head) -> NDArray[np.float64]:
    """Return the coefficients of the inputs, shape (4**n, inputs)."""
    n = head.n_qubits
    if head.coherent:
        return np.eye(4**n) * 2.0**n
    if head.inputs is None:
        zero = np.zeros((4**n, 1))
        zero[2 * spread_bits(n)] = 1.0
        return zero
    vectors = coefficients(head.inputs)
    return vectors.sum(axis=0)[:, None] if head.kind == "dephasing" else vectors.T


def _quantities(head: Head, shift: int) -> tuple[NDArray[np.int64], NDArray[np.float64], list[int]]:
    """Return places and weights of the measured quantities, and where each begins."""
    n, count = head.n_qubits, head.n_inputs
    if head.kind == "dephasing":
        # Tr Z(rho)^2 is the mean square of the coefficients of strings of I and Z.
        z_strings = 2 * spread_bits(n) << shift
        return z_strings, np.full(1 << n, 0.5**n), [0, 1 << n]
    if head.kind == "overlap":
        assert head.target is not None
        if head.coherent:
            return _process(head)
        dense = -coefficients(head.target).T * 0.5**n
        rows, which = np.nonzero(np.abs(dense) > 0.0)
        return (rows << shift) + which, dense[rows, which], [0, len(rows)]
    places, weights, first = [], [], [0]
    per_input = head.kind == "linear" and len(head.observables) > 1
    for k, observable in enumerate(head.observables):
        for label, weight in observable.terms():
            place = place_of(label) << shift
            if head.kind == "linear":
                inputs = [k] if per_input else range(count)
                places += [place + i for i in inputs]
                weights += [weight] * len(inputs)
            else:
                places.append(place)
                weights.append(weight)
        first.append(len(places))
    return np.array(places, dtype=np.int64), np.array(weights), first


def _process(head: Head) -> tuple[NDArray[np.int64], NDArray[np.float64], list[int]]:
    """Return weights such that the process fidelity is minus their sum with the outputs of all strings.

    With E(Q) the output for the string Q, it is `sum_Q Tr(V Q V^dagger E(Q)) / 8**n` for the unitary V.
    """
    assert head.target is not None
    n = head.n_qubits
    size = 1 << n
    unitary = head.target.T * np.sqrt(size)
    paulis = pauli_basis(n)
    moved = np.einsum("ij,qjk,lk->qil", unitary, paulis, unitary.conj())
    dense = -np.einsum("pij,qji->pq", paulis, moved).real / size**4
    place, which = np.nonzero(np.abs(dense) > 1e-15)
    return place * 4**n + which, dense[place, which], [0, len(place)]
