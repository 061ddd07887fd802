"""The exact engine's kernels against the same arithmetic by hand in C++.

`bound.cpp` is compiled by the machine's own compiler into a temporary folder. It tells what the
processor gives for energy and adjoint gradient of circuits of RX, RY, RZ, CX and X, with operators
whose diagonals are real:

- plain: each gate visits the whole state, each diagonal is read in full.
- best: gates visit only amplitudes over qubits turned so far, zero blocks and constants
  of the operator are not read, and states of more than 10 qubits are worked on in pieces.

Repetitions run within C++, so that the call from Python does not count; the kernels are called from
Python once for each evaluation, as `statevector.py` does. Values and gradients are compared with
`ExactEngine` before anything is timed.

    python -m benchmarks.bound
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.circuits import AGREE, agreed, compiled_gradient, random_circuit
from benchmarks.common import Table, interleaved, median_ratio
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.pauli import PauliSum
from qrl.circuits.program import lower
from qrl.errors import InputError
from qrl.tasks.registry import get_task

TASKS = (
    "vqe/h2-4q",
    "vqe/beh2-6q",
    "vqe/h2o-8q",
    "vqe/h2o-10q",
    "vqe/lih-12q-published",
    "vqe/tfim-16q-0.5",
)
KNOWN = frozenset({"rx", "ry", "rz", "cx", "x"})
PIECE = 10
"""Qubits of a piece: state and co-state, 32 KiB, fit the first cache."""
FEWEST_QUBITS, SMALLEST_PIECE = 4, 7  # the six lowest qubits are in each piece
GATES = 60
MOST_ROTATIONS = 400  # factors left out of rotations stay within the range of doubles
_COMPILERS = ("g++", "clang++", "c++")
_FLAGS = ("-std=c++20", "-O3", "-march=native", "-ffp-contract=fast", "-Wno-psabi")


def available() -> bool:
    """Tell whether the machine has a C++ compiler."""
    return _compiler() is not None


class Bound:
    """Energy and gradient of one operator by the compiled C++.

    Args:
        operator: its diagonals must be real; at least 4 qubits.
        prefix: whether gates visit only amplitudes over qubits turned so far.
        sparse: whether blocks of zeros and constant diagonals are left unread.
        piece: qubits of a piece, at least 7; None: the state is not divided.

    Raises:
        InputError: the operator is too small or has complex diagonals, or the piece is too small.
        RuntimeError: there is no compiler, or it failed.
    """

    def __init__(
        self,
        operator: PauliSum,
        *,
        prefix: bool = True,
        sparse: bool = True,
        piece: int | None = PIECE,
    ) -> None:
        n = operator.n_qubits
        if n < FEWEST_QUBITS:
            raise InputError(f"The bound needs at least {FEWEST_QUBITS} qubits; got {n}.")
        if piece is not None and piece < SMALLEST_PIECE:
            raise InputError(f"A piece needs at least {SMALLEST_PIECE} qubits; got {piece}.")
        diagonals = operator.diagonals()
        masks = np.array([x for x, _ in diagonals], dtype=np.int64)
        table = np.array([diagonal for _, diagonal in diagonals])
        if table.imag.any():
            raise InputError(
                "The bound needs an operator with an even number of Y in each term; "
                f"got {operator!r}."
            )
        real = np.ascontiguousarray(table.real)
        self.n_qubits = n
        self._library = _library()
        self._handle = ctypes.c_void_p(
            self._library.bound_new(
                n, len(masks), masks.ctypes.data, real.ctypes.data, prefix + 2 * sparse, piece or n
            )
        )
        weakref.finalize(self, self._library.bound_free, self._handle)
        self._angles, self._gradient = np.zeros(8), np.zeros(8)
        self._count = 0

    def prepare(self, circuit: Circuit) -> None:
        """Plan the evaluation of a circuit; not part of what is timed.

        Raises:
            InputError: the circuit has other qubits, other gates, or too many rotations.
        """
        if circuit.n_qubits != self.n_qubits:
            raise InputError(
                f"The operator has {self.n_qubits} qubits and needs circuits of as many; "
                f"got one of {circuit.n_qubits}."
            )
        if strange := sorted(set(circuit.counts) - KNOWN):
            raise InputError(f"The bound knows {', '.join(sorted(KNOWN))}; got {strange}.")
        if circuit.rotation_count > MOST_ROTATIONS:
            raise InputError(
                f"The bound takes at most {MOST_ROTATIONS} rotations; got {circuit.rotation_count}."
            )
        ops, theta = lower(circuit)
        rows = np.ascontiguousarray(ops, dtype=np.int32)
        self._count = theta.size
        whole = -(-theta.size // 8) * 8
        self._angles, self._gradient = np.zeros(whole), np.zeros(whole)
        self._angles[: theta.size] = theta
        self._library.bound_circuit(self._handle, len(rows), rows.ctypes.data, theta.size)

    def value_and_gradient(self) -> tuple[float, NDArray[np.float64]]:
        """Return energy and gradient of the prepared circuit at its angles."""
        value = self.repeat(1)
        return value, self._gradient[: self._count].copy()

    def repeat(self, count: int) -> float:
        """Evaluate energy and gradient `count` times; return the energy."""
        angles, gradient = self._angles.ctypes.data, self._gradient.ctypes.data
        return float(self._library.bound_evaluate(self._handle, angles, gradient, count))


def run(*, quick: bool = False) -> list[Table]:
    """Measure all sizes.

    Raises:
        RuntimeError: there is no compiler, or the bound and the engine differ by more than `AGREE`.
    """
    seeds = range(3 if quick else 5)
    table = Table(
        f"Energy and gradient of random circuits of {GATES} gates, against C++ by hand, one core",
        ("task", "ours (µs)", "plain (µs)", "best (µs)", "ours / plain", "ours / best"),
    )
    for name in TASKS:
        operator = get_task(name).objective.observable
        engine = ExactEngine(get_task(name).objective, threads=1)
        bounds = (Bound(operator, prefix=False, sparse=False, piece=None), Bound(operator))
        rows = []
        for seed in seeds:
            circuit = random_circuit(operator.n_qubits, GATES, seed)
            for bound in bounds:
                bound.prepare(circuit)
                _compare(bound, engine, circuit)
            rows.append(_measure(compiled_gradient(engine, circuit)[0], bounds, quick=quick))
        cells = np.median(np.array(rows), axis=0)
        table.rows.append(
            (name, *(f"{x:.2f}" for x in cells[:3]), *(f"{x:.1f}" for x in cells[3:]))
        )
    table.notes.append(
        f"Medians over {len(seeds)} circuits of medians over rounds timed in turn; ours includes the "
        "call from Python. Values and gradients agree with the exact engine within "
        f"{AGREE:g}, or the run fails."
    )
    return [table]


def _measure(
    call: Callable[[], float], bounds: tuple[Bound, Bound], *, quick: bool
) -> tuple[float, ...]:
    """Return microseconds of ours, plain and best, and the two ratios."""
    repeats = max(1, (1 << 18) >> bounds[0].n_qubits)
    plain, best = bounds
    works = (call, lambda: plain.repeat(repeats), lambda: best.repeat(repeats))
    pairs, batch = (5, 0.01) if quick else (15, 0.02)
    each = (1, repeats, repeats)
    rounds = [
        tuple(1e6 * seconds / n for seconds, n in zip(row, each, strict=True))
        for row in interleaved(works, pairs=pairs, batch_seconds=batch)
    ]
    micro = [median(row[k] for row in rounds) for k in range(3)]
    return *micro, median_ratio(rounds, 0, 1), median_ratio(rounds, 0, 2)


def _compare(bound: Bound, engine: ExactEngine, circuit: Circuit) -> None:
    value, gradient = bound.value_and_gradient()
    energy, slopes = engine.value_and_gradient(circuit)
    difference = max(abs(value - energy), float(np.abs(gradient - slopes).max(initial=0.0)))
    agreed(difference, "The bound and the exact engine")


def _compiler() -> str | None:
    return next(filter(None, map(shutil.which, _COMPILERS)), None)


@cache
def _library() -> Any:
    compiler = _compiler()
    if compiler is None:
        raise RuntimeError(
            f"The bound needs a C++ compiler, one of {', '.join(_COMPILERS)}; none is on the path. "
            "Install one, or leave this benchmark out."
        )
    source = Path(__file__).with_name("bound.cpp")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "bound.so"
        command = [compiler, *_FLAGS, "-shared", "-fPIC", str(source), "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{compiler} could not compile {source.name}:\n{done.stderr}")
        library = ctypes.CDLL(str(target))
    whole, address, array = ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p
    library.bound_new.restype = address
    library.bound_new.argtypes = [whole, whole, array, array, whole, whole]
    library.bound_circuit.restype = None
    library.bound_circuit.argtypes = [address, whole, array, whole]
    library.bound_evaluate.restype = ctypes.c_double
    library.bound_evaluate.argtypes = [address, array, array, ctypes.c_long]
    library.bound_free.restype = None
    library.bound_free.argtypes = [address]
    return library


if __name__ == "__main__":
    for result in run():
        print(result.text())
