"""Retuning on simulated devices: what is gained, what is spent, and that it goes on where it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.circuits import Circuit
from qrl.circuits.gates import pauli_matrix
from qrl.circuits.noise.channels import depolarizing, from_kraus
from qrl.circuits.noise.model import NoiseModel, Rule
from qrl.env.circuit_file import read_circuit
from qrl.hardware.device_names import open_device
from qrl.hardware.retuning import folder as f
from qrl.hardware.retuning.api import Retuned, retune_on
from qrl.hardware.retuning.journal import Journal
from qrl.hardware.retuning.settings import RetuneSettings
from qrl.hardware.retuning.tuning import Progress
from qrl.hardware.settings import HardwareSettings

SMALL = {"shots_budget": 20_000, "shots": 100}


def turned(run: Path, by: float) -> qrl.Run:
    """Return the run with angles that are off."""
    loaded = qrl.load(run)
    angles = np.array(loaded.best.circuit.angles)
    loaded.best.circuit = loaded.best.circuit.with_angles(angles + by)
    return loaded


def counted(folder: Path) -> int:
    """Return the shots that came, from the counts themselves."""
    came = [entry.came for entry in Journal(folder / f.JOURNAL).entries]
    return sum(
        sum(one["counts"].values()) for line in came if line is not None for one in line["raw"]
    )


@pytest.mark.parametrize("method", ["gradient", "spsa"])
@pytest.mark.parametrize("mitigate", [(), ("readout",)])
def test_angles_that_are_off_are_found_again(
    run: Path, method: str, mitigate: tuple[str, ...]
) -> None:
    off = turned(run, 0.4)
    tuned = retune_on(
        off, open_device("fake:manila", 2), HardwareSettings(mitigate=mitigate),
        RetuneSettings(200_000, method), shots_given=False,
    )  # fmt: skip
    assert tuned.state == f.DONE
    result = tuned.result
    assert result is not None
    assert result["verdict"] == "better"
    before, after = result["simulated"]["before"], result["simulated"]["after"]
    measured = result["measured"]
    assert after < before - 0.05
    assert abs(measured["before"] - before) < 5 * measured["before_error"]
    assert abs(measured["after"] - after) < 5 * measured["after_error"]
    assert measured["difference"] == measured["after"] - measured["before"]
    errors = measured["before_error"], measured["after_error"]
    assert measured["difference_error"] == pytest.approx(np.hypot(*errors))
    exact = qrl.make_engine("exact", off.task.objective)
    assert result["exact"]["before"] == pytest.approx(float(exact.value(off.best.circuit)))
    assert result["exact"]["after"] == pytest.approx(float(exact.value(tuned.circuit)))
    assert tuned.circuit.gates == off.best.circuit.gates
    spent = tuned.folder.data["spent"]
    assert counted(tuned.path) == spent["shots"] <= 200_000
    assert spent["shots"] > 190_000
    assert measured["shots"] >= 0.2 * 200_000 * 0.9


def test_errors_that_no_calibration_knows_are_made_up_for(run: Path, tmp_path: Path) -> None:
    # A device whose CNOT turns both qubits too far: rotations behind it can undo that exactly.
    loaded = qrl.load(run)
    best = loaded.best.circuit
    assert best.counts["cx"] == 1
    assert best.gates[-1].name == "cx"
    loaded.best.circuit = best.append("ry", 0).append("ry", 1)
    over = np.kron(*(2 * [_turn(0.5)]))
    rule = Rule("cx", ((from_kraus([over]), (0, 1)), (depolarizing(0.002, 2), (0, 1))))
    file = tmp_path / "over.json"
    file.write_text(json.dumps(NoiseModel("over", (rule,)).to_dict()))
    tuned = retune_on(
        loaded, open_device(f"aer:{file}", 2), HardwareSettings(), RetuneSettings(100_000),
        shots_given=False,
    )  # fmt: skip
    result = tuned.result
    assert result is not None
    assert result["verdict"] == "better"
    before, after = result["simulated"]["before"], result["simulated"]["after"]
    reachable = loaded.best.circuit.with_angles([*best.angles, -0.5, -0.5])
    engine = qrl.make_engine("noisy", loaded.task.objective, noise=qrl.noise_model(file))
    lowest = float(engine.value(reachable))
    assert before - lowest > 0.05
    assert after - lowest < 0.1 * (before - lowest)


def _turn(angle: float) -> Any:
    return np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * pauli_matrix("Y")


@pytest.mark.parametrize("method", ["gradient", "spsa"])
def test_every_stop_goes_on_to_the_same_end(run: Path, tmp_path: Path, method: str) -> None:
    words: dict[str, Any] = {**SMALL, "backend": "aer:ibm-mumbai", "method": method, "seed": 4}
    whole = qrl.retune(run, **words)
    lines = (whole.path / f.JOURNAL).read_bytes().splitlines(keepends=True)
    for kept, torn in (
        (0, True),
        (1, False),
        (4, True),
        (len(lines) - 1, False),
        (len(lines), False),
    ):
        folder = tmp_path / f"{kept}-{torn}"
        shutil.copytree(whole.path, folder)
        record = {**whole.folder.data, "state": "running", "result": None}
        (folder / f.RECORD).write_text(json.dumps(record))
        part = lines[kept][:20] if torn and kept < len(lines) else b""
        (folder / f.JOURNAL).write_bytes(b"".join(lines[:kept]) + part)
        again = qrl.retune(folder)
        assert again.circuit == whole.circuit
        assert again.result == whole.result
        assert again.folder.data["spent"] == whole.folder.data["spent"]
        assert counted(folder) == counted(whole.path)


def test_ctrl_c_keeps_what_was_found_and_goes_on(run: Path) -> None:
    import signal

    words: dict[str, Any] = {**SMALL, "backend": "aer:ibm-mumbai", "method": "spsa"}
    whole = qrl.retune(run, **words)

    def watch(at: Progress) -> None:
        if at.step == 3:
            signal.raise_signal(signal.SIGINT)

    stopped = qrl.retune(run, **words, again=True, watch=watch)
    assert stopped.state == f.INTERRUPTED
    assert stopped.result is None
    assert read_circuit(stopped.path / f.JSON) == stopped.circuit
    assert stopped.folder.data["spent"]["steps"] == 4
    assert stopped.folder.data["spent"]["shots"] == counted(stopped.path)
    gone_on = qrl.retune(run, **words)  # the latest in the same words
    assert gone_on.path == stopped.path
    assert gone_on.circuit == whole.circuit
    assert gone_on.result == whole.result


def test_an_interrupt_in_the_middle_of_anything_ends_cleanly(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: dict[str, Any] = {**SMALL, "backend": "aer:ibm-mumbai", "method": "spsa"}

    def watch(at: Progress) -> None:
        if at.step == 2:
            raise KeyboardInterrupt

    stopped = qrl.retune(run, **words, watch=watch)
    assert stopped.state == f.INTERRUPTED
    assert qrl.retune(stopped.path).result == qrl.retune(run, **words, again=True).result


def test_the_same_is_not_done_twice(run: Path) -> None:
    said: list[str] = []
    first = qrl.retune(run, backend="aer", **SMALL)
    content = (first.path / f.JOURNAL).read_bytes()
    again = qrl.retune(run, backend="aer", say=said.append, **SMALL)
    assert again.path == first.path
    assert any("done before" in text for text in said)
    assert (first.path / f.JOURNAL).read_bytes() == content
    assert qrl.retune(run, backend="aer", seed=1, **SMALL).path != first.path
    assert qrl.retune(run, backend="aer", again=True, **SMALL).path != first.path
    assert qrl.retune(first.path).path == first.path
    assert repr(first).endswith(f"done, {first.result['verdict']})")  # type: ignore[index]


def test_files_are_those_that_others_read(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tuned = qrl.retune(run, backend="fake:manila", out=out, **SMALL)
    assert tuned.path == out
    assert read_circuit(out / f.JSON) == read_circuit(out / f.QASM) == tuned.circuit
    assert {path.name for path in out.iterdir()} == {
        ".lock", f.RECORD, f.JOURNAL, f.JSON, f.QASM,
    }  # fmt: skip
    assert qrl.retune(run, backend="fake:manila", out=out, **SMALL).path == out
    with pytest.raises(qrl.InputError, match="another retuning"):
        qrl.retune(run, backend="fake:manila", out=out, seed=1, **SMALL)
    with pytest.raises(qrl.InputError, match="exists already"):
        qrl.retune(run, backend="fake:manila", out=run, **SMALL)


def test_a_circuit_found_for_a_chip_is_tuned_on_its_qubits(tmp_path: Path) -> None:
    found = qrl.search(
        "vqe/h2-2q", agent="anneal", evaluations=300, seed=0, compare=False,
        noise="backend:fake:manila@3,4", out=tmp_path / "chip",
    )  # fmt: skip
    tuned = qrl.retune(found, backend="fake:manila", **SMALL)
    assert tuned.folder.data["settings"]["layout"] == [3, 4]
    assert tuned.result is not None
    assert abs(tuned.result["simulated"]["before"] - found.best.cost) < 5e-3


def test_a_budget_is_never_passed_and_too_small_ones_are_told(run: Path) -> None:
    with pytest.raises(qrl.InputError, match=r"need about [0-9,]+ shots") as told:
        qrl.retune(run, backend="aer", shots_budget=50, method="spsa")
    least = int(str(told.value).split("need about ")[1].split()[0].replace(",", ""))
    with pytest.raises(qrl.InputError, match="larger --shots-budget"):
        qrl.retune(run, backend="aer", shots_budget=int(0.8 * least), method="spsa")
    for budget in (least, least + 1, 7919):
        tuned = qrl.retune(run, backend="aer", shots_budget=budget, method="spsa")
        assert tuned.state == f.DONE
        assert 0.8 * budget < counted(tuned.path) <= budget


def test_steps_watch_the_budget(run: Path) -> None:
    seen: list[Progress] = []
    tuned = qrl.retune(run, backend="aer", watch=seen.append, **SMALL)
    assert [at.shots for at in seen] == sorted(at.shots for at in seen)
    assert [at.lowest for at in seen] == sorted((at.lowest for at in seen), reverse=True)
    assert seen[-1].shots <= 0.8 * 20_000
    assert {at.budget for at in seen} == {20_000}
    costs = [
        cost for entry in Journal(tuned.path / f.JOURNAL).entries[:-1]
        for cost in (entry.came or {})["costs"]
    ]  # fmt: skip
    assert seen[-1].lowest == min(costs)


def test_a_changed_journal_is_not_followed(run: Path) -> None:
    tuned = qrl.retune(run, backend="aer", method="spsa", **SMALL)
    path = tuned.path / f.JOURNAL
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[2]["angles"][0][0] += 1e-9
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tuned.path / f.RECORD).write_text(
        json.dumps({**tuned.folder.data, "state": "running", "result": None})
    )
    with pytest.raises(qrl.InputError, match="not the one that comes next"):
        qrl.retune(tuned.path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "id": "x"}'])
def test_damaged_records_are_told_and_passed_over(run: Path, text: str) -> None:
    tuned = qrl.retune(run, backend="aer", **SMALL)
    (tuned.path / f.RECORD).write_text(text)
    with pytest.raises(qrl.InputError):
        qrl.retune(tuned.path)
    with pytest.raises(qrl.InputError, match=r"Repair or remove.*--again"):
        qrl.retune(run, backend="aer", **SMALL)
    assert qrl.retune(run, backend="aer", again=True, **SMALL).path != tuned.path


def test_a_second_process_keeps_away(run: Path) -> None:
    tuned = qrl.retune(run, backend="aer", **SMALL)
    tuned.folder.write(state=f.RUNNING, result=None)
    with tuned.folder.alone(), pytest.raises(qrl.InputError, match="Another `qrl retune`"):
        qrl.retune(tuned.path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"backend": None}, "needs a device"),
        ({"backend": "fake:manilla"}, "Did you mean 'manila'"),
        ({"method": "spas"}, "Did you mean 'spsa'"),
        ({"shots_budget": 0}, "budget of shots"),
        ({"shots_budget": 1.5}, "budget of shots"),
        ({"reserve": 1.0}, "reserve"),
        ({"reserve": float("nan")}, "reserve"),
        ({"shotz": 3}, "Did you mean 'shots'"),
        ({"method": "gradient", "mitigate": ["q-cluster"]}, "--method spsa"),
        ({"layout": [0, 9]}, "qubit of the layout"),
    ],
)
def test_bad_input_is_told_and_writes_nothing(
    run: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(qrl.InputError, match=said):
        qrl.retune(run, **{"backend": "fake:manila", **changes})
    assert not (run / f.FOLDER).exists()


def test_circuits_without_angles_have_nothing_to_tune(run: Path) -> None:
    loaded = qrl.load(run)
    loaded.best.circuit = Circuit(2).append("h", 0).append("cx", 0, 1)
    device = open_device("aer", 2)
    with pytest.raises(qrl.InputError, match="no gate with an angle"):
        retune_on(loaded, device, HardwareSettings(), RetuneSettings())


def test_a_run_that_cannot_be_written_is_told(run: Path) -> None:
    (run / f.FOLDER).touch()  # root may write into folders that nobody may
    with pytest.raises(qrl.InputError, match="cannot be written"):
        qrl.retune(run, backend="aer", **SMALL)


def test_what_is_declined_is_not_begun(run: Path) -> None:
    offered: list[Any] = []

    def confirm(made: Any) -> bool:
        offered.append(made)
        return False

    with pytest.raises(qrl.InputError, match="Nothing was measured"):
        qrl.retune(run, backend="fake:manila", confirm=confirm, **SMALL)
    assert not (run / f.FOLDER).exists()
    (made,) = offered
    assert made.plan.estimate.shots <= 20_000
    assert made.plan.estimate.qpu_seconds is None


def test_other_costs_are_lowered_too(tmp_path: Path) -> None:
    for task in ("maxcut/weighted-5q", "state/w-4q", "diag/random-2q-1"):
        found = qrl.search(
            task,
            agent="random",
            steps=60,
            seed=0,
            compare=False,
            out=tmp_path / task.replace("/", "-"),
        )
        if not found.best.circuit.angles:
            continue
        off = found.best.circuit.with_angles(np.array(found.best.circuit.angles) + 0.5)
        found.best.circuit = off
        tuned = retune_on(
            found, open_device("aer", found.task.n_qubits), HardwareSettings(),
            RetuneSettings(200_000), shots_given=False,
        )  # fmt: skip
        assert isinstance(tuned, Retuned)
        assert tuned.result is not None
        assert tuned.result["exact"]["after"] < tuned.result["exact"]["before"] + 0.01
