"""`qrl tune` as its users have it: a process that prints, that is killed, and that goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qrl.cli.main import main

COMMAND = str(Path(sysconfig.get_path("scripts")) / "qrl")
WORDS = (
    "tune", "vqe/tfim-4q-1.0", "--agent", "evolve", "--evaluations", "2000", "--trials", "4",
    "--seeds", "2", "--fresh-seeds", "2",
)  # fmt: skip


def result(out: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((out / "tuning.json").read_text())
    return data


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("command") / "whole"
    assert main([*WORDS, "--out", str(out), "--json"]) == 0
    return out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_was_ended_goes_on_to_the_same_end(
    whole: Path, tmp_path: Path, number: int
) -> None:
    out = tmp_path / "ended"
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([COMMAND, *WORDS, "--out", str(out)], **pipes) as process:
        until = time.monotonic() + 120
        while not (out / "trials" / "1" / "seed-0" / "config.toml").exists():
            assert time.monotonic() < until
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(number)
        printed, _ = process.communicate(timeout=120)
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 130
        assert "Interrupted; the same command goes on." in printed
        states = [row["state"] for row in result(out)["trials"]]
        assert states == ["complete", "killed"]
    assert main([*WORDS, "--out", str(out)]) == 0
    one, other = result(whole), result(out)
    assert [row["state"] for row in other["trials"]].count("killed") == 1
    for name in ("best", "defaults"):
        assert other[name]["settings"] == one[name]["settings"]
        assert other[name]["found"] == one[name]["found"]
        assert other[name]["fresh"] == one[name]["fresh"]


def test_two_processes_do_not_share_a_study(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "shared"
    with subprocess.Popen([COMMAND, *WORDS, "--out", str(out)], stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 120
        while not (out / "trials").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        second = subprocess.run(
            [COMMAND, *WORDS, "--out", str(out)], capture_output=True, text=True, timeout=120
        )
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert second.returncode == 2
    assert "Another `qrl tune` works with" in second.stderr


def test_what_is_printed_says_the_spread_and_the_next_step(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "--out", str(whole)]) == 0
    printed = capsys.readouterr().out
    assert "error on fresh seeds (J)" in printed
    assert f"qrl search --config {whole / 'best.toml'}" in printed
    assert "4 trials (4 complete)" in printed
    found = result(whole)["defaults"]
    assert f"{found['median_fresh_error']:.2e}" in printed
    assert f"{found['median_error']:.2e}" in printed


def test_a_file_of_settings_is_the_base(tmp_path: Path) -> None:
    config = tmp_path / "base.toml"
    config.write_text(
        'task = "vqe/tfim-4q-1.0"\nagent = "evolve"\nseed = 7\n'
        "[budget]\nevaluations = 200\n[env]\nmax_gates = 8\n[options]\nkick = 3\n"
    )
    out = tmp_path / "out"
    words = [
        "tune",
        "--config",
        config,
        "--trials",
        2,
        "--seeds",
        1,
        "--fresh-seeds",
        1,
        "--out",
        out,
    ]
    assert main([str(word) for word in words]) == 0
    data = result(out)
    assert data["trial_seeds"] == [7]
    assert data["fresh_seeds"] == [8]
    best = (out / "best.toml").read_text()
    assert "max_gates = 8" in best
    assert data["defaults"]["settings"]["options"]["kick"] == 3


BAD: dict[str, tuple[list[str], str]] = {
    "no task": (["tune", "--agent", "evolve"], "Name a task"),
    "no agent": (["tune", "vqe/h2-2q"], "Name the agent"),
    "no space": (["tune", "vqe/h2-2q", "--agent", "evolve", "--space", "none.toml"], "none.toml"),
    "no trials": (["tune", "vqe/h2-2q", "--agent", "evolve", "--trials", "0"], "trials must be"),
    "a task that is none": (["tune", "vqe/h2-2", "--agent", "evolve"], "Unknown"),
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_code_two(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    line, said = BAD[words]
    assert main(line) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_optuna_the_extra_is_named(tmp_path: Path) -> None:
    # A process that cannot import it, as where it is not installed.
    code = (
        "import sys; sys.modules['optuna'] = None\n"
        "from qrl.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    import sys

    end: Callable[..., Any] = subprocess.run
    done = end([sys.executable, "-c", code, *WORDS], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'qrl[tune]'" in done.stderr
