"""What compiled kernels cost a process: compiled once, loaded from the cache ever after.

CPU seconds of a process that imports Numba, prepares an engine and ends, from the start of the
interpreter on.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import noisy
from benchmarks.common import Table, Target
from benchmarks.startup import Used, add, child

COMPILE_LIMIT, LOAD_LIMIT = 40.0, 1.0
_EXACT = "from qrl.circuits.engines import prepare_kernels; prepare_kernels('exact')"
_NOISY = """
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.noisy import NoisyEngine
from qrl.circuits.noise import noise_model
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
engine = NoisyEngine(Expectation(PauliSum(("Z",), (1.0,))), noise_model("depolarizing:0.001,0.01"))
engine.tune(Circuit(1).append("rx", 0, angle=0.5))
"""
PREPARE = {"exact": _EXACT, "noisy": _NOISY}


def run(*, quick: bool = False) -> list[Table]:
    """Measure each engine; compiling only where there is time for it."""
    table = Table(
        "Kernels: compiled once, loaded from the cache",
        ("what", "CPU (s)", "wall (s)", "peak memory (MB)", "target"),
    )
    times = 3 if quick else 7
    for engine, script in PREPARE.items():
        if engine == "noisy" and not noisy.available():
            table.targets.append(_target("noisy engine", None, LOAD_LIMIT))
            continue
        command = [sys.executable, "-c", script]
        if not quick:
            compiled = _compile(table, engine, command)
            add(table, f"{engine}, compiled", [compiled], f"CPU < {COMPILE_LIMIT:g} s")
            table.targets.append(_target(f"{engine} engine, compiled", compiled.cpu, COMPILE_LIMIT))
        child(command)
        loaded = [child(command) for _ in range(times)]
        add(table, f"{engine}, loaded", loaded, f"CPU < {LOAD_LIMIT:g} s")
        cpu = sorted(used.cpu for used in loaded)[times // 2]
        table.targets.append(_target(f"{engine} engine, loaded", cpu, LOAD_LIMIT))
    numba = [child([sys.executable, "-c", "import numba"]) for _ in range(times)]
    add(table, "for comparison: import numba", numba)
    table.notes.append(
        f"Loaded: medians over {times} processes, from the user's own cache"
        + ("; compiling is not measured with --quick." if quick else "; compiled: an empty one.")
    )
    return [table]


def _compile(table: Table, engine: str, command: list[str]) -> Used:
    """Prepare an engine in a new cache folder, then again from what the first process left there.

    Raises:
        RuntimeError: the second process compiled, too; do not edit kernels while this runs.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment, counts = {"NUMBA_CACHE_DIR": folder}, []
        used = child(command, environment)
        for again in (False, True):
            if again:
                child(command, environment)
            files = [path for path in Path(folder).rglob("*") if path.is_file()]
            counts.append(len(files))
        if counts[0] != counts[1]:
            raise RuntimeError(f"The cache of kernels grew from {counts[0]} to {counts[1]} files.")
        size = sum(path.stat().st_size for path in files) / 1e6
        table.notes.append(f"Cache of the {engine} engine: {len(files)} files, {size:.1f} MB.")
    return used


def _target(name: str, cpu: float | None, limit: float) -> Target:
    return Target(f"{name}, CPU", cpu, limit, at_least=False, unit="s")
