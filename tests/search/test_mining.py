"""Mined gadgets: what is found, how it is counted, and what becomes of it."""

from __future__ import annotations

import copy
from collections import Counter
from itertools import combinations, permutations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qrl
from qrl.circuits.canonical import commute
from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import Gate
from qrl.circuits.objectives import Infidelity
from qrl.circuits.tuned import TuneOptions
from qrl.env.actions import ActionTable
from qrl.env.compounds import circuits_in, make_actions
from qrl.errors import InputError
from qrl.search.archive import Found as Entry
from qrl.search.checkpoint import pack, unpack
from qrl.search.evolution import Evolution, Population
from qrl.search.ledger import Budget
from qrl.search.library import Library
from qrl.search.mining import found_in, mine, mine_runs, write_gadgets
from qrl.search.recorder import Recorder
from qrl.search.scored_words import Scorer
from qrl.search.words import Alphabet
from qrl.tasks.task import basis_state


class Problem:
    """What a recorder reads of a task."""

    reference = None
    target_error = 0.0


def random_circuit(
    n: int, length: int, rng: np.random.Generator, names: str = "cx,ry,rz"
) -> Circuit:
    table = ActionTable.build(tuple(names.split(",")), n, coupling_map("all", n))
    gates = tuple(table.gates[k] for k in rng.integers(len(table), size=length))
    turns = sum(gate.name.startswith("r") for gate in gates)
    return Circuit(n, gates, tuple(rng.uniform(-3, 3, turns)))


def relabelled(circuit: Circuit, names: tuple[int, ...], n: int) -> Circuit:
    gates = tuple(Gate(g.name, tuple(names[q] for q in g.qubits)) for g in circuit.gates)
    return Circuit(n, gates, circuit.angles)


def shuffled(circuit: Circuit, rng: np.random.Generator) -> Circuit:
    """Exchange commuting neighbours many times."""
    placed = list(circuit.placed())
    for _ in range(200):
        k = int(rng.integers(len(placed) - 1))
        if commute(placed[k][0], placed[k + 1][0]):
            placed[k], placed[k + 1] = placed[k + 1], placed[k]
    angles = tuple(angle for _, angle in placed if angle is not None)
    return Circuit(circuit.n_qubits, tuple(gate for gate, _ in placed), angles)


def entries(*circuits: Circuit) -> list[Entry]:
    return [
        Entry(c, 0.1 * k, c.two_qubit_count, c.depth, 0, 0, 0.0) for k, c in enumerate(circuits)
    ]


def brute_force(circuit: Circuit) -> int:
    """Count sub-circuits that stand side by side in some order that commuting gates allow."""
    gates = circuit.gates
    late = [[i for i in range(j) if not commute(gates[i], gates[j])] for j in range(len(gates))]
    orders = [
        order
        for order in permutations(range(len(gates)))
        if all(order.index(i) < order.index(j) for j in range(len(gates)) for i in late[j])
    ]
    side_by_side = {
        frozenset(order[a : a + size])
        for order in orders
        for size in range(2, 7)
        for a in range(len(order) - size + 1)
    }
    count = 0
    for chosen in side_by_side:
        graph = nx.Graph()
        graph.add_nodes_from(chosen)
        for i, j in combinations(chosen, 2):
            if set(gates[i].qubits) & set(gates[j].qubits):
                graph.add_edge(i, j)
        qubits = {q for k in chosen for q in gates[k].qubits}
        # On one qubit there is no pair gate; on several that hang together there is.
        count += nx.is_connected(graph) and 2 <= len(qubits) <= 4
    return count


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 5), length=st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_all_sub_circuits_are_found(seed: int, n: int, length: int) -> None:
    circuit = random_circuit(n, length, np.random.default_rng(seed))
    assert sum(found.occurrences for found in found_in(circuit)) == brute_force(circuit)


@given(seed=st.integers(0, 2**32 - 1), names=st.sampled_from(["cx,ry,rz", "cz,h,rx", "rzz,ry"]))
@settings(max_examples=25, deadline=None)
def test_names_of_qubits_and_order_do_not_matter(seed: int, names: str) -> None:
    rng = np.random.default_rng(seed)
    circuit = random_circuit(4, 9, rng, names)
    other = shuffled(relabelled(circuit, tuple(rng.permutation(4).tolist()), 4), rng)
    counts = [
        Counter({found.gates: found.occurrences for found in found_in(one)})
        for one in (circuit, other)
    ]
    assert counts[0] == counts[1]


def test_what_is_found_occurs_with_its_angles() -> None:
    circuit = random_circuit(4, 12, np.random.default_rng(0))
    angle_of = {angle for _, angle in circuit.placed() if angle is not None}
    for found in found_in(circuit):
        assert set(found.angles) <= angle_of
        width = 1 + max(q for gate in found.gates for q in gate.qubits)
        assert len(Circuit(width, found.gates, found.angles)) <= 6
        used = {q for gate in found.gates for q in gate.qubits}
        assert used == set(range(width))


def test_a_planted_gadget_wins() -> None:
    rng = np.random.default_rng(5)
    gadget = Circuit(3).append("ry", 0, angle=0.25).append("cx", 0, 1).append("cx", 1, 2)
    gadget = gadget.append("rz", 2, angle=-1.5).append("cx", 1, 2)
    circuits = []
    for _ in range(6):
        names = tuple(rng.permutation(5)[:3].tolist())
        around = [random_circuit(5, 4, rng) for _ in range(2)]
        parts = (around[0], relabelled(gadget, names, 5), around[1])
        gates = tuple(gate for part in parts for gate in part.gates)
        circuits.append(shuffled(Circuit(5, gates, tuple(a for p in parts for a in p.angles)), rng))
    (best, *others) = mine(circuits)
    assert (best.circuits, best.circuit.n_qubits) == (6, 3)
    (first,) = (f for f in found_in(gadget) if len(f.gates) == 5)
    assert best.circuit == Circuit(3, first.gates, first.angles)  # angles of the first circuit
    assert all(best.circuits * 5 >= other.circuits * len(other.circuit) for other in others)
    assert all(other.circuit.two_qubit_count for other in others)
    assert len(mine(circuits, most=3)) == 3
    assert {g.circuit.n_qubits for g in mine(circuits, widest=2)} == {2}


def test_one_circuit_alone_and_none() -> None:
    circuit = Circuit(2).append("cx", 0, 1).append("ry", 1, angle=0.5)
    (gadget,) = mine([circuit])
    assert (gadget.circuits, gadget.occurrences, len(gadget.circuit)) == (1, 1, 2)
    assert mine([]) == []
    assert mine([Circuit(2).append("ry", 0).append("rx", 0)]) == []  # no pair
    for wrong in ({"most": 0}, {"widest": 5}, {"widest": 1}, {"most": 2.5}):
        with pytest.raises(InputError):
            mine([circuit], **wrong)  # type: ignore[arg-type]  # wrong on purpose


def library(gates: str, n: int, coupling: str = "line", start: str | None = None) -> Library:
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Library(Alphabet(table, basis_state(start or "0" * n)))


def test_a_library_leaves_the_start_out_and_goes_on_from_its_state() -> None:
    one = library("x,cx,ry", 4, start="0011")
    rng = np.random.default_rng(2)
    start = one.alphabet.start
    circuits = []
    for _ in range(5):
        part = random_circuit(4, 10, rng, "cx,ry")
        circuits.append(Circuit(4, (*start.gates, *part.gates), part.angles))
    one.refresh(entries(*circuits[:3]))
    assert one.gadgets
    assert all("x" not in gadget.counts for gadget in one.gadgets)
    other = library("x,cx,ry", 4, start="0011")
    other.restore(copy.deepcopy(one.state()))
    assert other.gadgets == one.gadgets
    draws = [lib.draw(np.random.default_rng(7)) for lib in (one, other)]
    assert draws[0] == draws[1]
    # What is remembered of circuits makes no difference.
    for lib in (one, other):
        lib.refresh(entries(*circuits))
    assert one.gadgets == other.gadgets


def test_what_fits_nowhere_is_not_drawn() -> None:
    narrow = library("cx,ry", 2)
    narrow.refresh(entries(Circuit(3).append("cx", 0, 1).append("cx", 1, 2)))
    assert narrow.draw(np.random.default_rng(0)) is None
    foreign = library("cz,ry", 3)
    foreign.refresh(entries(Circuit(3).append("cx", 0, 1).append("ry", 1)))
    assert foreign.draw(np.random.default_rng(0)) is None


def test_gadgets_of_runs_become_actions(random_run: qrl.Run, tmp_path: Path) -> None:
    gadgets = mine_runs([random_run, random_run], most=4, widest=2)
    assert 1 <= len(gadgets) <= 4
    path = tmp_path / "gadgets.json"
    write_gadgets(path, gadgets)
    assert [c.gates for c in circuits_in(path)] == [g.circuit.gates for g in gadgets]
    actions = make_actions(f"gates,{path}", "cx,rx,ry,rz", 4, coupling_map("all", 4))
    assert len(actions) > 24
    with pytest.raises(InputError, match="cannot be written"):
        write_gadgets(tmp_path / "nowhere" / "gadgets.json", gadgets)


def test_gates_of_a_start_are_no_gadget(tmp_path: Path) -> None:
    run = qrl.search(
        "vqe/h2-2q", agent="anneal", start="11", steps=200, out=tmp_path / "run", compare=False
    )
    assert all(entry.circuit.counts["x"] == 2 for entry in run.archive.entries)
    assert all("x" not in gadget.circuit.counts for gadget in mine_runs([run]))


def test_runs_without_gadgets_are_refused(tmp_path: Path) -> None:
    bare = qrl.search(
        "vqe/h2-2q", agent="random", gates="ry", steps=16, out=tmp_path / "run", compare=False
    )
    with pytest.raises(InputError, match="share no gadget"):
        mine_runs([bare])


def test_a_search_that_draws_gadgets_goes_on_from_its_state() -> None:
    def begun(steps: int, seed: int) -> Population:
        target = np.random.default_rng(0).normal(size=16)
        objective = Infidelity(target / np.linalg.norm(target))
        engine, letters = make_engine("exact", objective), library("cx,rx,ry,rz", 4).alphabet
        recorder = Recorder(Problem(), Budget("steps", steps))  # type: ignore[arg-type]  # all it reads
        score = Scorer(
            engine, letters, recorder, TuneOptions(restart=True), max_gates=0,
            start_cost=engine.value(letters.start), lower_bound=0.0,
        )  # fmt: skip
        options = Evolution(population=16, offspring=8, patience=4, mined=9.0)
        return Population(options, score, np.random.default_rng(seed))

    def run(bred: Population) -> Population:
        while not bred.scorer.recorder.finished:
            bred.step()
        return bred

    whole, half, rest = run(begun(1200, 3)), run(begun(600, 3)), begun(1200, 99)
    assert half.library.gadgets
    saved = unpack(pack(half.state()))
    rest.restore(saved)
    assert rest.library.gadgets == half.library.gadgets
    rest.scorer.recorder.restore(half.scorer.recorder.state())
    run(rest)
    assert np.array_equal(rest.values, whole.values)
    assert rest.library.gadgets == whole.library.gadgets != half.library.gadgets
