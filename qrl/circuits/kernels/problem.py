"""What a compiled objective is made of.

An objective travels as four flat arrays, whatever its kind: `layout` (whole numbers: what it is and
where its parts begin), `index` (masks), `numbers` (doubles) and `tables` (what is as long as a state,
in the engine's precision). Inside a kernel they become a `Problem`, whose parts are addresses.

A batch of input states is one longer state vector: its lowest `shift` qubits say which input an
amplitude belongs to, and the gates of the circuit act on the qubits above them. Padding inputs are
zero vectors. Every kernel of a single state so serves a batch, and walks over it with whole vectors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.simd import LOG_WIDTH, address

LINEAR, OVERLAP, DEPHASING, SMOOTH = range(4)
"""Heads: <H>; offset - sum over inputs |<target|state>|^2; offset - sum over outcomes of squared
probability; a smooth function of expectation values on each input (`losses.py`)."""

SLOTS = (
    "kind", "qubits", "shift", "group", "inputs", "observables", "blocks", "loss", "n_lows",
    "start", "real", "imaginary", "target",
    "labels", "constants", "weights",
    "masks", "first", "lows", "terms",
)  # fmt: skip
"""What the numbers of `layout` say, in order. From "start" on, where a part begins, -1 for none: a line
each in `tables`, `numbers` and `index`."""
_AT = {name: k for k, name in enumerate(SLOTS)}
_FIRST_PART = _AT["start"]


STATES = 4
"""States that `work` has room for: state and co-state, and two more for closed forms."""


class Problem(NamedTuple):
    """An objective inside a kernel.

    Attributes:
        kind: LINEAR, OVERLAP, DEPHASING or SMOOTH.
        size: amplitudes of the whole register, 2**(qubits + shift), but at least a vector; those
            beyond the register stay zero.
        shift: qubits that number the inputs.
        group: OVERLAP adds amplitudes over 2**group inputs before squaring: 0 for inputs that are
            told apart, `shift` for a process.
        inputs: how many inputs there are; those up to 2**shift are padding.
        observables: Pauli sums that are measured (SMOOTH), else 1.
        blocks: 0 where each mask has a table; else qubits of the blocks that term-wise Pauli sums
            are worked through in.
        loss: number of the smooth function.
        n_lows: how many low bits of masks there are.
        has_start, is_real: whether there is an input (else |0...0>); whether no diagonal has an
            imaginary part.
        start: real and imaginary parts of the input.
        real, imaginary: the diagonals as `observable.py` reads them.
        target: real and imaginary parts that OVERLAP compares with.
        labels: (inputs, observables), wanted values.
        constants: offset, scale.
        weights: SMOOTH: of each input; term-wise: of each term.
        masks: what each entry of a diagonal flips, without the low bits (`observable.py`);
            term-wise, what each diagonal flips.
        first: where the entries begin, by observable, vector and low bits; term-wise, the number of
            masks.
        lows: the low bits of masks, `n_lows` of them.
        terms: term-wise, where the terms of each mask begin, then the z-mask of each term.
        scratch: room for a block, behind the states of `work`.
    """

    kind: Any
    size: Any
    shift: Any
    group: Any
    inputs: Any
    observables: Any
    blocks: Any
    loss: Any
    n_lows: Any
    has_start: Any
    is_real: Any
    start: Any
    real: Any
    imaginary: Any
    target: Any
    labels: Any
    constants: Any
    weights: Any
    masks: Any
    first: Any
    lows: Any
    terms: Any
    scratch: Any


_KIND, _QUBITS, _SHIFT, _GROUP, _INPUTS, _OBSERVABLES, _BLOCKS, _LOSS, _N_LOWS = range(_FIRST_PART)
_START, _REAL, _IMAGINARY, _TARGET, _LABELS, _CONSTANTS, _WEIGHTS = range(
    _FIRST_PART, _FIRST_PART + 7
)
_MASKS, _FIRST, _LOWS, _TERMS = range(_FIRST_PART + 7, len(SLOTS))


@inner
def unpack(layout, index, numbers, tables, work):
    """Return the problem that four arrays describe."""
    qubits = max(layout[_QUBITS] + layout[_SHIFT], LOG_WIDTH)
    return Problem(
        layout[_KIND],
        np.uint64(1) << np.uint64(qubits),
        layout[_SHIFT],
        layout[_GROUP],
        layout[_INPUTS],
        layout[_OBSERVABLES],
        layout[_BLOCKS],
        layout[_LOSS],
        layout[_N_LOWS],
        layout[_START] >= 0,
        layout[_IMAGINARY] < 0,
        address(tables, max(layout[_START], 0)),
        address(tables, max(layout[_REAL], 0)),
        address(tables, max(layout[_IMAGINARY], 0)),
        address(tables, max(layout[_TARGET], 0)),
        address(numbers, max(layout[_LABELS], 0)),
        address(numbers, max(layout[_CONSTANTS], 0)),
        address(numbers, max(layout[_WEIGHTS], 0)),
        address(index, max(layout[_MASKS], 0)),
        address(index, max(layout[_FIRST], 0)),
        address(index, max(layout[_LOWS], 0)),
        address(index, max(layout[_TERMS], 0)),
        address(work, STATES << (1 + qubits)),
    )
