"""In which order qubits stand in a chain, and Hamiltonians and circuits in that order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

_MOST_STEPS = 200_000
"""Of looking for a path through a coupling map."""


def chain_orders(observable: PauliSum, coupling: nx.Graph) -> list[tuple[int, ...]]:
    """Return orders of the qubits that are worth trying, neighbours coupled in each.

    They are: as numbered; halves folded onto each other, and the first half backwards (of a molecule in
    the Jordan-Wigner mapping the halves are the two spins); and by the Fiedler vector of how strongly the
    Hamiltonian's flips join qubits, which brings those together that depend on each other (Barcza,
    Legeza, Marti and Reiher, Physical Review A 83, 012508 (2011), from mutual information). Where none
    fits a coupling map, any path through it is taken.

    Args:
        observable: the Hamiltonian.
        coupling: nodes 0 to n - 1.

    Raises:
        InputError: no path visits each qubit once.
    """
    n, half = observable.n_qubits, observable.n_qubits // 2
    plain = tuple(range(n))
    folded = tuple(k // 2 if k % 2 == 0 else n - 1 - k // 2 for k in range(n))
    candidates = [plain, folded, plain[:half][::-1] + plain[half:], _by_strength(observable)]
    fitting = [
        o for o in dict.fromkeys(candidates) if all(coupling.has_edge(*p) for p in pairwise(o))
    ]
    return fitting or [_path(coupling)]


def reordered(observable: PauliSum, order: Sequence[int]) -> PauliSum:
    """Return an operator with qubit `order[j]` at site j."""
    n = observable.n_qubits
    labels = tuple(
        "".join(label[n - 1 - order[j]] for j in reversed(range(n))) for label in observable.labels
    )
    return PauliSum(labels, observable.weights)


def placed(circuit: Circuit, order: Sequence[int]) -> Circuit:
    """Return a circuit with what acts on site j on qubit `order[j]`."""
    gates = tuple(Gate(g.name, tuple(order[q] for q in g.qubits)) for g in circuit.gates)
    return Circuit(circuit.n_qubits, gates, circuit.angles)


def _by_strength(observable: PauliSum) -> tuple[int, ...]:
    n = observable.n_qubits
    strength = np.zeros((n, n))
    for label, weight in observable.terms():
        flipped = np.array([letter in "XY" for letter in reversed(label)], dtype=np.float64)
        strength += abs(weight) * np.outer(flipped, flipped)
    np.fill_diagonal(strength, 0.0)
    _, vectors = np.linalg.eigh(np.diag(strength.sum(axis=1)) - strength)
    fiedler = np.round(
        vectors[:, min(1, n - 1)], 9
    )  # equal entries stay in the order of the qubits
    return tuple(np.argsort(fiedler, kind="stable").tolist())


def _path(coupling: nx.Graph) -> tuple[int, ...]:
    """Return a path that visits each qubit once, by depth-first search, narrow ways first."""
    n, steps = coupling.number_of_nodes(), 0
    by_degree = sorted(coupling, key=lambda q: (coupling.degree[q], q))
    waiting: list[tuple[int, ...]] = [(q,) for q in reversed(by_degree)]
    while waiting and steps < _MOST_STEPS:
        path, steps = waiting.pop(), steps + 1
        if len(path) == n:
            return path
        ways = [q for q in coupling[path[-1]] if q not in path]
        ways.sort(key=lambda q: (-sum(other not in path for other in coupling[q]), -q))
        waiting += [(*path, q) for q in ways]
    raise InputError(
        "A matrix-product state needs a path through the coupling map that visits each qubit once; "
        "none was found. Use another map, or another start."
    )
