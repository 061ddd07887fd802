"""Problems of a user's own: MaxCut of a graph, QUBO and Ising problems from arrays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from qrl.checks import real_number, shown
from qrl.circuits.objectives import Expectation
from qrl.circuits.objectives.base import checked_numbers
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.optimisation.task import MOST_VARIABLES, BinaryOptimisation
from qrl.tasks.optimisation.values import SAME_VALUE, all_values, scale_of, spin_sum_terms
from qrl.tasks.task import SCAN_QUBIT_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELATIVE_TARGET = 1e-6
"""Error at which a problem counts as solved, in units of the largest weight of a Pauli string;
it is rounded to two digits."""


def maxcut(graph: nx.Graph, *, name: str = "maxcut", description: str = "") -> BinaryOptimisation:
    """Return the MaxCut problem of a graph.

    The cost is minus the expected cut, `-sum over edges of w_uv (1 - <Z_u Z_v>) / 2`. Node k, in the
    order of `graph.nodes`, is qubit k.

    Args:
        graph: undirected; edges have the attribute "weight", a real number, 1 where it is missing.
        name: the task's name.
        description: one sentence.

    Returns:
        The task; its metadata name the nodes (`variables`) and the edges (`edges`, triples of two
        node numbers and a weight). The reference is the best cut up to 20 nodes.

    Raises:
        InputError: no graph of 2 to 24 nodes, directed, several edges between two nodes, an edge from
            a node to itself, a weight that is no finite number, or no cut above 0.
    """
    _check_graph(graph)
    number = {node: index for index, node in enumerate(graph.nodes)}
    couplings = np.zeros((len(number), len(number)))
    for u, v, weight in graph.edges(data="weight", default=1):
        first, second = sorted((number[u], number[v]))
        couplings[first, second] = real_number(f"The weight of edge ({u}, {v})", weight)
    constant, fields = -0.5 * float(couplings.sum()), np.zeros(len(number))
    observable = PauliSum(*spin_sum_terms(constant, fields, 0.5 * couplings))
    best = None
    if observable.n_qubits <= SCAN_QUBIT_LIMIT and scale_of(observable) > 0.0:
        best = float(all_values(observable).min())
    if couplings.max() <= 0.0 or (best is not None and best >= -SAME_VALUE * scale_of(observable)):
        raise InputError(
            "The graph needs a cut above 0, but no edge or no choice of sides gives one; "
            "check the weights of its edges."
        )
    return BinaryOptimisation(
        name, Expectation(observable), reference=best, family="maxcut", maximise=True,
        description=description or f"MaxCut of a graph with {len(number)} nodes.",
        target_error=_target(observable),
        metadata={
            "variables": _texts(list(number)),
            "edges": tuple(
                (int(u), int(v), float(couplings[u, v])) for u, v in np.argwhere(couplings)
            ),
        },
    )  # fmt: skip


def qubo(
    matrix: Any,
    *,
    constant: float = 0.0,
    variables: Sequence[str] | None = None,
    name: str = "qubo",
    description: str = "",
) -> BinaryOptimisation:
    """Return the problem to minimise `constant + x^T Q x` over bits x, each 0 or 1.

    With `x_k = (1 - Z_k) / 2`. All entries of Q count, so a symmetric Q weighs each pair twice; the
    diagonal holds the linear terms.

    Args:
        matrix: Q, shape (n, n), real.
        constant: added to every value.
        variables: names of the bits, in the order of the rows; None: "x0", "x1", ...
        name: the task's name.
        description: one sentence.

    Raises:
        InputError: no square matrix of finite real numbers with 1 to 24 rows, names that do not fit,
            or the same value for every assignment.
    """
    q = _square(matrix, "QUBO matrix")
    pairs = np.triu(q + q.T, 1)
    linear = np.diag(q).copy()
    quarter = 0.25 * pairs
    fields = -0.5 * linear - quarter.sum(axis=0) - quarter.sum(axis=1)
    offset = (
        real_number("The constant", constant) + 0.5 * float(linear.sum()) + float(quarter.sum())
    )
    size = float(np.abs(q).max())
    fields[np.abs(fields) <= 1e-15 * size * len(q)] = 0.0  # what is left of terms that cancel
    return _task(
        offset, fields, quarter, _names(variables, "x", len(q)),
        name=name, family="qubo", description=description or f"QUBO of {len(q)} bits.",
    )  # fmt: skip


def ising(
    fields: Any,
    couplings: Any,
    *,
    constant: float = 0.0,
    variables: Sequence[str] | None = None,
    name: str = "ising",
    description: str = "",
) -> BinaryOptimisation:
    """Return the problem to minimise `constant + sum h_i s_i + sum_{i<j} J_ij s_i s_j`.

    The spins s are +1 (measured as 0) or -1 (measured as 1).

    Args:
        fields: h, shape (n,), real.
        couplings: J, shape (n, n), real, with entries above the diagonal alone.
        constant: added to every value.
        variables: names of the spins; None: "s0", "s1", ...
        name: the task's name.
        description: one sentence.

    Raises:
        InputError: other shapes, numbers that are not finite, entries on or below the diagonal of J,
            names that do not fit, or the same value for every assignment.
    """
    j = _square(couplings, "couplings J")
    h = checked_numbers(fields, "fields h", np.float64)
    if h.shape != (len(j),):
        raise InputError(
            f"The fields h must have shape ({len(j)},), as many as J has rows; got {h.shape}."
        )
    if np.tril(j).any():
        raise InputError(
            "The couplings J must be 0 on and below the diagonal, so that each pair is given once. "
            "From a symmetric matrix that gives each pair twice, use numpy.triu(J, 1)."
        )
    return _task(
        real_number("The constant", constant), h, j, _names(variables, "s", len(j)),
        name=name, family="ising", description=description or f"Ising problem of {len(j)} spins.",
    )  # fmt: skip


def _task(
    constant: float,
    fields: NDArray[np.float64],
    couplings: NDArray[np.float64],
    names: tuple[str, ...],
    *,
    name: str,
    family: str,
    description: str,
) -> BinaryOptimisation:
    observable = PauliSum(*spin_sum_terms(constant, fields, couplings))
    scan = observable.n_qubits <= SCAN_QUBIT_LIMIT and scale_of(observable) > 0.0
    return BinaryOptimisation(
        name, Expectation(observable), family=family, description=description,
        reference=float(all_values(observable).min()) if scan else None,
        target_error=_target(observable), metadata={"variables": names},
    )  # fmt: skip


def _names(variables: Any, letter: str, count: int) -> tuple[str, ...]:
    """Return the names of the variables, such as x0, x1 where none are given."""
    if variables is None:
        return tuple(f"{letter}{k}" for k in range(count))
    listed = isinstance(variables, (Sequence, np.ndarray)) and not isinstance(variables, str)
    names = tuple(map(str, variables)) if listed and getattr(variables, "ndim", 1) == 1 else ()
    if len(names) != count or len(set(names)) != count or not all(map(str.strip, names)):
        raise InputError(
            f"There must be a list of {count} different names of variables; got {shown(variables)}."
        )
    return names


def _target(observable: PauliSum) -> float:
    """Return the error at which a problem counts as solved, to two digits."""
    return float(f"{RELATIVE_TARGET * scale_of(observable):.1e}")


def _square(matrix: Any, what: str) -> NDArray[np.float64]:
    array: NDArray[np.float64] = checked_numbers(matrix, what, np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not len(array):
        raise InputError(f"The {what} must have shape (n, n); got {array.shape}.")
    if len(array) > MOST_VARIABLES:
        raise InputError(f"At most {MOST_VARIABLES} variables can be simulated; got {len(array)}.")
    return array


def _check_graph(graph: Any) -> None:
    if not isinstance(graph, nx.Graph):
        raise InputError(
            f"MaxCut needs a networkx.Graph; got {type(graph).__name__}. "
            "For a list of edges, use networkx.Graph(edges)."
        )
    if graph.is_directed():
        raise InputError(
            "MaxCut needs an undirected graph; got a directed one. Use graph.to_undirected()."
        )
    if graph.is_multigraph():
        raise InputError(
            "MaxCut needs at most one edge between two nodes; got a multigraph. Add the weights of "
            "parallel edges up in a networkx.Graph."
        )
    if not 2 <= len(graph) <= MOST_VARIABLES:
        raise InputError(f"MaxCut needs 2 to {MOST_VARIABLES} nodes; the graph has {len(graph)}.")
    loops = list(nx.selfloop_edges(graph))
    if loops:
        raise InputError(
            f"An edge from a node to itself is never cut; got one at {loops[0][0]!r}. Remove it."
        )


def _texts(nodes: list[Hashable]) -> tuple[str, ...]:
    texts = tuple(map(str, nodes))
    return texts if len(set(texts)) == len(texts) else tuple(map(repr, nodes))
