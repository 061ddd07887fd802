"""Hypothesis strategies that several test folders share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import strategies as st

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.circuits.pauli import PauliSum


def angles(bound: float = 2 * math.pi) -> st.SearchStrategy[float]:
    """Draw angles in radians, special ones included."""
    special = st.sampled_from([0.0, math.pi / 2, math.pi, -math.pi / 4, 1e-9])
    return special | st.floats(-bound, bound, allow_nan=False)


@st.composite
def circuits(
    draw: st.DrawFn,
    max_qubits: int = 4,
    max_gates: int = 12,
    names: Sequence[str] = tuple(GATES),
    *,
    min_qubits: int = 1,
    min_gates: int = 0,
    angle: st.SearchStrategy[float] | None = None,
) -> Circuit:
    """Draw circuits over the gates `names`; those too wide for the circuit are left out."""
    n_qubits = draw(st.integers(min_qubits, max_qubits))
    fitting = [name for name in names if gate_spec(name).n_qubits <= n_qubits]
    length = draw(st.integers(min_gates, max_gates)) if fitting else 0
    gates, values = [], []
    for _ in range(length):
        name = draw(st.sampled_from(fitting))
        spec = gate_spec(name)
        wires = st.lists(
            st.integers(0, n_qubits - 1),
            min_size=spec.n_qubits,
            max_size=spec.n_qubits,
            unique=True,
        )
        gates.append(Gate(name, tuple(draw(wires))))
        if spec.parametric:
            values.append(draw(angles() if angle is None else angle))
    return Circuit(n_qubits, tuple(gates), tuple(values))


@st.composite
def pauli_sums(draw: st.DrawFn, n_qubits: int, max_terms: int = 8) -> PauliSum:
    """Draw sums of Pauli strings on `n_qubits` qubits; strings may repeat."""
    label = st.text("IXYZ", min_size=n_qubits, max_size=n_qubits)
    terms = draw(st.lists(st.tuples(label, st.floats(-2, 2)), min_size=1, max_size=max_terms))
    labels, weights = zip(*terms, strict=True)
    return PauliSum(labels, weights)
