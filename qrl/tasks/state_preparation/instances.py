"""Tasks of state preparation by id: state/ghz-4q, state/dicke-4q-2, state/haar-3q-0."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.objectives import Infidelity
from qrl.errors import InputError, unknown_name
from qrl.tasks.ids import check_id
from qrl.tasks.state_preparation import known_circuits, vectors
from qrl.tasks.state_preparation.checks import check_qubits
from qrl.tasks.state_preparation.distributions import normal_distribution, uniform_distribution
from qrl.tasks.state_preparation.task import StatePreparation

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

IDS = (
    "state/ghz-4q",
    "state/w-4q",
    "state/dicke-4q-2",
    "state/cluster-4q",
    "state/cluster-6q-2x3",
    "state/haar-3q-0",
    "state/normal-4q",
    "state/uniform-4q-11",
)
HINT = (
    "Other sizes have ids too: state/ghz-7q, state/w-5q, state/dicke-6q-3 (3 excitations), "
    "state/cluster-5q, state/cluster-5q-ring, state/cluster-9q-3x3, state/haar-4q-7 (seed 7), "
    "state/normal-5q, state/uniform-5q-19 (over the first 19 basis states)."
)
_ID = re.compile(r"state/(?P<kind>[a-z]+)-(?P<n>[0-9]{1,9})q(?:-(?P<rest>.+))?", re.DOTALL)
_MOST_SEED = 2**32
_ANY_STATE = {
    2: "1 CNOT (enough for any state: Schmidt decomposition)",
    3: "3 CNOTs (enough for any state: Znidaric, Giraud and Georgeot, arXiv 0711.4021)",
}
"""What suffices for any state of so many qubits."""


def make(name: str) -> StatePreparation:
    """Build a task from its id.

    Raises:
        InputError: there is no such state, or its size or parameter is wrong.
    """
    check_id(name)
    match = _ID.fullmatch(name)
    if match is None or match["kind"] not in _KINDS:
        raise unknown_name("task", name, IDS, HINT)
    n_qubits = int(match["n"])
    try:
        check_qubits(n_qubits, 1)
        return _KINDS[match["kind"]](n_qubits, match["rest"])
    except InputError as cause:
        raise InputError(f"{name[:80]!r}: {cause}") from cause


def _ghz(n: int, rest: str | None) -> StatePreparation:
    _no_parameter(rest)
    state = vectors.ghz_state(n)
    what = f"GHZ state (|0...0> + |1...1>) / sqrt(2) of {n} qubits."
    text = f"{n - 1} CNOTs (known circuit; fewer do not join all qubits)"
    return _task(f"ghz-{n}q", state, what, known=known_circuits.ghz_circuit(n), published=text)


def _w(n: int, rest: str | None) -> StatePreparation:
    _no_parameter(rest)
    state = vectors.w_state(n)
    what = f"W state of {n} qubits: one of them is set."
    text = f"{2 * n - 3} CNOTs (known circuit: Cruz et al., arXiv 1807.05572)"
    return _task(f"w-{n}q", state, what, known=known_circuits.w_circuit(n), published=text)


def _dicke(n: int, rest: str | None) -> StatePreparation:
    k = _whole(rest, f"the number of excitations, as in state/dicke-{n}q-2")
    state = vectors.dicke_state(n, k)
    return _task(f"dicke-{n}q-{k}", state, f"Dicke state of {n} qubits: {k} of them are set.")


def _cluster(n: int, rest: str | None) -> StatePreparation:
    grid = re.fullmatch(r"([0-9]{1,3})x([0-9]{1,3})", rest or "")
    if rest is None:
        edges, what = vectors.line_edges(n), "a line"
    elif rest == "ring":
        edges, what = vectors.ring_edges(n), "a ring"
    elif grid and int(grid[1]) * int(grid[2]) == n:
        rows, columns = int(grid[1]), int(grid[2])
        edges, what = vectors.grid_edges(rows, columns), f"a grid of {rows} x {columns}"
        rest = f"{rows}x{columns}"
    else:
        raise InputError(
            "After the size of a cluster state comes nothing (a line), 'ring', or the rows and "
            f"columns of a grid that has as many qubits, as in state/cluster-6q-2x3; got {rest!r}."
        )
    return _task(
        f"cluster-{n}q" + (f"-{rest}" if rest else ""),
        vectors.cluster_state(n, edges),
        f"Cluster state of {n} qubits on {what}.",
        known=known_circuits.cluster_circuit(n, edges),
        published=f"{len(edges)} CZ gates (known circuit: one for each edge)",
    )


def _haar(n: int, rest: str | None) -> StatePreparation:
    seed = _whole(rest, f"a seed, as in state/haar-{n}q-0")
    if seed >= _MOST_SEED:
        raise InputError(f"A seed must be below 2**32; got {seed}.")
    what = f"Random state of {n} qubits, uniform on the sphere, seed {seed}."
    state = vectors.haar_state(n, seed)
    return _task(f"haar-{n}q-{seed}", state, what, published=_ANY_STATE.get(n))


def _normal(n: int, rest: str | None) -> StatePreparation:
    _no_parameter(rest)
    amplitudes = np.sqrt(normal_distribution(n))
    what = f"Normal distribution from -3 to 3 standard deviations on {1 << n} points."
    return _task(f"normal-{n}q", amplitudes, what, distribution=True)


def _uniform(n: int, rest: str | None) -> StatePreparation:
    count = _whole(rest, f"the number of basis states, as in state/uniform-{n}q-{(1 << n) - 1}")
    amplitudes = np.sqrt(uniform_distribution(n, count))
    what = f"Equal probabilities of the first {count} basis states of {n} qubits."
    return _task(f"uniform-{n}q-{count}", amplitudes, what, distribution=True)


_KINDS: dict[str, Callable[[int, str | None], StatePreparation]] = {
    "ghz": _ghz,
    "w": _w,
    "dicke": _dicke,
    "cluster": _cluster,
    "haar": _haar,
    "normal": _normal,
    "uniform": _uniform,
}


def _task(
    name: str,
    amplitudes: np.ndarray[tuple[int], np.dtype[np.complex128 | np.float64]],
    description: str,
    *,
    known: Circuit | None = None,
    distribution: bool = False,
    published: str | None = None,
) -> StatePreparation:
    return StatePreparation(
        f"state/{name}",
        Infidelity(amplitudes / np.linalg.norm(amplitudes)),
        description=description,
        distribution=distribution,
        known=known,
        metadata={} if published is None else {"published": (published,)},
    )


def _no_parameter(rest: str | None) -> None:
    if rest is not None:
        raise InputError(f"Nothing comes after the size of this state; got {rest!r}.")


def _whole(rest: str | None, what: str) -> int:
    if rest is None or not re.fullmatch(r"[0-9]{1,12}", rest):
        raise InputError(f"After the size comes {what}; got {rest!r}.")
    return int(rest)
