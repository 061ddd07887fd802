"""Best-first search: priorities, what is expected of gates, and what it finds."""

from __future__ import annotations

import copy
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reproducibility.records import found

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import gate_spec
from qrl.circuits.pauli import PauliSum
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.best_first import nodes
from qrl.search.best_first.frontier import Frontier
from qrl.search.best_first.nodes import Closed
from qrl.search.best_first.queue import ITSELF, Entries, Queue, decades, priority
from qrl.search.best_first.searcher import BestFirst
from qrl.search.checkpoint import Checkpoints, pack, unpack
from qrl.search.config import SearchConfig
from qrl.search.context import SearchContext
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.runner import Search
from qrl.search.scoring import Scoring
from qrl.search.searchers import SEARCHERS, make_searcher


def frontier(
    task: str | Any = "vqe/h2-2q", steps: int = 10**6, seed: int = 0, **settings: Any
) -> Frontier:
    """Return a search; settings are those of the searcher and, behind `env_`, of the environment."""
    problem = qrl.get_task(task)
    env = {name[4:]: value for name, value in settings.items() if name.startswith("env_")}
    own = {name: value for name, value in settings.items() if not name.startswith("env_")}
    config = EnvConfig(**env).of_task(problem)
    recorder = Recorder(problem, Budget("steps", steps))
    context = SearchContext(
        problem, SearchConfig(problem.name, agent="best-first", env=config), recorder,
        Scoring.of(problem.objective, config), np.random.SeedSequence(seed),
    )  # fmt: skip
    return BestFirst(**own).begin(context)


def run(search: Frontier) -> Frontier:
    while not search.scorer.recorder.finished:
        search.step()
    return search


def entries(price: list[float], cost: list[float]) -> Entries:
    count = len(price)
    zeros, numbers = np.zeros(count), np.arange(count)
    return Entries(numbers, np.full(count, ITSELF), np.array(price), np.array(cost), zeros, zeros)


# -- priorities --------------------------------------------------------------------------------


def test_priorities_are_those_computed_by_hand() -> None:
    # Lacks of 0, 9, 99 and 999 units are 0, 1, 2 and 3 decades.
    cost = np.array([-2.0, -1.991, -1.901, -1.001, -2.5])
    lack = decades(cost, lowest=-2.0, unit=1e-3)
    assert lack == pytest.approx([0, 1, 2, 3, 0], abs=1e-12)
    price = np.array([6.6, 3.3, 1.1, 0.0, 8.0])
    assert priority(price, lack, 2.0) == pytest.approx([6.6, 5.3, 5.1, 6.0, 8.0])
    assert priority(price, lack, 0.0) == pytest.approx(price)
    queue = Queue(10)
    queue.push(entries(price.tolist(), cost.tolist()))
    found_ = list(queue.priorities(np.array([2.0, 5.0]), lowest=-2.0, unit=1e-3))
    assert found_[0] == pytest.approx([6.6, 5.3, 5.1, 6.0, 8.0])
    assert found_[1] == pytest.approx([6.6, 8.3, 11.1, 15.0, 8.0])


def test_what_is_dropped_is_worst_by_every_weight() -> None:
    rng = np.random.default_rng(1)
    price, cost = rng.uniform(0, 30, 200), rng.uniform(-1, 0, 200)
    queue, weights = Queue(40), np.array([8.0, 1.0])
    queue.push(entries(price.tolist(), cost.tolist()))
    queue.trim(weights, lowest=-1.0, unit=1e-3)
    lack = np.log10(1.0 + (cost + 1.0) / 1e-3)
    best = [np.argsort(price + weight * lack)[:20].tolist() for weight in (8.0, 1.0)]
    wanted = {*best[0], *best[1]}
    assert set(queue.entries.node.tolist()) == wanted
    assert queue.dropped == 200 - len(wanted)


def test_the_closed_list_knows_circuits_up_to_commuting_gates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters = frontier("vqe/tfim-3q", env_start="zero").scorer.alphabet

    def word(*gates: tuple[Any, ...]) -> Any:
        circuit = Circuit(3)
        for name, *qubits in gates:
            takes = gate_spec(name).parametric
            circuit = circuit.append(name, *qubits, **({"angle": 0.3} if takes else {}))
        return letters.word(circuit)

    closed = Closed(letters)
    assert closed.add(word(("ry", 0), ("ry", 1)))
    assert not closed.add(word(("ry", 1), ("ry", 0)))
    assert closed.add(word(("rz", 0), ("cx", 0, 1)))
    assert not closed.add(word(("cx", 0, 1), ("rz", 0)))
    assert closed.add(word(("rx", 0), ("cx", 0, 1)))
    assert closed.add(word(("cx", 0, 1), ("rx", 0)))
    again = Closed(letters)
    again.restore(closed.state())
    assert not again.add(word(("ry", 1), ("ry", 0))) and len(again) == 4
    monkeypatch.setattr(nodes, "MOST_CLOSED", 4)
    assert again.add(word(("rx", 2)))
    assert len(again) == 4
    assert again.add(word(("ry", 0), ("ry", 1)))  # the oldest was forgotten


def lowest_with(circuit: Circuit, name: str, qubits: tuple[int, ...], observable: Any) -> float:
    """Return the lowest cost with one more gate at the end: three points make the sine."""
    if not gate_spec(name).parametric:
        return float(dense.expectation(circuit.append(name, *qubits), observable))
    a, b, c = (
        dense.expectation(circuit.append(name, *qubits, angle=t), observable)
        for t in (0.0, np.pi / 2, -np.pi / 2)
    )
    middle = (b + c) / 2
    return float(middle - np.hypot(a - middle, (b - c) / 2))


@pytest.mark.parametrize("start", ["task", "zero"])
def test_the_start_is_extended_by_the_lowest_cost_of_each_gate(start: str) -> None:
    search = frontier("vqe/h2-4q", env_start=start, probes=0, batch=1, weight=3.0)
    paid = search.scorer.recorder.ledger.evaluations
    search.step()
    waiting, letters = search.queue.entries, search.scorer.alphabet
    assert search.scorer.recorder.ledger.evaluations == paid + len(search.queue)
    observable = qrl.get_task("vqe/h2-4q").objective.observable  # type: ignore[attr-defined]  # of an eigensolver
    placed = [letters.actions.gates[search.guide.words[k][0]] for k in waiting.action.tolist()]
    assert set(placed) <= set(letters.actions.gates)
    assert len(placed) == len(set(placed)) > 20
    wanted = [lowest_with(letters.start, g.name, g.qubits, observable) for g in placed]
    assert waiting.cost == pytest.approx(wanted, abs=1e-9)
    # g: CNOTs, and a tenth of one for each gate; h: decades above the lowest of these costs.
    g = [(g.name == "cx") + 0.1 * (len(letters.start) + 1) for g in placed]
    assert waiting.price == pytest.approx(g)
    start_cost = dense.expectation(letters.start, observable)
    low = min(*wanted, start_cost)
    gain = start_cost - low if start_cost - low > 1e-9 else max(wanted) - low
    h = np.log10(1.0 + np.maximum(np.array(wanted) - low, 0.0) / (1e-4 * gain))
    (f,) = search.queue.priorities(search.weights, lowest=search.lowest, unit=search.unit)
    assert f == pytest.approx(np.array(g) + 3.0 * h, abs=1e-4)
    best = int(f.argmin())
    taken = search._take()
    assert taken.action.tolist() == [waiting.action[best]]


def test_gates_that_would_merge_are_not_appended() -> None:
    search = frontier("vqe/tfim-3q", env_start="zero", probes=0)
    letters, guide = search.scorer.alphabet, search.guide
    circuit = Circuit(3).append("ry", 0, angle=0.2).append("cx", 0, 1).append("rz", 2, angle=0.1)
    word = letters.word(circuit)
    assert word is not None
    (children,) = guide.children([nodes.Node(word, (), 0.0, 0.0)])
    offered = {str(letters.actions.gates[guide.words[k][0]]) for k in children.action.tolist()}
    assert {"cx(0, 1)", "rz(2)"} & offered == set()
    assert {"ry(0)", "cx(1, 0)", "rx(2)"} <= offered


# -- what it finds -----------------------------------------------------------------------------


@pytest.mark.parametrize(("task", "start"), [("vqe/h2-4q", "task"), ("vqe/lih-4q-3.4", "zero")])
def test_it_needs_fewer_evaluations_than_random_search(
    tmp_path: Path, task: str, start: str
) -> None:
    def needed(agent: str, seed: int) -> int:
        result = qrl.search(
            task, agent=agent, seed=seed, evaluations=12_000, stop_at="target", compare=False,
            out=tmp_path / f"{agent}{seed}", start=start,
        )  # fmt: skip
        assert result.verify()
        reached = result.result["ended_by"] == "error"
        return int(result.result["evaluations"]) if reached else 10**6

    ours = [needed("best-first", seed) for seed in range(3)]
    rival = [needed("random", seed) for seed in range(3)]
    assert max(ours) < 10**6
    assert 2 * np.median(ours) < np.median(rival)


def test_all_circuits_of_fixed_gates_are_tried() -> None:
    search = run(frontier("vqe/tfim-3q", env_gates="h,s,cx", env_max_gates=3, probes=0))
    recorder, gates = search.scorer.recorder, search.scorer.alphabet.actions.gates
    assert recorder.ended_by == "nothing-left"
    observable = qrl.get_task("vqe/tfim-3q").objective.observable  # type: ignore[attr-defined]  # of an eigensolver
    lowest: dict[int, float] = {}
    for length in range(4):
        for word in product(gates, repeat=length):
            circuit = Circuit(3)
            for gate in word:
                circuit = circuit.append(gate.name, *gate.qubits)
            cost = float(dense.expectation(circuit, observable))
            cnots = circuit.two_qubit_count
            lowest[cnots] = min(lowest.get(cnots, np.inf), cost)
    for cnots in range(3):
        kept = min(e.cost for e in recorder.archive.entries if e.cnots <= cnots)
        assert kept == pytest.approx(min(lowest[k] for k in range(cnots + 1)), abs=1e-9)
    # Each was tuned once, the start never.
    assert search._tuned == len(search.closed) - 1


def test_where_nothing_waits_it_begins_anew_with_random_angles() -> None:
    search = run(frontier("vqe/h2-2q", steps=600, env_max_gates=2, probes=0))
    assert search.round >= 1
    assert search.queue.limit == 20_000 << search.round


@pytest.mark.parametrize(
    "settings",
    [
        {"env_gates": "h,s,cx", "env_start": "zero"}, {"env_gates": "rz,sx,cz", "env_coupling": "line"},
        {"env_shots": 100, "env_max_gradients": 5}, {"env_noise": "depolarizing:0.001,0.01"},
        {"env_actions": "gates,fans", "env_max_gates": 9}, {"env_actions": "fans"}, {"queue": 16},
    ],
)  # fmt: skip
def test_it_runs_with(settings: dict[str, Any]) -> None:
    search = run(frontier("vqe/tfim-3q", steps=300, **settings))
    recorder, pairs = search.scorer.recorder, {(0, 1), (1, 2), (1, 0), (2, 1)}
    most = len(search.scorer.alphabet.start) + settings.get("env_max_gates", 10**6)
    for entry in recorder.archive.entries:
        assert len(entry.circuit) <= most
        if "env_coupling" in settings:
            assert {g.qubits for g in entry.circuit.gates if len(g.qubits) == 2} <= pairs
    assert recorder.ledger.env_steps >= 300 or recorder.done
    assert len(search.queue) <= search.queue.limit


def test_one_qubit() -> None:
    field = PauliSum(("X", "Y", "Z"), (0.6, -0.3, 0.2))
    for gates, lowest in (("ry,rz", -0.7), ("h,x", -0.6)):
        search = run(frontier(field, steps=200, env_gates=gates, env_max_gates=4))
        assert search.scorer.recorder.archive.best.cost == pytest.approx(lowest, abs=1e-8)


# -- checkpoints and settings ------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"env_max_gates": 2, "probes": 0}, {"queue": 30}])
def test_it_goes_on_from_its_state(settings: dict[str, Any]) -> None:
    whole = frontier("vqe/h2-4q", 1500, 7, **settings)
    saved: bytes = b""
    kept: dict[str, Any] = {}
    while not whole.scorer.recorder.finished:
        if whole.scorer.recorder.ledger.env_steps < 700:
            saved, kept = pack(whole.state()), copy.deepcopy(whole.scorer.recorder.state())
        whole.step()
    rest = frontier("vqe/h2-4q", 1500, 99, **settings)
    rest.restore(unpack(saved))
    rest.scorer.recorder.restore(kept)
    run(rest)
    assert pack(rest.state()) == pack(whole.state())
    assert rest.scorer.recorder.archive.to_list() == whole.scorer.recorder.archive.to_list()


SCORED = {
    "exact": EnvConfig(max_gates=8),
    "shots": EnvConfig(shots=500, max_gradients=9, max_gates=6),
    "noise": EnvConfig(noise="depolarizing:0.001,0.01", max_gates=6),
}


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.mark.parametrize("scored", SCORED)
def test_a_run_that_broke_off_goes_on(tmp_path: Path, scored: str) -> None:
    task = qrl.get_task("vqe/h2-2q")
    config = SearchConfig(
        task.name, agent="best-first", seed=3, budget=Budget("steps", 160), env=SCORED[scored],
        compare=False,
    )  # fmt: skip
    whole = Search(task, config, tmp_path / "whole").start()

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(work.out / "checkpoint", every=0.0)
        if recorder.ledger.env_steps >= 80:
            raise Crash

    work = Search(task, config, tmp_path / "run", (watch,))
    with pytest.raises(Crash):
        work.start()
    again = qrl.resume(tmp_path / "run")
    assert found(tmp_path / "run") == found(tmp_path / "whole")
    assert again.result.get("total_shots") == whole.result.get("total_shots")


def test_it_is_known_by_name_and_checks_its_settings() -> None:
    assert "best-first" in SEARCHERS
    assert make_searcher("best-first", {"batch": 2}) == BestFirst(batch=2)
    with pytest.raises(InputError, match="setting of agent"):
        make_searcher("best-first", {"widht": 3})


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": -1.0}, {"spread": 0.5}, {"price_gate": float("nan")}, {"resolution": 0.0},
        {"regret": -1.0}, {"probes": -1}, {"batch": 0}, {"queue": 3}, {"max_gradients": -1},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        BestFirst(**wrong)
