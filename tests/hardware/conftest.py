"""A run to measure, and a list of jobs of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hardware.loopback.server import LoopbackService

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


@pytest.fixture(scope="session")
def fakes() -> dict[str, Any]:
    """The devices of the stand-in of IBM's service."""
    pytest.importorskip("qiskit_ibm_runtime")
    from qiskit_ibm_runtime.fake_provider import FakeBelemV2, FakeManilaV2

    return {"ibm_manila": FakeManilaV2(), "ibm_belem": FakeBelemV2()}


@pytest.fixture
def service(
    fakes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LoopbackService]:
    """A stand-in of IBM's service on this machine, and the environment that leads to it."""
    monkeypatch.setenv("HOME", str(tmp_path))  # no account of whoever runs the tests
    with LoopbackService(fakes) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running
