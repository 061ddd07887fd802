"""Tracking against a real MLflow store and real offline files of W&B, read back by other means."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import BaseCallback
from wandb.proto import wandb_internal_pb2 as protocol

import qrl
from qrl.agents.ppo import PPOOptions, make_ppo
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.tracking import MLflowTracking, WandbTracking, tracking
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError, MissingExtra
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.runner import Search

TASK = "vqe/h2-2q"
PPO = {"n_steps": 8, "batch_size": 64, "hidden": 16}
History = dict[str, list[tuple[int, float]]]
SECRET = "0123456789abcdef0123456789abcdef01234567"


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


def search(out: Path, *callbacks: BaseCallback, agent: str = "ppo", **others: Any) -> qrl.Run:
    options = {"options": PPO} if agent == "ppo" else {}
    settings = {"steps": 640, "compare": False, **options, **others}
    return qrl.search(TASK, agent=agent, out=out, callbacks=list(callbacks), **settings)


def logged(folder: Path) -> History:
    """Read what the run folder's own log says."""
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    history: History = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if name != "step" and number:
                history[name].append((row["step"], float(value)))
    return dict(history)


def without_time(history: History) -> History:
    return {
        name: points
        for name, points in history.items()
        if not name.startswith(("time/", "evaluation/", "result/")) and name != "search/seconds"
    }


class MLflowFile:
    """An MLflow store, read as the SQLite database that it is."""

    def __init__(self, file: Path) -> None:
        self.file, self.uri = file, f"sqlite:///{file}"

    def rows(self, query: str) -> list[Any]:
        connection = sqlite3.connect(self.file)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def history(self) -> History:
        history: History = defaultdict(list)
        for name, step, value in self.rows("SELECT key, step, value FROM metrics ORDER BY step"):
            history[name].append((step, value))
        return dict(history)

    def pairs(self, table: str) -> dict[str, str]:
        return dict(self.rows(f"SELECT key, value FROM {table}"))


@pytest.fixture
def store(tmp_path: Path) -> MLflowFile:
    return MLflowFile(tmp_path / "mlflow.db")


def records(folder: Path) -> list[Any]:
    """Read W&B's offline files, once its process has written their ends, which may be later."""
    files = sorted(folder.glob("wandb/offline-run-*/*.wandb"))
    until = time.monotonic() + 60
    while True:
        found = [[*records_in(file)] for file in files]
        ended = [any(r.WhichOneof("record_type") == "exit" for r in one) for one in found]
        if all(ended) or time.monotonic() > until:
            return [record for one in found for record in one]
        time.sleep(0.1)


def records_in(file: Path) -> Iterator[Any]:
    """Read LevelDB's log format behind a header of 7 bytes."""
    data, at, whole = file.read_bytes(), 7, b""
    while at + 7 <= len(data):
        room = 32768 - at % 32768
        if room < 7:
            at += room
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        if at + 7 + length > len(data):  # it is being written
            return
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = protocol.Record()
            record.ParseFromString(whole)
            yield record
            whole = b""


def wandb_history(folder: Path) -> History:
    history: History = defaultdict(list)
    for record in records(folder):
        if record.WhichOneof("record_type") == "history":
            row = {
                (i.key or i.nested_key[0]): json.loads(i.value_json) for i in record.history.item
            }
            for name, value in row.items():
                if not name.startswith("_") and name != "env_steps":
                    history[name].append((int(row["env_steps"]), float(value)))
    return dict(history)


def wandb_summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for record in records(folder):
        for item in record.summary.update:
            found[item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
    return found


@pytest.mark.parametrize("agent", ["ppo", "alphazero", "dqn"])
def test_mlflow_has_every_number_of_the_log(tmp_path: Path, store: MLflowFile, agent: str) -> None:
    callback = MLflowTracking(experiment="small molecules", uri=store.uri)
    # DQN logs by episodes, AlphaZero after some updates.
    run = search(tmp_path / "run", callback, agent=agent, steps=2000)
    mine, theirs = logged(run.path), store.history()
    assert mine
    result = {name for name in theirs if name.startswith("result/")}
    assert {name: theirs[name] for name in theirs if name not in result} == mine
    assert store.rows("SELECT name FROM experiments WHERE name LIKE 'small%'") == [
        ("small molecules",)
    ]
    assert store.rows("SELECT run_uuid, status, name FROM runs") == [
        (callback.run_id, "FINISHED", "run")
    ]


def test_settings_tags_and_result_are_there(tmp_path: Path, store: MLflowFile) -> None:
    callback = MLflowTracking(uri=store.uri)
    run = search(tmp_path / "run", callback, seed=4, evaluate_every=256)
    params, tags = store.pairs("params"), store.pairs("tags")
    # Given, and a default.
    assert (params["options.hidden"], params["options.n_epochs"]) == ("16", "4")
    assert (params["budget.steps"], params["env.reward"]) == ("640", "fixed-ends")
    assert (tags["task"], tags["agent"], tags["seed"]) == (TASK, "ppo", "4")
    assert tags["version.qrl"] == qrl.__version__
    assert tags["version.torch"] == run.result["versions"]["torch"]
    assert (tags["status"], tags["unit"]) == ("done", "Ha")
    history = store.history()
    for name in ("error", "cnots", "depth", "evaluations", "seconds"):
        assert history[f"result/{name}"] == [(run.result["env_steps"], run.result[name])]
    shown = [json.loads(line) for line in (run.path / "evaluations.jsonl").read_text().splitlines()]
    assert len(shown) > 1
    assert history["evaluation/cost"] == [(row["env_steps"], row["cost"]) for row in shown]


def test_wandb_has_every_number_settings_and_result(tmp_path: Path) -> None:
    callback = WandbTracking(project="molecules", mode="offline")
    run = search(tmp_path / "run", callback, seed=4)
    mine, theirs = logged(run.path), wandb_history(run.path)
    assert theirs == mine
    (begun,) = {r.run.run_id for r in records(run.path) if r.HasField("run")}
    assert begun == callback.run_id
    first = next(r.run for r in records(run.path) if r.HasField("run"))
    assert first.project == "molecules"
    assert set(first.tags) == {TASK, "ppo"}
    config = {item.key: json.loads(item.value_json) for item in first.config.update}
    assert (config["options.hidden"], config["options.n_epochs"], config["seed"]) == (16, 4, "4")
    assert config["version.qrl"] == qrl.__version__
    summary = wandb_summary(run.path)
    for name in ("error", "cnots", "evaluations"):
        assert summary[f"result/{name}"] == pytest.approx(run.result[name], rel=1e-12)
    assert summary["status"] == "done"
    assert any(r.WhichOneof("record_type") == "exit" for r in records(run.path))
    # Nothing of the machine, the program and its packages.
    assert not list(run.path.rglob("requirements.txt"))
    assert not list(run.path.rglob("wandb-metadata.json"))


def test_both_at_once_change_nothing_that_is_found(tmp_path: Path, store: MLflowFile) -> None:
    both = (MLflowTracking(uri=store.uri), WandbTracking(mode="offline"))
    tracked = search(tmp_path / "tracked", *both)
    alone = search(tmp_path / "alone")
    assert without_time(logged(tracked.path)) == without_time(logged(alone.path))
    assert tracked.trace[-1]["cost"] == alone.trace[-1]["cost"]
    ids = {name: part["run"] for name, part in json.loads(
        (tracked.path / "tracking.json").read_text()
    ).items()}  # fmt: skip
    assert ids == {"mlflow": both[0].run_id, "wandb": both[1].run_id}
    assert tracked.verify()


def test_a_resumed_run_goes_on_where_it_was_tracked(tmp_path: Path, store: MLflowFile) -> None:
    def callbacks() -> tuple[MLflowTracking, WandbTracking]:
        return MLflowTracking(uri=store.uri), WandbTracking(mode="offline")

    def watch(recorder: Recorder) -> None:
        # A checkpoint after 384 steps, numbers of 512 steps told, and lost.
        work.folder.check_every(0.0 if recorder.ledger.env_steps < 400 else 1e6)
        if recorder.ledger.env_steps >= 600:
            raise Crash

    out, first = tmp_path / "crashed", callbacks()
    config = SearchConfig(
        TASK, agent="ppo", budget=Budget("steps", 1024), options=PPO, compare=False
    )
    work = Search(qrl.get_task(TASK), config, out, (watch,), callbacks=first)
    with pytest.raises(Crash):
        work.start()
    first[1]._close()
    lost = logged(out)["search/cnots"]
    second = callbacks()
    run = qrl.resume(out, callbacks=second)
    assert [one.run_id for one in second] == [one.run_id for one in first]
    assert store.rows("SELECT status FROM runs") == [("FINISHED",)]
    whole = without_time(logged(run.path))
    assert len(whole["search/cnots"]) > len(lost)
    # Each step once, whether before the crash, lost by it, or after.
    assert without_time(store.history()) == whole
    assert without_time(wandb_history(run.path)) == whole
    parts = list(out.glob("wandb/offline-run-*"))
    assert len(parts) == 2
    assert all(first[1].run_id in part.name for part in parts)


def test_interrupted_runs_are_marked(tmp_path: Path, store: MLflowFile) -> None:
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            work.recorder.stopped = self.num_timesteps >= 300
            return True

    callback = MLflowTracking(uri=store.uri)
    config = SearchConfig(TASK, agent="ppo", budget=Budget("steps", 10_000), options=PPO)
    work = Search(
        qrl.get_task(TASK), config, tmp_path / "run", callbacks=(callback, Stop())
    )  # fmt: skip
    work.start()
    assert store.rows("SELECT status FROM runs") == [("KILLED",)]


def test_a_store_that_fails_does_not_end_the_training(tmp_path: Path, store: MLflowFile) -> None:
    class Break(BaseCallback):
        def _on_step(self) -> bool:
            if self.num_timesteps == 304:
                connection = sqlite3.connect(store.file)
                connection.execute("DROP TABLE metrics")
                connection.close()
            return True

    callback = MLflowTracking(uri=store.uri)
    with pytest.warns(UserWarning, match="Tracking with mlflow failed") as caught:
        run = search(tmp_path / "run", callback, Break())
    assert len(caught) == 1
    assert run.status == "done"
    assert [step for step, _ in logged(run.path)["search/cnots"]] == [128, 256, 384, 512]


def test_a_model_that_is_trained_by_hand_is_tracked(
    tmp_path: Path, store: MLflowFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = SB3CircuitEnv(CircuitVecEnv(qrl.get_task(TASK), num_envs=16))
    model = make_ppo(env, PPOOptions(n_steps=8, batch_size=64, hidden=16), seed=3)
    both = (MLflowTracking(uri=store.uri), WandbTracking(mode="offline"))
    model.learn(384, callback=list(both))
    assert both[0].folder is None
    tags = store.pairs("tags")
    assert (tags["task"], tags["agent"], tags["seed"]) == (TASK, "MaskablePPO", "3")
    history = store.history()
    assert [step for step, _ in history["time/iterations"]] == [128, 256, 384]
    assert wandb_history(tmp_path) == history


def test_no_token_and_no_password_is_written(
    tmp_path: Path, store: MLflowFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", SECRET)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", SECRET)
    both = (MLflowTracking(uri=store.uri), WandbTracking(mode="offline"))
    search(tmp_path / "run", *both)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "uri",
    ["file:{}", "sqlite:///{}/no-such-folder/x.db", "postgresql://me:hidden@127.0.0.1:1/x", "no"],
)
def test_stores_that_cannot_be_used_are_told(
    tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    callback = MLflowTracking(uri=uri.format(blocked))
    with pytest.raises(InputError, match="cannot be tracked with mlflow") as told_error:
        search(tmp_path / "run", callback)
    assert "hidden" not in str(told_error.value)
    assert told_error.value.__cause__ is None


def test_a_run_of_another_store_is_told(tmp_path: Path, store: MLflowFile) -> None:
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            work.recorder.stopped = self.num_timesteps >= 300
            return True

    config = SearchConfig(
        TASK, agent="ppo", budget=Budget("steps", 600), options=PPO, compare=False
    )
    callbacks = (MLflowTracking(uri=store.uri), Stop())
    work = Search(qrl.get_task(TASK), config, tmp_path / "run", callbacks=callbacks)
    work.start()
    other = MLflowTracking(uri=f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(InputError, match=r"cannot be tracked with mlflow: .*not found"):
        qrl.resume(tmp_path / "run", callbacks=[other])
    (tmp_path / "run" / "tracking.json").write_text("[]")
    with pytest.raises(InputError, match=r"tracking\.json.*Delete it"):
        qrl.resume(tmp_path / "run", callbacks=[MLflowTracking(uri=store.uri)])


def test_numbers_that_are_not_finite_are_left_out(tmp_path: Path, store: MLflowFile) -> None:
    class Odd(BaseCallback):
        def _on_step(self) -> bool:
            self.logger.record("odd/infinite", math.inf)
            self.logger.record("odd/none", math.nan)
            self.logger.record("odd/text", "words")
            self.logger.record("odd/right", self.num_timesteps)
            return True

    callback = MLflowTracking(uri=store.uri)
    search(tmp_path / "run", callback, Odd())
    names = set(store.history())
    assert "odd/right" in names
    assert not names & {"odd/infinite", "odd/none", "odd/text"}


def test_trackers_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow, wandb = tracking("mlflow:http://host:5000"), tracking("wandb:molecules")
    assert isinstance(mlflow, MLflowTracking)
    assert mlflow._uri == "http://host:5000"
    assert isinstance(wandb, WandbTracking)
    assert wandb.project == "molecules"
    assert isinstance(tracking("mlflow"), MLflowTracking)
    assert isinstance(tracking("wandb"), WandbTracking)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wanbd", "Unknown tracker 'wanbd'.*'wandb'"),
        ("", "Unknown tracker ''"),
        ("mlflow:", "needs an address"),
        ("wandb: ", "needs a project"),
        (None, "Unknown tracker 'None'"),
    ],
)
def test_unknown_trackers_are_told(text: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        tracking(text)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(InputError, match="experiment of MLflow"):
        MLflowTracking(experiment="")
    with pytest.raises(InputError, match="uri of MLflow must be a text; got 3"):
        MLflowTracking(uri=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="project of W&B"):
        WandbTracking(project="")
    with pytest.raises(InputError, match=r"Unknown mode of W&B 'offlin'.*'offline'"):
        WandbTracking(mode="offlin")


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_without_the_library_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [m for m in sys.modules if m.partition(".")[0] == name]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, f"{name}.tracking", None)
    with pytest.raises(MissingExtra, match=r"pip install 'qrl\[tracking\]'"):
        tracking(name)
