"""Searches that go on from circuits that were found elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit.quantum_info import Operator

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import Gate, gate_set
from qrl.cli.main import main
from qrl.env.actions import ActionTable
from qrl.env.config import EnvConfig
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.context import SearchContext
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.runner import Search
from qrl.search.scored_words import Scorer
from qrl.search.scoring import Scoring
from qrl.search.walkers import room
from qrl.search.words import Alphabet

TASK = "vqe/h2-4q"
EDITING = ("evolve", "greedy", "adapt", "tempering", "anneal", "mcts", "beam", "portfolio")
BEHIND = ("nested-mcts", "exhaustive", "random")


def fan(angle: float = 0.1) -> Circuit:
    """Hartree-Fock and the pair excitation of H2, the angle off; with two needless CNOTs."""
    circuit = Circuit(4).append("x", 0).append("x", 2).append("ry", 1, angle=angle)
    for control, target in ((1, 3), (1, 0), (1, 2), (0, 2), (0, 2)):
        circuit = circuit.append("cx", control, target)
    return circuit


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fan.json"
    path.write_text(json.dumps(fan().to_dict()))
    return path


def actions(gates: str, n: int = 4) -> ActionTable:
    return ActionTable.build(gate_set(gates), n, coupling_map("all", n))


def same_up_to_phase(a: Circuit, b: Circuit) -> bool:
    one, two = Operator(a.qiskit()).data, Operator(b.qiskit()).data
    overlap = np.vdot(one, two)
    return bool(np.allclose(one * overlap / abs(overlap), two, atol=1e-9))


def scorer(file: Path, **settings: Any) -> Scorer:
    task, env = qrl.get_task(TASK), EnvConfig(start=str(file), **settings)
    config = SearchConfig(TASK, env=env.of_task(task))
    recorder = Recorder(task, Budget("steps", 10))
    scoring = Scoring.of(task.objective, config.env)
    return Scorer.of(SearchContext(task, config, recorder, scoring, np.random.SeedSequence(0)))


@pytest.mark.parametrize("gates", ["cx+rotations", "cz+rotations", "ibm-cz", "ibm-ecr", "cx,h,ry"])
def test_a_start_is_spelled_in_the_gates_of_the_search(gates: str) -> None:
    alphabet = Alphabet.editing(actions(gates), fan())
    assert alphabet.editable
    assert alphabet.first == 0
    word = alphabet.start_word
    assert word.letters.max() < len(alphabet.actions)
    spelled = alphabet.circuit(word)
    assert spelled == alphabet.start
    assert same_up_to_phase(spelled, fan())
    padded = alphabet.pad([word])
    assert alphabet.cnot_counts(padded).tolist() == [spelled.two_qubit_count]
    assert alphabet.depths(padded).tolist() == [spelled.depth]
    again = alphabet.word(spelled)
    assert again is not None
    assert np.array_equal(again.letters, word.letters)
    assert np.array_equal(again.angles, word.angles)


def test_cnots_are_reversed_where_only_the_other_direction_is_an_action() -> None:
    table = ActionTable.of((Gate("cx", (1, 0)), Gate("h", (0,)), Gate("h", (1,))), 2)
    start = Circuit(2).append("cx", 0, 1)
    alphabet = Alphabet.editing(table, start)
    assert alphabet.editable
    assert alphabet.start.counts == {"h": 4, "cx": 1}
    assert same_up_to_phase(alphabet.start, start)


@pytest.mark.parametrize("gates", ["clifford", "cz,s"])
def test_what_cannot_be_spelled_stays_in_front(gates: str) -> None:
    alphabet = Alphabet.editing(actions(gates), fan())
    assert not alphabet.editable
    assert alphabet.start == fan()
    assert alphabet.first == len(fan())
    assert alphabet.circuit(alphabet.start_word) == fan()
    assert alphabet.word(Circuit(4)) is None


def test_any_circuit_of_actions_is_a_word_where_the_start_may_be_edited() -> None:
    other = Circuit(4).append("ry", 0, angle=0.5)
    alphabet = Alphabet.editing(actions("cx+rotations"), fan())
    word = alphabet.word(other)
    assert word is not None
    assert alphabet.circuit(word) == other


def test_limits_count_what_comes_beside_the_start(file: Path) -> None:
    limited, free = scorer(file, max_gates=5), scorer(file)
    assert limited.max_gates == 5 + len(fan())
    assert limited.allows(limited.alphabet.start_word)
    assert room(free) == 40 + 12 * 4 + len(fan())
    assert free.start_cost == pytest.approx(limited.start_cost, abs=1e-12)
    fixed = scorer(file, gates="clifford", max_gates=5)
    assert fixed.max_gates == 5
    assert fixed.alphabet.first == len(fan())


@pytest.mark.parametrize("agent", [*EDITING, *BEHIND, "ppo"])
def test_nothing_worse_than_the_file_is_returned(tmp_path: Path, file: Path, agent: str) -> None:
    """With its angle tuned, the file's circuit is the ground state."""
    run = qrl.search(
        TASK, agent=agent, steps=5, start=str(file), out=tmp_path / "run", compare=False
    )
    task = qrl.get_task(TASK)
    assert run.best.cost == pytest.approx(task.reference, abs=1e-8)
    assert run.best.cnots <= fan().two_qubit_count
    assert run.trace[0]["cost"] > run.best.cost  # the file's own angle comes first


@pytest.mark.parametrize("agent", ["evolve", "greedy", "tempering", "portfolio"])
def test_needless_gates_of_a_file_are_edited_away(tmp_path: Path, file: Path, agent: str) -> None:
    run = qrl.search(
        TASK, agent=agent, evaluations=20_000, start=str(file), out=tmp_path / "run", compare=False
    )
    assert run.best.cnots == 3
    assert run.best.cost == pytest.approx(qrl.get_task(TASK).reference, abs=1e-8)


@pytest.mark.parametrize("settings", [{"gates": "ibm-cz"}, {"noise": "depolarizing:0.001,0.01"}])
def test_other_gates_and_noise(tmp_path: Path, file: Path, settings: dict[str, Any]) -> None:
    out = tmp_path / "run"
    run = qrl.search(
        TASK, agent="evolve", steps=200, start=str(file), out=out, compare=False, **settings
    )
    assert run.verify().passed


def test_shots(tmp_path: Path, file: Path) -> None:
    run = qrl.search(
        TASK, agent="anneal", steps=32, start=str(file), shots=1000, out=tmp_path / "run",
        compare=False,
    )  # fmt: skip
    assert run.verify().passed


class Crash(BaseException):
    """What ends a search in the middle."""


@pytest.mark.parametrize("agent", ["evolve", "random"])
def test_a_run_goes_on_without_the_file(tmp_path: Path, file: Path, agent: str) -> None:
    config = SearchConfig(
        TASK, agent=agent, budget=Budget("steps", 400), env=EnvConfig(start=str(file)),
        compare=False,
    )  # fmt: skip
    whole = Search(qrl.get_task(TASK), config, tmp_path / "whole").start()

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(tmp_path / "cut" / "checkpoint", every=0.0)
        if recorder.ledger.env_steps >= 200:
            raise Crash

    work = Search(qrl.get_task(TASK), config, tmp_path / "cut", (watch,))
    with pytest.raises(Crash):
        work.start()
    file.write_text("something else")
    resumed = qrl.resume(tmp_path / "cut")
    assert [e.circuit for e in resumed.archive.entries] == [
        e.circuit for e in whole.archive.entries
    ]
    assert resumed.result["cost"] == whole.result["cost"]
    assert resumed.result["evaluations"] == whole.result["evaluations"]
    assert resumed.verify().passed


def test_the_folder_keeps_the_circuit_and_the_text(tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "run"
    qrl.search(TASK, agent="random", steps=20, start="mps:2", out=out, compare=False)
    kept = Circuit.from_dict(json.loads((out / "start-circuit.json").read_text()))
    assert kept.two_qubit_count <= 5
    assert 'start = "mps:2"' in (out / "config.toml").read_text()
    assert main(["verify", str(out)]) == 0
    assert main(["show", str(out)]) == 0
    capsys.readouterr()
    (out / "start-circuit.json").write_text("{")
    with pytest.raises(qrl.InputError):
        qrl.search(TASK, agent="random", steps=1, start=str(out / "start-circuit.json"))


def test_basis_states_need_no_file(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run = qrl.search(TASK, agent="random", steps=20, start="0011", out=out, compare=False)
    assert not (out / "start-circuit.json").exists()
    assert all(
        e.circuit.gates[:2] == (Gate("x", (0,)), Gate("x", (1,))) for e in run.archive.entries
    )
