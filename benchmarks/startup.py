"""What starting costs: CPU of `qrl --help` and of `import qrl`, memory of a search, time of `qrl jobs`.

Each is a child process started through a small launcher, because a process counts as its own peak
memory that of the process it was forked from. CPU is user and system time of the child and of the
processes that it waited for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.common import Table, Target
from benchmarks.many_jobs import COUNT, make_jobs

HELP_LIMIT = 0.5
MEMORY_LIMIT = 1.5
"""GB, 10**9 bytes."""
JOBS_LIMIT = 1.0

_LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "code": done.returncode, "error": done.stderr.decode(errors="replace")[-2000:],
    "cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - start,
    "memory": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
}))
"""
_QRL = "import sys; from qrl.cli.main import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True, slots=True)
class Used:
    """What a child process used: CPU and wall seconds, peak memory in bytes."""

    cpu: float
    wall: float
    memory: int


def run(*, quick: bool = False) -> list[Table]:
    """Measure all; `import pennylane` only where there is time for it."""
    table = Table(
        "Start-up and memory", ("what", "CPU (s)", "wall (s)", "peak memory (MB)", "target")
    )
    times = 3 if quick else 9
    commands = {
        "qrl --help": _command("--help"),
        "import qrl": [sys.executable, "-c", "import qrl"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "for comparison: import qulacs": [sys.executable, "-c", "import qulacs"],
    }
    if not quick:
        commands["for comparison: import pennylane"] = [sys.executable, "-c", "import pennylane"]
    limits = {"qrl --help": HELP_LIMIT, "import qrl": HELP_LIMIT}
    for name, uses in _in_turn(commands, times).items():
        limit = limits.get(name)
        cpu = median(use.cpu for use in uses)
        add(table, name, uses, "" if limit is None else f"CPU < {limit:g} s")
        if limit is not None:
            table.targets.append(Target(f"{name}, CPU", cpu, limit, at_least=False, unit="s"))
    with tempfile.TemporaryDirectory() as folder:
        command = _command("search", "vqe/lih-4q-3.4", "--seconds", "5", "--out", f"{folder}/run")
        found = child(command)
        add(table, "qrl search vqe/lih-4q-3.4 --seconds 5", [found], f"< {MEMORY_LIMIT} GB")
        table.targets.append(
            Target(
                "search, peak memory", found.memory / 1e9, MEMORY_LIMIT, at_least=False, unit="GB"
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        environment = make_jobs(Path(folder))
        listed = [child(_command("jobs"), environment) for _ in range(times)]
        name = f"qrl jobs, {COUNT:,} submissions"
        add(table, name, listed, f"wall < {JOBS_LIMIT:g} s")
        wall = median(use.wall for use in listed)
        table.targets.append(Target(name, wall, JOBS_LIMIT, at_least=False, unit="s"))
    table.notes += [
        f"Medians over {times} runs in turn, after one that is not counted; the search once. CPU: user "
        "and system time of the process and its children.",
        "MB: 10**6 bytes, largest resident set of one process.",
    ]
    return [table]


def child(command: list[str], environment: dict[str, str] | None = None) -> Used:
    """Run a command and return what it used.

    Raises:
        RuntimeError: it failed; the message has the end of what it wrote to stderr.
    """
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    told = json.loads(result.stdout)
    if told["code"] != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {told['code']}:\n{told['error']}")
    return Used(told["cpu"], told["wall"], told["memory"])


def _in_turn(commands: dict[str, list[str]], times: int) -> dict[str, list[Used]]:
    uses: dict[str, list[Used]] = {name: [] for name in commands}
    for command in commands.values():
        child(command)
    for _ in range(times):
        for name, command in commands.items():
            uses[name].append(child(command))
    return uses


def add(table: Table, name: str, uses: list[Used], target: str = "") -> None:
    """Append a row of medians."""
    cpu, wall = median(u.cpu for u in uses), median(u.wall for u in uses)
    memory = max(u.memory for u in uses) / 1e6
    table.rows.append((name, f"{cpu:.2f}", f"{wall:.2f}", f"{memory:.0f}", target))


def _command(*words: str) -> list[str]:
    """Return the installed command, or what it runs where it is not beside the interpreter."""
    installed = Path(sys.executable).parent / "qrl"
    return [str(installed), *words] if installed.exists() else [sys.executable, "-c", _QRL, *words]
