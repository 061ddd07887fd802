"""Runs that several tests of this folder look at; nobody may change them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import qrl
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.runner import Search


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.fixture(scope="session")
def random_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A finished random search."""
    out = tmp_path_factory.mktemp("runs") / "random"
    return qrl.search("vqe/h2-4q", agent="random", steps=640, seed=0, out=out)


@pytest.fixture(scope="session")
def ppo_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A finished search by PPO, long enough for one update of its networks."""
    out = tmp_path_factory.mktemp("runs") / "ppo"
    return qrl.search("vqe/h2-4q", agent="ppo", steps=1100, seed=0, out=out)


@pytest.fixture(scope="session")
def crashed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random search that broke off after some checkpoints."""
    out = tmp_path_factory.mktemp("runs") / "crashed"

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(out / "checkpoint", every=0.0)
        if recorder.ledger.env_steps >= 320:
            raise Crash

    config = SearchConfig("vqe/h2-4q", agent="random", budget=Budget("steps", 640))
    work = Search(qrl.get_task("vqe/h2-4q"), config, out, (watch,))
    with pytest.raises(Crash):
        work.start()
    return out


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a run folder to where it may be spoilt."""

    def copy(folder: Path) -> Path:
        target = tmp_path / "copy"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        return target

    return copy
