"""Actions that append several gates: excitations, and circuits from a user's file."""

from __future__ import annotations

from itertools import combinations, permutations, product
from math import perm
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_set, gate_spec
from qrl.env.actions import ActionSet, ActionTable
from qrl.env.fans import fans
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

NAMED = ("gates", "excitations", "fans", "trees")
MOST_PLACED = 20_000
"""Placements of one circuit of a file that are tried."""


def make_actions(kinds: str, gates: str, n_qubits: int, coupling: nx.Graph) -> ActionSet:
    """Build the actions that settings name.

    Args:
        kinds: joined by commas: "gates" (each gate of the set an action), "excitations", "fans",
            "trees", or a path to a JSON file of circuits (`circuits_in`).
        gates: the gate set, as `qrl.circuits.gates.gate_set` reads it.
        n_qubits: number of qubits.
        coupling: which pairs may be coupled; an action stands only where all its gates may.

    Raises:
        InputError: an unknown name, a malformed file, or nothing that can be placed.
    """
    words: list[tuple[Gate, ...]] = []
    for kind in dict.fromkeys(part.strip() for part in kinds.split(",")):
        if kind == "gates":
            table = ActionTable.build(gate_set(gates), n_qubits, coupling)
            words += [(gate,) for gate in table.gates]
        elif kind == "excitations":
            words += excitations(n_qubits, coupling)
        elif kind == "fans":
            words += fans(n_qubits, coupling)
        elif kind == "trees":
            words += trees(n_qubits, coupling)
        elif Path(kind).suffix or "/" in kind or Path(kind).is_file():
            words += _from_file(Path(kind), n_qubits, coupling)
        else:
            hint = "Or a path to a JSON file of circuits, or several joined by commas."
            raise unknown_name("kind of actions", kind, NAMED, hint)
    return ActionSet.of_words(list(dict.fromkeys(words)), n_qubits)


def excitations(n_qubits: int, coupling: nx.Graph) -> list[tuple[Gate, ...]]:
    """Return single and pair excitations as gates, each rotation with an angle of its own.

    A single excitation of qubits a, b is the exponential of XY and YX (2 CNOTs, 2 rotations), a pair
    excitation of four qubits that of the eight strings of X and Y with an odd number of Y (14 CNOTs, 8
    rotations). These are qubit excitations, without strings of Z between the qubits (Yordanov,
    Arvidsson-Shukur and Barnes, arXiv 2005.14475). One excitation would tie the angles of its strings,
    up to signs that tell the three pairings of four qubits apart; here they are free, so that one
    action stands for all pairings, and the number of particles is conserved only where they agree.

    Raises:
        InputError: none can be placed on the coupling map.
    """
    from qrl.tasks.ground_states.excitation_circuits import exponential

    found: list[tuple[Gate, ...]] = []
    for size in (2, 4):
        letters = [word for word in product("XY", repeat=size) if word.count("Y") % 2]
        for qubits in combinations(range(n_qubits), size):
            labels = [_label(dict(zip(qubits, word, strict=True)), n_qubits) for word in letters]
            # The signs are those of one pairing; they only say which way the free angles turn.
            signs = (1.0, -1.0) if size == 2 else (1.0,) * 8
            steps = exponential(tuple(zip(labels, signs, strict=True)), 0)
            found.append(tuple(Gate(step.name, step.qubits) for step in steps))
    return _coupled("excitation", found, n_qubits, coupling)


def trees(n_qubits: int, coupling: nx.Graph) -> list[tuple[Gate, ...]]:
    """Return rotations whose turn CNOTs carry to three other qubits in two levels.

    From a basis state they make the same pair excitations as `fans` do, one level less deep, and with
    other paths for errors: under noise the two differ.

    Raises:
        InputError: none can be placed on the coupling map.
    """
    placed = [
        (Gate("ry", (a,)), Gate("cx", (a, b)), Gate("cx", (a, c)), Gate("cx", (b, d)))
        for a, b, c, d in permutations(range(n_qubits), 4)
    ]
    return _coupled("tree of CNOTs on four qubits", placed, n_qubits, coupling)


def circuits_in(path: Path) -> list[Circuit]:
    """Read the circuits of a file of actions.

    It holds `{"actions": [{"n_qubits": 2, "gates": [["h", 0], ["cx", 0, 1], ["ry", 0]]}, ...]}`, each
    as `Circuit.to_dict` writes it; angles may be left out and are not used: all are tuned. `qrl mine`
    writes such files from the circuits of earlier runs.

    Raises:
        InputError: it cannot be read, holds no circuit, or one without gates.
    """
    from qrl.tasks.json_file import read_json

    listed = read_json(path).get("actions")
    if not isinstance(listed, list) or not listed:
        raise InputError(
            f"{path}: a file of actions needs the field 'actions' with a list of circuits, such as "
            '{"actions": [{"n_qubits": 2, "gates": [["cx", 0, 1], ["ry", 1], ["cx", 0, 1]]}]}.'
        )
    return [_circuit(path, number, data) for number, data in enumerate(listed, start=1)]


def _circuit(path: Path, number: int, data: Any) -> Circuit:
    try:
        rotations = sum(gate_spec(name).parametric for name, *_ in data["gates"])
        circuit = Circuit.from_dict({**data, "angles": [0.0] * rotations})
    except InputError as cause:
        raise InputError(f"{path}: action {number}: {cause}") from cause
    except (KeyError, TypeError, ValueError) as cause:
        raise InputError(
            f"{path}: action {number} needs the fields n_qubits and gates [[name, qubit, ...], ...]; "
            f"got {str(data)[:200]}."
        ) from cause
    if not len(circuit):
        raise InputError(f"{path}: action {number} has no gates.")
    return circuit


def _from_file(path: Path, n_qubits: int, coupling: nx.Graph) -> list[tuple[Gate, ...]]:
    """Place the circuits of a file.

    One of as many qubits as the problem stands as it is, a smaller one on every choice of qubits.
    """
    words: list[tuple[Gate, ...]] = []
    for number, circuit in enumerate(circuits_in(path), start=1):
        if circuit.n_qubits > n_qubits:
            raise InputError(
                f"{path}: action {number} has {circuit.n_qubits} qubits and the problem {n_qubits}."
            )
        places = [tuple(range(n_qubits))]
        if circuit.n_qubits < n_qubits:
            count = perm(n_qubits, circuit.n_qubits)
            if count > MOST_PLACED:
                raise InputError(
                    f"{path}: action {number} could be placed in {count} ways, more than "
                    f"{MOST_PLACED}; give it {n_qubits} qubits, so that it stands as it is."
                )
            places = list(permutations(range(n_qubits), circuit.n_qubits))
        placed = [_moved(circuit, place) for place in places]
        placed = [word for word in placed if _is_coupled(word, coupling)]
        if not placed:
            raise InputError(f"{path}: action {number} fits nowhere on this coupling map.")
        # Two places are the same where the circuit is symmetric.
        apart = {_class(word, n_qubits): word for word in reversed(placed)}
        words += reversed(apart.values())
    return words


def _moved(circuit: Circuit, place: tuple[int, ...]) -> tuple[Gate, ...]:
    return tuple(Gate(g.name, tuple(place[q] for q in g.qubits)) for g in circuit.gates)


def _coupled(
    what: str, words: Sequence[tuple[Gate, ...]], n_qubits: int, coupling: nx.Graph
) -> list[tuple[Gate, ...]]:
    """Return the words whose pairs are coupled; refuse a map that allows none."""
    placed = [word for word in words if _is_coupled(word, coupling)]
    if not placed:
        raise InputError(
            f"No {what} can be placed on {n_qubits} qubit(s) with this coupling map; use actions "
            "'gates', or another map."
        )
    return placed


def _is_coupled(word: tuple[Gate, ...], coupling: nx.Graph) -> bool:
    return all(coupling.has_edge(*g.qubits) for g in word if len(g.qubits) == 2)


def _class(word: tuple[Gate, ...], n_qubits: int) -> tuple[Gate, ...]:
    angles = (0.0,) * sum(gate_spec(g.name).parametric for g in word)
    return Circuit(n_qubits, word, angles).canonical().gates


def _label(letters: dict[int, str], n_qubits: int) -> str:
    return "".join(letters.get(q, "I") for q in reversed(range(n_qubits)))
