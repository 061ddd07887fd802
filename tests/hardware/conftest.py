"""A run to measure, and a list of jobs of its own for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import qrl


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the list of jobs."""
    folder = tmp_path / "state"
    monkeypatch.setenv("QRL_STATE", str(folder))
    return folder


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished search; nobody may change its folder."""
    out = tmp_path_factory.mktemp("found") / "run"
    qrl.search("vqe/h2-2q", agent="anneal", evaluations=400, seed=0, compare=False, out=out)
    return out


@pytest.fixture
def run(found: Path, tmp_path: Path) -> Path:
    """A copy of the search to write into."""
    return Path(shutil.copytree(found, tmp_path / "run"))
