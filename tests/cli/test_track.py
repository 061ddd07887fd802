"""`qrl search --track`: training told to others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import qrl


def test_training_is_tracked(call: Any, tmp_path: Path) -> None:
    store, out = tmp_path / "mlflow.db", tmp_path / "run"
    words = ["search", "vqe/h2-2q", "--agent", "ppo", "--steps", 2000, "--no-compare"]
    assert call(*words, "--out", out, "--track", f"mlflow:sqlite:///{store}").code == 0
    with closing(sqlite3.connect(store)) as connection:
        query = "SELECT value FROM metrics WHERE key = 'result/cnots'"
        assert connection.execute(query).fetchall() == [(qrl.load(out).best.cnots,)]


def test_what_cannot_be_tracked_is_told(call: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words, message in (
        (["--agent", "ppo", "--track", "mlfow"], "mlflow"),
        (["--agent", "evolve", "--track", "mlflow"], "for agents that learn"),
    ):
        ended = call("search", "vqe/h2-2q", "--out", out, *words)
        assert ended.code == 2
        assert message in ended.err
    assert not out.exists()
