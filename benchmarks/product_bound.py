"""The lowest energy of states in which groups of qubits are not entangled: what few CNOTs cannot beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.pauli import PauliSum

_STARTS = 6
_MOST_TURNS = 200
_SETTLED = 1e-10


def lowest_of_products(observable: PauliSum, groups: int, seed: int = 0) -> float:
    """Return the lowest expectation value found among products of states of that many groups.

    Every way to share the qubits among the groups is tried. For each, the energy is lowered by turns: with
    all groups but one fixed it is a quadratic form in that one, whose lowest eigenvector is taken. As
    such turns may settle above the lowest energy, several starts are made: the best basis state, and
    others at random.

    Args:
        observable: real in the computational basis, on at most about 10 qubits.
        groups: at least 2; a product of more groups is one of fewer too.
        seed: of the random starts.

    Raises:
        ValueError: the observable is not real.
    """
    matrix: NDArray[Any] = observable.to_qiskit().to_matrix()
    if np.abs(matrix.imag).max() > 1e-12:
        raise ValueError("the observable must be real")
    real = np.ascontiguousarray(matrix.real)
    rng = np.random.default_rng(seed)
    return min(_lowest(real, labels, rng) for labels in _partitions(observable.n_qubits, groups))


def _partitions(n: int, groups: int) -> Iterator[list[list[int]]]:
    """Yield all ways to share n things among non-empty groups, none of them named."""

    def extend(shared: list[list[int]], item: int) -> Iterator[list[list[int]]]:
        if item == n:
            if len(shared) == groups:
                yield [list(group) for group in shared]
            return
        for k in range(len(shared)):
            shared[k].append(item)
            yield from extend(shared, item + 1)
            shared[k].pop()
        if len(shared) < groups:
            shared.append([item])
            yield from extend(shared, item + 1)
            shared.pop()

    return extend([], 0)


def _lowest(
    matrix: NDArray[np.float64], labels: list[list[int]], rng: np.random.Generator
) -> float:
    n, k = int(np.log2(len(matrix))), len(labels)
    order = [axis for group in labels for axis in group]
    sizes = [2 ** len(group) for group in labels]
    form = matrix.reshape((2,) * (2 * n)).transpose(order + [n + axis for axis in order])
    form = form.reshape(sizes + sizes)
    bits = np.unravel_index(int(np.diag(matrix).argmin()), (2,) * n)
    basis = []
    for group, size in zip(labels, sizes, strict=True):
        vector = np.zeros(size)
        vector[np.ravel_multi_index([int(bits[axis]) for axis in group], (2,) * len(group))] = 1.0
        basis.append(vector)
    lowest = np.inf
    for start in range(_STARTS):
        vectors = basis
        if start:
            weight = (0.3, 0.3, 0.6, 1e3, 1e3)[start - 1]
            vectors = [v + weight * rng.normal(size=v.size) for v in basis]
        lowest = min(lowest, _settled(form, [v / np.linalg.norm(v) for v in vectors], k))
    return lowest


def _settled(form: NDArray[np.float64], vectors: list[NDArray[np.float64]], k: int) -> float:
    last = np.inf
    for _ in range(_MOST_TURNS):
        value = last
        for own in range(k):
            fixed: list[Any] = [form, list(range(2 * k))]
            for other in range(k):
                if other != own:
                    fixed += [vectors[other], [other], vectors[other], [k + other]]
            quadratic = np.einsum(*fixed, [own, k + own], optimize="greedy")
            values, states = np.linalg.eigh((quadratic + quadratic.T) / 2)
            value, vectors[own] = float(values[0]), states[:, 0]
        if last - value < _SETTLED:
            return value
        last = value
    return last
