"""Circuits that make stabiliser states, such as GHZ and graph states, with few gates."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from qrl.tasks.qiskit_preparation import makes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

_SMALL = 1e-6


def stabiliser_preparation(state: NDArray[np.complex128]) -> QuantumCircuit | None:
    """Return a circuit that makes a stabiliser state from |0...0>, up to a phase; None of any other state.

    The amplitudes of a stabiliser state are equal on x0 + span(v_1, ..., v_k) over GF(2), and zero
    elsewhere; at x0 + sum_j t_j v_j their phase is i**(sum_j a_j t_j) (-1)**(sum_{j<l} b_jl t_j t_l), with
    a_j in 0, 1, 2, 3 and b_jl in 0, 1 (Dehaene and De Moor, arXiv quant-ph/0304125). With the v_j reduced
    so that qubit p_j is set in v_j alone: H on each p_j; S, Z and CZ among them for the phase; CNOTs from
    p_j to the other qubits of v_j; X where x0 is 1.

    Args:
        state: normalised, shape (2**n,).
    """
    from qiskit import QuantumCircuit

    support = np.flatnonzero(np.abs(state) > _SMALL)
    if len(support).bit_count() != 1 or np.ptp(np.abs(state[support])) > _SMALL:
        return None
    rows = _reduced(support ^ support[0])
    if len(support) != 1 << len(rows):
        return None
    pivots = [row.bit_length() - 1 for row in rows]
    start = int(support[0])
    for row, pivot in zip(rows, pivots, strict=True):
        start ^= row if start >> pivot & 1 else 0
    ratios = state[[start ^ row for row in rows]] / state[start]
    quarter = np.round(np.angle(ratios) / (np.pi / 2)).astype(int) % 4
    circuit = QuantumCircuit(len(state).bit_length() - 1)
    for pivot, turns in zip(pivots, quarter, strict=True):
        circuit.h(pivot)
        for gate in ((), ("s",), ("z",), ("sdg",))[turns]:
            getattr(circuit, gate)(pivot)
    for j, k in combinations(range(len(rows)), 2):
        both = state[start ^ rows[j] ^ rows[k]] / (state[start] * ratios[j] * ratios[k])
        if both.real < 0.0:
            circuit.cz(pivots[j], pivots[k])
    for row, pivot in zip(rows, pivots, strict=True):
        for qubit in range(circuit.num_qubits):
            if row >> qubit & 1 and qubit != pivot:
                circuit.cx(pivot, qubit)
    for qubit in range(circuit.num_qubits):
        if start >> qubit & 1:
            circuit.x(qubit)
    return circuit if makes(circuit, state) else None


def _reduced(masks: NDArray[np.int64]) -> list[int]:
    """Return a basis of the span of bit masks over GF(2), each leading bit in one of them alone."""
    rows: dict[int, int] = {}
    for mask in map(int, masks):
        for pivot, row in rows.items():
            mask ^= row if mask >> pivot & 1 else 0
        if mask:
            pivot = mask.bit_length() - 1
            rows = {p: row ^ mask if row >> pivot & 1 else row for p, row in rows.items()}
            rows[pivot] = mask
    return list(rows.values())
