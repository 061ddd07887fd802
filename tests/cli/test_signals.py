"""Ctrl-C, SIGTERM and SIGKILL while a search runs, as a shell or a batch system sends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qrl

Spawn = Callable[..., "subprocess.Popen[str]"]
TASK = "vqe/lih-4q-3.4"


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    """Read what a search says until it says a text."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"the search ended with {process.wait()} before it said {text!r}")


def status(out: Path) -> str:
    return str(json.loads((out / "result.json").read_text())["status"])


@pytest.mark.parametrize(
    ("number", "agent"), [(signal.SIGINT, "ppo"), (signal.SIGTERM, "random")], ids=str
)
def test_a_signal_ends_a_search_with_what_was_found(
    spawn: Spawn, call: Any, tmp_path: Path, number: signal.Signals, agent: str
) -> None:
    out = tmp_path / "run"
    process = spawn("search", TASK, "--seconds", 60, "--agent", agent, "--out", out)
    wait_for_line(process, "Searching")
    time.sleep(2.0 if agent == "ppo" else 1.0)  # the agent's libraries take a second to start
    process.send_signal(number)
    printed, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert f"Interrupted; `qrl search --resume {out}` goes on with it." in printed
    assert status(out) == "interrupted"
    run = qrl.load(out)
    assert run.result["env_steps"] > 0 or agent == "ppo"
    assert run.result["seconds"] < 30
    assert run.best.fidelity is not None
    assert not list(out.rglob(".*"))  # no temporary files
    assert call("verify", out).code == 0


def test_an_interrupted_search_is_resumed(spawn: Spawn, call: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    steps = 80_000
    words = ("search", TASK, "--agent", "random", "--steps", steps, "--out", out, "--json")
    process = spawn(*words)
    wait_for_line(process, "Searching")
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    first = json.loads(printed)
    assert first["status"] == "interrupted"
    assert 0 < first["env_steps"] < steps
    done = call("search", "--resume", out, "--json")
    assert done.code == 0
    second = json.loads(done.out)
    assert second["status"] == status(out) == "done"
    assert second["env_steps"] == steps
    assert second["cost"] <= first["cost"] + 1e-7
    assert call("verify", out).code == 0
    assert call("search", "--resume", out).code == 2


def test_ctrl_c_twice_is_no_worse(spawn: Spawn, call: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = spawn("search", TASK, "--seconds", 60, "--agent", "random", "--out", out)
    wait_for_line(process, "Searching")
    time.sleep(0.5)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert call("verify", out).code == 0


@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_ctrl_c_before_the_search_leaves_nothing(
    spawn: Spawn, tmp_path: Path, delay: float
) -> None:
    process = spawn("search", TASK, "--agent", "random", "--seconds", 60, "--out", tmp_path / "run")
    wait_for_line(process, "Preparing kernels")
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=60)
    if "Searching" in told:  # the kernels were there before the signal
        assert status(tmp_path / "run") == "interrupted"
    else:
        assert (printed, told) == ("", "qrl: interrupted\n")
        assert list(tmp_path.iterdir()) == []
    assert process.returncode == 130


def test_a_killed_search_leaves_a_run_that_holds(spawn: Spawn, call: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = spawn("search", TASK, "--agent", "random", "--seconds", 60, "--out", out)
    wait_for_line(process, "Searching")
    deadline = time.monotonic() + 30
    while not (out / "checkpoint" / "state.npz").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert status(out) == "running"
    assert call("verify", out).code == 0
    shown = call("show", out)
    assert shown.code == 0
    assert f"Not finished; `qrl search --resume {out}` goes on with it." in shown.out


def test_a_search_on_a_terminal_shows_a_bar_and_ends_with_ctrl_c(
    spawn: Spawn, call: Any, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    ours, theirs = os.openpty()
    words = ("search", TASK, "--agent", "random", "--seconds", 60, "--out", out)
    process = spawn(
        *words, stdin=theirs, stdout=theirs, stderr=theirs, text=False, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    while b"best error" not in shown:
        shown += os.read(ours, 65536)
    os.killpg(process.pid, signal.SIGINT)
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 130
    text = shown.decode()
    assert " CNOTs | depth " in text
    assert " circuits/s" in text
    assert "Interrupted; `qrl search --resume" in text
    assert "\x1b[?25h" in text.split("\x1b[?25l")[-1]  # the cursor is shown again
    assert call("verify", out).code == 0
