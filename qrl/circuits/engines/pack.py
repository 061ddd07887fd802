"""Heads as the flat arrays that kernels read (`kernels/problem.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.kernels import losses, problem, terms
from qrl.circuits.kernels.simd import WIDTH
from qrl.circuits.pauli import masks as masks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Head
    from qrl.circuits.pauli import PauliSum

_KINDS = {
    "linear": problem.LINEAR,
    "overlap": problem.OVERLAP,
    "dephasing": problem.DEPHASING,
    "smooth": problem.SMOOTH,
}
LOSSES = {
    "squared": losses.SQUARED,
    "logistic": losses.LOGISTIC,
    "softmax": losses.SOFTMAX,
    "ratio": losses.RATIO,
}
TABLE_QUBITS = 13
"""Up to here each mask has its diagonal as a table; beyond, diagonals are worked out block by block."""
BLOCK_QUBITS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """An objective as a kernel takes it.

    Attributes:
        layout, index, numbers, tables: see `kernels/problem.py`, with noise `noisy_problem.py`.
        shift: qubits that number the inputs.
        stiffness: typical second derivative of the cost.
        room: numbers that a thread needs to work in, whatever the circuit.
    """

    layout: NDArray[np.int64]
    index: NDArray[np.int64]
    numbers: NDArray[np.float64]
    tables: NDArray[Any]
    shift: int
    stiffness: float
    room: int

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The four arrays in the order of the kernels' arguments."""
        return self.layout, self.index, self.numbers, self.tables


class Flat:
    """Parts of a flat array, one after the other."""

    def __init__(self) -> None:
        self.parts: list[NDArray[Any]] = []
        self.length = 0

    def add(self, part: Any) -> int:
        """Append numbers and return where they begin."""
        begin = self.length
        self.parts.append(np.ravel(part))
        self.length += self.parts[-1].size
        return begin

    def array(self, kind: Any) -> NDArray[Any]:
        """Return everything as one array, never empty."""
        joined = np.concatenate([*self.parts, np.zeros(1)]) if self.parts else np.zeros(1)
        return np.ascontiguousarray(joined, dtype=kind)


def pack(head: Head, precision: Any = np.float64) -> Packed:
    """Return a head as the arrays that the state-vector kernels read."""
    shift = (head.n_inputs - 1).bit_length()
    index, numbers, tables = Flat(), Flat(), Flat()
    layout = dict.fromkeys(problem.SLOTS, -1)
    layout |= {
        "kind": _KINDS[head.kind], "qubits": head.n_qubits, "shift": shift, "blocks": 0,
        "group": shift if head.coherent else 0, "inputs": head.n_inputs,
        "observables": 1, "loss": LOSSES[head.loss],
    }  # fmt: skip
    offset, stiffness = head.offset, 1.0
    if head.inputs is not None:
        layout["start"] = tables.add(_halves(head.inputs, shift))
    if head.kind == "overlap":
        assert head.target is not None
        layout["target"] = tables.add(_halves(head.target, shift))
    if head.kind == "linear" and len(head.observables) == 1:
        # The identity is a number: a state vector does not change it.
        norm = 1.0 if head.inputs is None else float(np.vdot(head.inputs, head.inputs).real)
        offset += norm * head.observables[0].identity_weight
    if head.kind == "smooth":
        layout |= {
            "observables": len(head.observables),
            "labels": numbers.add(head.labels),
        }  # fmt: skip
        stiffness = max(1.0, *(spread(o) for o in head.observables))
    if head.kind == "linear":
        stiffness = max(spread(o) for o in head.observables) or 1.0
    layout["constants"] = numbers.add([offset, head.scale])
    if head.kind in ("linear", "smooth"):
        _add_observables(head, shift, layout, index, numbers, tables)
    if head.kind == "smooth":
        layout["weights"] = numbers.add(head.weights)
    states = problem.STATES * 2 * max(1 << head.n_qubits + shift, WIDTH)
    return Packed(
        layout=np.array([layout[name] for name in problem.SLOTS], dtype=np.int64),
        index=index.array(np.int64),
        numbers=numbers.array(np.float64),
        tables=tables.array(precision),
        shift=shift,
        stiffness=stiffness,
        room=states + (1 << BLOCK_QUBITS),
    )


def is_term_wise(head: Head) -> bool:
    """Tell whether a head's observables are worked out block by block, without tables."""
    return head.kind == "linear" and len(head.observables) == 1 and head.n_qubits > TABLE_QUBITS


def spread(observable: PauliSum) -> float:
    """Root of the mean square eigenvalue: how far the cost of a random state strays."""
    rest = [w for label, w in observable.terms() if set(label) != {"I"}]
    return float(np.linalg.norm(rest))


def _halves(states: NDArray[np.complex128], shift: int) -> NDArray[np.float64]:
    """Return states as real and imaginary parts of one register, the number of the input lowest."""
    inputs = 1 << shift
    padded = np.zeros(max(states.shape[1] * inputs, WIDTH), dtype=np.complex128)
    padded[: states.shape[1] * inputs].reshape(-1, inputs)[:, : len(states)] = states.T
    return np.concatenate([padded.real, padded.imag])


def _add_observables(
    head: Head, shift: int, layout: dict[str, int], index: Flat, numbers: Flat, tables: Flat
) -> None:
    per_input = head.kind == "linear" and len(head.observables) > 1
    if is_term_wise(head):
        _add_terms(head.observables[0], shift, layout, index, numbers)
        return
    groups = [head.observables] if per_input else [(o,) for o in head.observables]
    keep_identity = per_input or head.kind == "smooth"
    size = max(1 << head.n_qubits + shift, WIDTH)
    diagonals = [_diagonals(group, shift, size, keep_identity) for group in groups]
    lows = sorted({x % WIDTH for group in diagonals for x in group})
    is_real = not any(d.imag.any() for group in diagonals for d in group.values())
    masks, counts, vectors = [], [], []
    for group in diagonals:
        xs = sorted(group, key=lambda x: (x % WIDTH, x))
        if not xs:
            counts.append(np.zeros(size // WIDTH * len(lows), dtype=np.int64))
            continue
        # Shape (masks, vectors, width); each vector is shuffled as its mask will shuffle it back.
        table = np.array(
            [group[x].reshape(-1, WIDTH)[:, np.arange(WIDTH) ^ (x % WIDTH)] for x in xs]
        )
        row, column = np.nonzero(table.any(axis=2).T)
        rank = np.array([lows.index(x % WIDTH) for x in xs])
        counts.append(
            np.bincount(row * len(lows) + rank[column], minlength=size // WIDTH * len(lows))
        )
        masks.append(np.array([x - x % WIDTH for x in xs])[column])
        vectors.append(table[column, row])
    first = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    layout |= {"n_lows": len(lows), "lows": index.add(np.array(lows, dtype=np.int64))}
    layout |= {"masks": index.add(_joined(masks)), "first": index.add(first)}
    entries = _joined(vectors)
    layout["real"] = tables.add(entries.real)
    if not is_real:
        layout["imaginary"] = tables.add(entries.imag)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _diagonals(
    observables: tuple[PauliSum, ...], shift: int, size: int, keep_identity: bool
) -> dict[int, NDArray[np.complex128]]:
    """Return the diagonal of each mask over the whole register; one observable serves all inputs."""
    inputs = 1 << shift
    result: dict[int, NDArray[np.complex128]] = {}
    for k, observable in enumerate(observables):
        identity = 0.0 if keep_identity else observable.identity_weight
        for x, diagonal in observable.diagonals():
            whole = result.setdefault(x << shift, np.zeros(size, dtype=np.complex128))
            rows = whole[: len(diagonal) * inputs].reshape(len(diagonal), inputs)
            which = slice(None) if len(observables) == 1 else slice(k, k + 1)
            rows[:, which] += (diagonal - (identity if x == 0 else 0.0))[:, None]
    return {x: d for x, d in result.items() if d.any()}


def _add_terms(
    observable: PauliSum, shift: int, layout: dict[str, int], index: Flat, numbers: Flat
) -> None:
    by_mask: dict[int, list[tuple[int, float]]] = {}
    for label, weight in observable.terms():
        x, z, phase = masks_of(label)
        if x == z == 0:
            continue
        # D_x[i] has the sign of i ^ x; that of x is a constant.
        sign = -1.0 if (x & z).bit_count() % 2 else 1.0
        factor = sign * weight * phase
        key = x << shift
        if phase.imag:
            by_mask.setdefault(key | terms.IMAGINARY, []).append((z << shift, factor.imag))
        else:
            by_mask.setdefault(key, []).append((z << shift, factor.real))
    order = sorted(by_mask)
    starts, letters, weights = [0], [], []
    for key in order:
        letters += [z for z, _ in by_mask[key]]
        weights += [w for _, w in by_mask[key]]
        starts.append(len(letters))
    layout["blocks"] = min(BLOCK_QUBITS, observable.n_qubits + shift)
    layout["masks"] = index.add(order)
    layout["first"] = index.add([len(order)])
    if any(key & terms.IMAGINARY for key in order):
        layout["imaginary"] = 0  # no table: it only says that the observable is not real
    layout["terms"] = index.add(starts + letters)
    layout["weights"] = numbers.add(weights)
