"""What a compiled objective with noise is made of.

It travels as four flat arrays like a noiseless one (`problem.py`), and its parts are addresses.
Measured quantities are linear in the Pauli coefficients of the final state (`ptm.py`): a list of places
and weights for each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.simd import LOG_WIDTH, address

LINEAR, SQUARES, SMOOTH = range(3)
"""Heads: offset + sum of weight * coefficient; offset - sum of weight * coefficient^2; a smooth
function of expectation values on each input (`losses.py`)."""

SLOTS = (
    "kind", "qubits", "shift", "inputs", "observables", "loss", "terms", "tape",
    "start", "coefficients", "matrices", "factors",
    "labels", "constants", "weights",
    "places", "first", "singles", "pairs",
)  # fmt: skip
"""What the numbers of `layout` say, in order. From "start" on, where a part begins: a line each in
`tables`, `numbers` and `index`."""

PER_PAIR = 4
"""Numbers that `pairs` holds for each opcode and pair of qubits: vectors of factors, matrices of the
first and of the second qubit, matrix of both; -1 for what is absent."""


class NoisyProblem(NamedTuple):
    """An objective with noise inside a kernel.

    Attributes:
        kind: LINEAR, SQUARES or SMOOTH.
        size: coefficients of the whole register, 4**qubits * 2**shift, but at least a vector.
        qubits, shift: qubits, and bits that number the inputs.
        inputs: inputs in use. observables: quantities for each input, of SMOOTH. loss: its function.
        terms: how many places and weights there are.
        tape: states that a gradient may keep at once.
        start: coefficients of the input.
        coefficients: a weight for each place.
        matrices: 4 x 4 and 16 x 16 matrices of gates and channels. factors: see `ptm.scale`.
        labels, constants, weights: see `problem.py`.
        places: where the quantities' coefficients stand, of input 0. first: where each begins.
        singles: by opcode and qubit, where the matrix of the gate with its noise begins; of a
            rotation, that of its noise alone.
        pairs: by opcode and qubits, four numbers (`PER_PAIR`).
    """

    kind: Any
    size: Any
    qubits: Any
    shift: Any
    inputs: Any
    observables: Any
    loss: Any
    terms: Any
    tape: Any
    start: Any
    coefficients: Any
    matrices: Any
    factors: Any
    labels: Any
    constants: Any
    weights: Any
    places: Any
    first: Any
    singles: Any
    pairs: Any


_KIND, _QUBITS, _SHIFT, _INPUTS, _OBSERVABLES, _LOSS, _TERMS, _TAPE = range(8)
_START, _COEFFICIENTS, _MATRICES, _FACTORS = range(8, 12)
_LABELS, _CONSTANTS, _WEIGHTS = range(12, 15)
_PLACES, _FIRST, _SINGLES, _PAIRS = range(15, len(SLOTS))


@inner
def unpack(layout, index, numbers, tables):
    """Return the problem that four arrays describe."""
    bits = max(2 * layout[_QUBITS] + layout[_SHIFT], LOG_WIDTH)
    return NoisyProblem(
        layout[_KIND],
        np.uint64(1) << np.uint64(bits),
        layout[_QUBITS],
        layout[_SHIFT],
        layout[_INPUTS],
        layout[_OBSERVABLES],
        layout[_LOSS],
        layout[_TERMS],
        layout[_TAPE],
        address(tables, layout[_START]),
        address(tables, layout[_COEFFICIENTS]),
        address(tables, layout[_MATRICES]),
        address(tables, layout[_FACTORS]),
        address(numbers, layout[_LABELS]),
        address(numbers, layout[_CONSTANTS]),
        address(numbers, layout[_WEIGHTS]),
        address(index, layout[_PLACES]),
        address(index, layout[_FIRST]),
        address(index, layout[_SINGLES]),
        address(index, layout[_PAIRS]),
    )
