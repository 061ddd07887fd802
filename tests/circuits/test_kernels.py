"""The compiled kernels: their numbers for gates, and their cache on disk."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import njit
from numba.core.dispatcher import Dispatcher

import qrl
from qrl.circuits.dense import embed
from qrl.circuits.gates import GATES, pauli_matrix
from qrl.circuits.kernels import compiled, entries, inlining, opcodes

KERNELS = Path(compiled.__file__).parent
PACKAGE = Path(qrl.__file__).parent
FILES = sorted(path.name for path in KERNELS.glob("*.py"))
THIS_PACKAGE = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}


# -- the two tables ---------------------------------------------------------------------------


def test_opcodes_are_those_of_the_gate_table() -> None:
    by_number = sorted(GATES.values(), key=lambda spec: spec.opcode)
    assert [spec.opcode for spec in by_number] == list(range(len(GATES)))
    numbers = {
        name.lower(): value
        for name, value in vars(opcodes).items()
        if name.isupper() and isinstance(value, int)
    }
    assert numbers == {name: spec.opcode for name, spec in GATES.items()}


def test_axes_are_those_of_the_gate_matrices() -> None:
    """A gate is diagonal in the basis of its axis on each qubit: it commutes with that Pauli there."""
    for name, spec in GATES.items():
        matrix = spec.matrix(0.7)
        for k in range(spec.n_qubits):
            axes = [
                axis
                for axis, pauli in enumerate("XYZ", start=1)
                if np.allclose(
                    matrix @ (p := embed(pauli_matrix(pauli), (k,), spec.n_qubits)), p @ matrix
                )
            ]
            expected = opcodes.AXES[spec.opcode, k]
            assert axes == ([expected] if expected else []), (name, k)
        assert opcodes.SYMMETRIC[spec.opcode] == (spec.n_qubits == 2 and spec.symmetric)


# -- the cache --------------------------------------------------------------------------------


def load_from(folder: Path) -> ModuleType:
    """Import `compiled.py` of a copy of the kernels, aside from the package's own."""
    spec = importlib.util.spec_from_file_location("kernels_copy", folder / "compiled.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digest_in(folder: Path) -> str:
    digest: str = load_from(folder)._sources_digest()
    return digest


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "kernels"
    shutil.copytree(KERNELS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_copy_has_the_same_digest_whatever_its_dates(copy: Path) -> None:
    for path in copy.iterdir():
        os.utime(path, (1, 1))
    assert digest_in(copy) == compiled._sources_digest()


@pytest.mark.parametrize("name", FILES)
def test_editing_any_kernel_file_changes_the_digest(name: str, copy: Path) -> None:
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert digest_in(copy) != compiled._sources_digest()


def test_the_cached_name_carries_the_digest(copy: Path) -> None:
    """Numba forms the file's name from the qualified name; a kernel that calls others needs it."""
    for function in vars(entries).values():
        if hasattr(function, "py_func") and function.__module__ == entries.__name__:
            assert compiled._sources_digest() in function.py_func.__qualname__ or (
                function.__name__.startswith("_")
            )
    assert compiled._sources_digest() in entries.run.py_func.__qualname__
    (copy / "observable.py").write_text("# another\n", encoding="utf-8")
    source = copy / "entry_here.py"
    source.write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    scope: dict[str, Any] = {}
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), scope)
    module = load_from(copy)
    function = module.entry(scope["double"])
    assert function(2) == 4
    stored = [path.name for path in Path(function.stats.cache_path).glob("*.nbi")]
    assert [name for name in stored if module._sources_digest() in name]
    assert not [name for name in stored if compiled._sources_digest() in name]


def run_python(code: str, environment: dict[str, str], *, bound_by_modes: bool = False) -> Any:
    """Run code in a process of its own and return what it printed as JSON."""
    command = [sys.executable, "-W", "error", "-c", code]
    if bound_by_modes and os.geteuid() == 0:
        # Root may write whatever the modes say, until it gives that capability away.
        command = ["setpriv", "--bounding-set", "-dac_override", *command]
    done = subprocess.run(
        command, env=environment, cwd="/", capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


VALUE = """
import json, os, qrl
from qrl.circuits.kernels import entries
folder = os.path.dirname(entries.__file__)
writable = []
for place in (folder, os.environ["HOME"]):
    try:
        os.mkdir(os.path.join(place, "probe"))
        writable.append(place)
    except PermissionError:
        pass
engine = qrl.make_engine("exact", qrl.Expectation(qrl.PauliSum(("Z", "X"), (1.0, 0.5))))
value = engine.value(qrl.Circuit(1).append("ry", 0, angle=1.0))
print(json.dumps([qrl.__file__, writable, value, entries.run.stats.cache_path]))
"""


def test_a_read_only_installation_still_computes(tmp_path: Path) -> None:
    home, site = tmp_path / "home", tmp_path / "site"
    home.mkdir()
    shutil.copytree(PACKAGE, site / "qrl", ignore=shutil.ignore_patterns("__pycache__"))
    places = [home, site, *(path for path in site.rglob("*") if path.is_dir())]
    for place in places:
        place.chmod(0o555)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(site)}
    try:
        where, writable, value, cache = run_python(VALUE, environment, bound_by_modes=True)
    finally:
        for place in places:
            place.chmod(0o755)
    assert Path(where).parent == site / "qrl"
    assert writable == []
    assert value == pytest.approx(np.cos(1.0) + 0.5 * np.sin(1.0))
    assert cache is None
    assert not list(tmp_path.rglob("*.nbi"))


def test_no_two_kernels_share_a_name() -> None:
    """Functions made in a loop have one qualified name, and the cache tells kernels by name."""
    kernels = [
        one.py_func
        for one in gc.get_objects()
        if issubclass(type(one), Dispatcher)
        and one.py_func.__module__.startswith("qrl.circuits.kernels.")
    ]
    names = Counter(f"{kernel.__module__}.{kernel.__qualname__}" for kernel in kernels)
    assert len(kernels) > 10
    assert [name for name, count in names.items() if count > 1] == []


APART = """
import json, numpy as np, qrl
from qrl.circuits import dense
observable = qrl.PauliSum(("XYZI", "ZIIX", "IYYZ", "XXII", "IIZY"), (1.0, 0.7, -0.4, 0.3, 0.9))
engine = qrl.make_engine("exact", qrl.Expectation(observable))
circuit = qrl.Circuit(4)
for q in range(4):
    circuit = circuit.append("ry", q).append("rz", q)
for a, b in ((0, 1), (1, 2), (2, 3), (0, 3), (3, 1), (2, 0)):
    circuit = circuit.append("cx", a, b)
circuit = circuit.append("rx", 0).append("ry", 3).append("rz", 2)
circuit = circuit.with_angles(np.linspace(-2, 3, circuit.rotation_count))
errors = {}
for what in ASKED:
    if what == "state":
        errors[what] = abs(engine.statevector(circuit) - dense.statevector(circuit)).max()
    else:
        errors[what] = abs(engine.value(circuit) - dense.expectation(circuit, observable))
print(json.dumps(errors))
"""


def test_kernels_that_were_compiled_apart_work_together(tmp_path: Path) -> None:
    """One process stores the state's kernels, another the value's; a third loads both."""
    # With the same seed of its hashes, Numba gives kernels of both processes the same symbols.
    environment = {**THIS_PACKAGE, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONHASHSEED": "0"}
    for asked in (["state"], ["value"], ["state", "value"], ["value", "state"]):
        errors = run_python(f"ASKED = {asked}\n" + APART, environment)
        assert errors == {name: pytest.approx(0, abs=1e-12) for name in asked}


PREPARED = """
import json, numpy as np, qrl
from qrl.circuits.engines import prepare_kernels
from qrl.circuits.kernels import entries
names = ("run", "order", "find", "hand_out")
prepare_kernels("exact")
before = {name: len(getattr(entries, name).signatures) for name in names}
odd = qrl.PauliSum(("XYZ", "YII", "ZZI"), (0.7, -0.3, 1.0))
for observation, problem in (("compact", odd), ("tensor", "vqe/h2-4q")):
    env = qrl.make_env(problem, observation=observation, max_gates=6)
    env.reset()
    for action in range(6):
        env.step(action)
    engine = qrl.make_engine("exact", env.task.objective)
    engine.value(env.circuit)
    engine.value_and_gradient(env.circuit)
    engine.tune(env.circuit, fresh=0, target=-9.0)
after = {name: len(getattr(entries, name).signatures) for name in names}
print(json.dumps([before, after]))
"""


def test_preparing_compiles_all_that_a_search_calls() -> None:
    before, after = run_python(PREPARED, THIS_PACKAGE)
    assert before == after == dict.fromkeys(before, 1)


# -- what rests on Numba's internals ----------------------------------------------------------


def test_inner_functions_wait_for_their_caller() -> None:
    """`kernels/inlining.py` uses these names of Numba's; a version that lost one would fail here first."""
    from numba.core.codegen import JITCodeLibrary

    for name in (
        "finalize", "get_pointer_to_function", "_ensure_finalized", "_raise_if_finalized",
        "_get_module_for_linking", "codegen",
    ):  # fmt: skip
        assert hasattr(JITCodeLibrary, name), name

    @compiled.inner
    def twice(x):  # type: ignore[no-untyped-def]
        return x + x

    @njit
    def four_times(x):  # type: ignore[no-untyped-def]
        return twice(twice(x))

    assert four_times(1.5) == 6.0
    (part,) = twice.overloads.values()  # type: ignore[attr-defined]
    assert type(part.library) is inlining._Part
    assert part.library.get_pointer_to_function("anything") == 0
    assert "define" in str(part.library._final_module)


THREADS = """
import json
from qrl.circuits.engines.threads import thread_count
from qrl.errors import InputError
try:
    print(json.dumps(thread_count()))
except InputError as error:
    print(json.dumps(str(error)))
"""


@pytest.mark.parametrize(
    ("asked", "expected"), [("3", 3), ("", None), ("0", "above 0; got '0'"), ("two", "got 'two'")]
)
def test_cores_can_be_limited(asked: str, expected: Any) -> None:
    got = run_python(THREADS, {**THIS_PACKAGE, "QRL_THREADS": asked})
    if expected is None:
        assert got == len(os.sched_getaffinity(0))
    elif isinstance(expected, int):
        assert got == expected
    else:
        assert expected in got


FORKED = """
import json, multiprocessing, numpy as np, qrl
from qrl.env.vector import CircuitVecEnv

def work(_):
    env = CircuitVecEnv(qrl.get_task("vqe/h2-4q"), num_envs=64)
    env.build.engine.threads = 2
    env.reset()
    return float(env.step(np.arange(64) % len(env.actions))[4]["cost"].sum())

if __name__ == "__main__":
    here = work(0)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        there = pool.apply_async(work, (0,)).get(60)
    print(json.dumps([here, there]))
"""


def test_a_forked_process_has_threads_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "forked.py"
    source.write_text(FORKED, encoding="utf-8")
    environment = {**THIS_PACKAGE, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, str(source)], env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    here, there = json.loads(done.stdout.splitlines()[-1])
    assert here == there
