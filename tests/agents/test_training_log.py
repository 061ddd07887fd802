"""The log of training: what is recorded stands in both files, once, and goes on after a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from qrl.agents.training_log import TrainingLog
from qrl.search.checkpoint import pack, unpack


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read the events as TensorBoard itself does."""
    events = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    events.Reload()
    names = events.Tags()["scalars"]
    return {name: [(e.step, e.value) for e in events.Scalars(name)] for name in names}


def write(log: TrainingLog, *steps: int) -> None:
    for step in steps:
        log.logger.record("train/loss", 0.5 * step)
        log.logger.record("train/n_updates", step, exclude="tensorboard")
        log.logger.dump(step)


def test_numbers_stand_in_both_files(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    record = log.logger.record
    for name, value in {
        "float": 0.1,
        "single": np.float32(0.1),
        "whole": np.int64(7),
        "python": 3,
        "yes": True,
        "text": "words",
        "array": np.array([1.0, np.nan]),
    }.items():
        record(name, value)
    record("json only", 1.5, exclude="tensorboard")
    record("board only", 2.5, exclude="json")
    log.logger.dump(12)
    log.close()
    row = {
        "step": 12, "float": 0.1, "single": float(np.float32(0.1)), "whole": 7, "python": 3,
        "yes": True, "text": "words", "array": [1.0, None], "json only": 1.5,
    }  # fmt: skip
    assert lines(tmp_path) == [row]
    seen = scalars(tmp_path)
    assert sorted(seen) == ["board only", "float", "python", "single", "whole", "yes"]
    assert seen["float"] == seen["single"] == [(12, pytest.approx(0.1))]
    assert seen["whole"] == [(12, 7.0)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_json_has_nothing_in_place_of_what_is_not_finite(tmp_path: Path, value: float) -> None:
    log = TrainingLog(tmp_path)
    for name, kind in (("double", float), ("single", np.float32)):
        log.logger.record(name, kind(value))
    log.logger.dump(1)
    log.close()
    assert lines(tmp_path) == [{"step": 1, "double": None, "single": None}]
    np.testing.assert_equal(scalars(tmp_path)["double"][0][1], value)


def test_lines_are_there_at_once(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    for step in (1, 2, 3):
        write(log, step)
        assert [row["step"] for row in lines(tmp_path)] == list(range(1, step + 1))
        assert [at for at, _ in scalars(tmp_path)["train/loss"]] == list(range(1, step + 1))
    log.close()


def test_numbers_of_an_evaluation_disturb_nothing_that_is_pending(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    log.logger.record("train/loss", 1.0)
    log.show({"evaluation/cost": -1.5, "evaluation/error": None}, 10)
    log.logger.dump(25)
    log.close()
    assert lines(tmp_path) == [{"step": 25, "train/loss": 1.0}]
    assert scalars(tmp_path) == {"evaluation/cost": [(10, -1.5)], "train/loss": [(25, 1.0)]}


def test_a_resumed_log_hides_what_is_written_again(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    write(log, 10, 20)
    log.show({"evaluation/cost": -1.0}, 20)
    state = unpack(pack(log.state(20)))
    write(log, 30, 40)
    log.show({"evaluation/cost": -9.0}, 40)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 50, "tra')  # the process was killed within a line
    log.close()
    again = TrainingLog(tmp_path, state)
    assert [row["step"] for row in lines(tmp_path)] == [10, 20]
    assert [step for step, _ in scalars(tmp_path)["train/loss"]] == [10, 20]
    write(again, 30, 45)
    again.close()
    assert [row["step"] for row in lines(tmp_path)] == [10, 20, 30, 45]
    seen = scalars(tmp_path)
    assert seen["train/loss"] == [(10, 5.0), (20, 10.0), (30, 15.0), (45, 22.5)]
    assert seen["evaluation/cost"] == [(20, -1.0)]


@pytest.mark.parametrize("first", [0.25, float("nan")])
def test_means_go_on_where_they_were(tmp_path: Path, first: float) -> None:
    rows = []
    for name in ("whole", "resumed"):
        folder = tmp_path / name
        folder.mkdir()
        log = TrainingLog(folder)
        log.logger.record_mean("train/loss", first)
        log.logger.record_mean("train/loss", 0.5)
        log.logger.record("train/n_updates", 2, exclude="tensorboard")
        if name == "resumed":
            log, killed = TrainingLog(folder, unpack(pack(log.state(8)))), log
            killed.close()
        log.logger.record_mean("train/loss", 4.0)
        log.logger.dump(16)
        log.close()
        rows.append((lines(folder), sorted(scalars(folder))))
    assert rows[0] == rows[1]
    assert rows[0][1] == ["train/loss"]
    if first == 0.25:
        assert rows[0][0][0]["train/loss"] == pytest.approx((0.25 + 0.5 + 4.0) / 3)


def test_a_log_that_lost_its_end_goes_on(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    write(log, 10, 20)
    state = log.state(20)
    log.close()
    (tmp_path / "metrics.jsonl").unlink()
    again = TrainingLog(tmp_path, state)
    write(again, 30)
    again.close()
    assert [row["step"] for row in lines(tmp_path)] == [30]


def test_a_new_log_in_an_old_folder_begins_anew(tmp_path: Path) -> None:
    for steps in ((10, 20, 30), (10,)):
        log = TrainingLog(tmp_path)
        write(log, *steps)
        log.close()
    assert [row["step"] for row in lines(tmp_path)] == [10]
