"""Matrix-product states of any bond dimension as circuits, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.mps.layer import fused, inverse, layer
from qrl.circuits.mps.state import MatrixProductState
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LAYERS = 4
MOST_QUBITS = 20
"""Up to here a state of a larger bond dimension than 2 is held as 2**n amplitudes."""
_EXACT = 1e-9
_MOST_GRADIENTS, _TRIED = 500, 250
"""Gradient evaluations for tuning a layer, and for finding out whether a CNOT is missed."""
_SLACK = 1.5
"""Factor by which the infidelity may grow in all while CNOTs are taken out."""
_LEAST_PART = 0.1
"""Part of the infidelity that a layer must take away to be kept."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A circuit for a matrix-product state.

    Attributes:
        circuit: of CNOTs, RY and RZ between neighbouring qubits.
        fidelity: of what it prepares with the state, 0 to 1.
        layers: of two-qubit gates.
    """

    circuit: Circuit
    fidelity: float
    layers: int


def encode(state: MatrixProductState, most_layers: int = MOST_LAYERS) -> Encoded:
    """Return a circuit that prepares a matrix-product state.

    Bond dimension 2 takes one layer and is exact. Of a larger one, each layer prepares what is left of
    the state once the layers so far are undone, cut to bond dimension 2, and acts before them (Ran,
    Physical Review A 101, 032310 (2020)); all angles then follow the fidelity (Rudolph, Chen, Miller,
    Acharya and Perdomo-Ortiz, arXiv 2209.00595). Layers are added until one takes away less than a tenth
    of the infidelity. In the end CNOTs are taken out, as long as the infidelity grows by no more than half
    in all or stays rounding.

    Args:
        state: of n qubits.
        most_layers: at least 1.

    Raises:
        InputError: a bond dimension above 2 on more than 20 qubits.
    """
    state = state.compressed()
    circuit = layer(state)
    if state.n_qubits > MOST_QUBITS and state.bond <= 2:
        return Encoded(circuit, 1.0, 1)
    if state.n_qubits > MOST_QUBITS:
        raise InputError(
            f"A matrix-product state of bond dimension {state.bond} can be written as a circuit on up "
            f"to {MOST_QUBITS} qubits; this one has {state.n_qubits}. Cut it to bond dimension 2."
        )
    target = state.dense()
    circuit, fidelity = _tuned(circuit, target)
    layers = 1
    while layers < most_layers and 1 - fidelity > _EXACT:
        rest = _applied(inverse(circuit), target)
        first = layer(MatrixProductState.of_dense(rest.real if state.is_real else rest, 2))
        joined = Circuit(state.n_qubits, first.gates + circuit.gates, first.angles + circuit.angles)
        longer, better = _tuned(joined, target)
        if 1 - better > (1 - _LEAST_PART) * (1 - fidelity):
            break
        circuit, fidelity, layers = longer, better, layers + 1
    return Encoded(*_thinned(circuit, fidelity, target), layers)


def _thinned(circuit: Circuit, fidelity: float, target: NDArray[Any]) -> tuple[Circuit, float]:
    """Take CNOTs out one after the other as long as the angles can make up for them."""
    limit, before = max(_SLACK * (1 - fidelity), _EXACT), np.inf
    while circuit.two_qubit_count < before:
        before, place = circuit.two_qubit_count, 0
        while place < len(circuit):
            if circuit.gates[place].name == "cx":
                shorter, reached = _tuned(circuit.remove(place), target, _TRIED)
                if 1 - reached <= limit:
                    circuit, fidelity = shorter, reached
                    continue
            place += 1
    return circuit, fidelity


def _applied(circuit: Circuit, amplitudes: NDArray[Any]) -> NDArray[np.complex128]:
    from qrl.circuits.engines.plain_engine import output_states

    after: NDArray[np.complex128] = output_states(circuit, amplitudes[None])[0]
    return after


def _tuned(
    circuit: Circuit, target: NDArray[Any], most: int = _MOST_GRADIENTS
) -> tuple[Circuit, float]:
    """Return a circuit with the angles of a maximum of the fidelity, and the fidelity."""
    from qrl.circuits.engines.exact import ExactEngine
    from qrl.circuits.objectives import Infidelity
    from qrl.circuits.tuned import TuneOptions

    engine = ExactEngine(Infidelity(target.astype(np.complex128)), threads=1, table_bytes=0)
    options = TuneOptions(tolerance=1e-7, max_gradients=most, restart=False)
    found = engine.tune(fused(circuit), options=options)
    whole = fused(found.circuit)
    return whole, 1 - engine.value(whole)
