"""The command line in this process, and the `qrl` command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.cli.main import main

COMMAND = str(Path(sysconfig.get_path("scripts")) / "qrl")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs the command line within this process."""

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:  # of argparse
            code = int(end.code or 0)
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def spawn() -> Callable[..., subprocess.Popen[str]]:
    """Starts the installed command, with the buffers that a user's shell gives it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}

    def start(*words: object, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [COMMAND, *(str(word) for word in words)]
        return subprocess.Popen(command, env=environment, **{**pipes, **options})

    return start


@pytest.fixture(scope="session")
def done_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A finished search; nobody may change its folder."""
    out = tmp_path_factory.mktemp("runs") / "done"
    return qrl.search("vqe/h2-4q", agent="random", steps=640, seed=0, out=out)
