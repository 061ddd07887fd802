"""What circuits begin with: a basis state, a circuit from a file, a matrix-product state."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import gate_set, gate_spec
from qrl.circuits.mps import chain_orders, encode, ground_state, placed, reordered
from qrl.circuits.mps.dmrg import MOST_BOND
from qrl.circuits.mps.encoding import MOST_LAYERS
from qrl.circuits.mps.file import read_mps
from qrl.env.circuit_file import read_circuit
from qrl.errors import InputError, unknown_name
from qrl.tasks.task import basis_state, plain_observable

if TYPE_CHECKING:
    import networkx as nx

    from qrl.circuits.pauli import PauliSum
    from qrl.env.config import EnvConfig
    from qrl.tasks.task import Task

STARTS = ("task", "zero")
"""Starts by name; others are read from the text."""
_MPS = "mps:"
_MANY_LAYERS = 50
_HINT = (
    "Or a basis state as its bits, the leftmost of the highest qubit, such as 0011; a circuit file or a "
    "run folder; mps:BOND; or an .npz file of a matrix-product state."
)


class Start(NamedTuple):
    """What circuits begin with.

    Attributes:
        circuit: its gates are counted.
        note: a sentence on how it was made; "" where there is nothing to tell.
    """

    circuit: Circuit
    note: str = ""


class _Wanted(NamedTuple):
    """A matrix-product state as asked for."""

    bond: int
    layers: int


def check_start(text: str) -> None:
    """Check the form of a start; whether its file can be used is told by `read_start`.

    Raises:
        InputError: it is none.
    """
    if text.startswith(_MPS):
        _wanted(text)
    elif text not in STARTS and not _is_bits(text) and not _is_path(text):
        raise unknown_name("start", text, STARTS, _HINT)


def is_warm(text: str) -> bool:
    """Tell whether a start is a circuit that was found elsewhere, from which searchers may go on."""
    return text not in STARTS and not _is_bits(text)


def start_circuit(text: str, task: Task, config: EnvConfig) -> Circuit:
    """Return the circuit that a text names; `read_start` tells more."""
    return read_start(text, task, config).circuit


def read_start(text: str, task: Task, config: EnvConfig) -> Start:
    """Return what circuits for a task begin with.

    - "task": the task's initial state. "zero": |0...0>.
    - bits: the basis state, an X on each qubit whose bit is 1; the leftmost bit belongs to the highest
      qubit, as in Qiskit.
    - "mps:BOND" or "mps:BOND,LAYERS": the matrix-product state of lowest energy for the task's Hamiltonian
      (`qrl.circuits.mps.dmrg`), as a circuit of so many layers at most (`qrl.circuits.mps.encoding`).
    - a path to a `.npz` file: a matrix-product state of the user's own, as a circuit.
    - another path: a circuit file or a run folder (`qrl.env.circuit_file`).

    Args:
        text: the start.
        task: the problem.
        config: whose gates and coupling map the circuit should keep to. Matrix-product states are
            written in these gates where that is possible; the circuit of a file stays as it is.

    Raises:
        InputError: none of these, a file that cannot be used, another number of qubits, or gates on
            pairs that are not coupled.
    """
    check_start(text)
    if text in STARTS:
        return Start(task.start if text == "task" else basis_state("0" * task.n_qubits))
    if _is_bits(text):
        if len(text) != task.n_qubits:
            raise InputError(
                f"A start in bits needs one for each qubit, the leftmost for the highest: "
                f"{task.n_qubits} for {task.name}; got {len(text)}, {text[:80]!r}."
            )
        return Start(basis_state(text))
    pairs = coupling_map(config.coupling, task.n_qubits)
    gates = gate_set(task.gates if config.gates == "task" else config.gates)
    if text.startswith(_MPS):
        start = _of_hamiltonian(text, task, gates, pairs)
    elif Path(text).suffix == ".npz":
        start = _of_tensors(text, task, gates)
    else:
        start = Start(read_circuit(text))
        _check_qubits(text, start.circuit.n_qubits, task)
    for gate in start.circuit.gates:
        if len(gate.qubits) == 2 and not pairs.has_edge(*gate.qubits):
            raise InputError(
                f"The start {text!r} has {gate}, and coupling map {config.coupling!r} does not couple "
                "these qubits. Route the circuit first, or use another map."
            )
    return start


def _of_hamiltonian(text: str, task: Task, gates: tuple[str, ...], pairs: nx.Graph) -> Start:
    observable = plain_observable(task.objective)
    if observable is None:
        raise InputError(
            f"The start {text!r} needs a task with a Hamiltonian; the cost of {task.name} is no "
            "expectation value in |0...0>. Use another start, such as a circuit file."
        )
    wanted = _wanted(text)
    # Edges say all of a map; a graph itself is no key.
    edges = tuple(sorted(tuple(sorted(edge)) for edge in pairs.edges))
    circuit, energy, fidelity = _lowest(observable, wanted, edges)
    unit = f" {task.unit}" if task.unit else ""
    note = f"{_counted(circuit, fidelity)} of energy {energy:.8f}{unit}"
    return Start(_in_gates(circuit, gates), f"Start {text}: {note}")


@lru_cache(maxsize=8)
def _lowest(
    observable: PauliSum, wanted: _Wanted, edges: tuple[tuple[int, ...], ...]
) -> tuple[Circuit, float, float]:
    """Return circuit, energy and fidelity of the best order of the qubits; the first of equal ones."""
    pairs = coupling_map(edges, observable.n_qubits)
    orders = chain_orders(observable, pairs)
    found = [ground_state(reordered(observable, order), wanted.bond) for order in orders]
    # What rounding alone tells apart is equal.
    best = min(range(len(orders)), key=lambda k: round(found[k].energy, 9))
    encoded = encode(found[best].state, wanted.layers)
    return placed(encoded.circuit, orders[best]), found[best].energy, encoded.fidelity


def _of_tensors(path: str, task: Task, gates: tuple[str, ...]) -> Start:
    state = read_mps(path)
    _check_qubits(path, state.n_qubits, task)
    try:
        encoded = encode(state)
    except InputError as cause:
        raise InputError(f"{path}: {cause}") from cause
    note = _counted(encoded.circuit, encoded.fidelity)
    return Start(_in_gates(encoded.circuit, gates), f"Start {path}: {note}")


def _in_gates(circuit: Circuit, gates: tuple[str, ...]) -> Circuit:
    """Return a circuit in the gates of a set, or as it is where they cannot make it."""
    if set(circuit.counts) <= set(gates) or not any(gate_spec(g).parametric for g in gates):
        return circuit
    from qiskit import transpile
    from qiskit.exceptions import QiskitError

    try:
        result = transpile(
            circuit.qiskit(), basis_gates=list(gates), optimization_level=1, seed_transpiler=0
        )
    except QiskitError:
        return circuit
    written = Circuit.from_qiskit(result)
    return written if set(written.counts) <= set(gates) else circuit


def _check_qubits(path: str, n_qubits: int, task: Task) -> None:
    if n_qubits != task.n_qubits:
        raise InputError(
            f"The start {path!r} has {n_qubits} qubits, and {task.name} {task.n_qubits}. Give a circuit "
            "of as many."
        )


def _counted(circuit: Circuit, fidelity: float) -> str:
    away = max(0.0, 1 - fidelity)
    return f"{circuit.two_qubit_count} CNOTs, fidelity 1 - {away:.1e} with the matrix-product state"


def _wanted(text: str) -> _Wanted:
    bond, _, layers = text.removeprefix(_MPS).partition(",")
    given = [word.strip() for word in (bond, layers or str(MOST_LAYERS))]
    if all(re.fullmatch(r"[0-9]{1,6}", word) for word in given):
        wanted = _Wanted(*map(int, given))
        if 1 <= wanted.bond <= MOST_BOND and 1 <= wanted.layers <= _MANY_LAYERS:
            return wanted
    raise InputError(
        f"A start from a matrix-product state is mps:BOND or mps:BOND,LAYERS, the bond dimension from 1 "
        f"to {MOST_BOND} and layers of gates from 1 to {_MANY_LAYERS}, such as mps:2; got {text[:80]!r}."
    )


def _is_bits(text: str) -> bool:
    return bool(re.fullmatch("[01]+", text))


def _is_path(text: str) -> bool:
    return bool(Path(text).suffix) or os.sep in text or os.path.exists(text)  # noqa: PTH110 (Path's raises on a name that is too long)
