"""Circuits that are timed, and our compiled calls on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.compiled_engine import CompiledEngine
from qrl.circuits.gates import Gate
from qrl.circuits.kernels import entries
from qrl.circuits.program import lower
from qrl.circuits.tuned import TuneOptions

AGREE = 1e-10
"""Largest difference between two simulators' values or gradients that a benchmark lets pass."""
_VALUE = TuneOptions(tuner="none")
_COLUMNS = 6


def random_circuit(n_qubits: int, gates: int, seed: int) -> Circuit:
    """Return gates drawn uniformly from RX, RY, RZ and CNOT, on uniform qubits, at normal angles."""
    rng = np.random.default_rng(seed)
    placed: list[Gate] = []
    for _ in range(gates):
        name = ("rx", "ry", "rz", "cx")[rng.integers(4)]
        first, second = (int(q) for q in rng.choice(n_qubits, size=2, replace=False))
        placed.append(Gate(name, (first, second) if name == "cx" else (first,)))
    count = sum(gate.name != "cx" for gate in placed)
    return Circuit(n_qubits, tuple(placed), tuple(rng.normal(size=count).tolist()))


def compiled_value(engine: CompiledEngine, circuit: Circuit) -> Callable[[], float]:
    """Return a call of the compiled cost on arrays made beforehand."""
    return _prepared(engine, circuit, entries.TUNE)[0]


def compiled_gradient(
    engine: CompiledEngine, circuit: Circuit
) -> tuple[Callable[[], float], NDArray[np.float64]]:
    """Return a call of the compiled cost and gradient, and the array that takes the gradient.

    All but the call itself is done beforehand, as `CompiledEngine.value_and_gradient` does it: the
    circuit lowered to opcodes and angles, room to work in and for the results.
    """
    call, out = _prepared(engine, circuit, entries.GRADIENT)
    return call, out[0, 1 : 1 + len(circuit.angles)]


def agreed(difference: float, what: str) -> float:
    """Return a difference that is small enough.

    Raises:
        RuntimeError: it is above `AGREE`, or not a number.
    """
    if not difference <= AGREE:
        raise RuntimeError(f"{what} differ by {difference:.1e}; at most {AGREE:g} is accepted.")
    return difference


def _prepared(
    engine: CompiledEngine, circuit: Circuit, job: int
) -> tuple[Callable[[], float], NDArray[np.float64]]:
    ops, theta = lower(circuit)
    out = np.zeros((1, max(_COLUMNS, 1 + theta.size)))
    taken = np.zeros(1, dtype=np.int64)
    arguments: tuple[Any, ...] = (
        ops[None], np.array([len(ops)]), theta[None], np.array([theta.size]),
        np.zeros((1, theta.size), dtype=np.bool_), np.zeros(1), engine._packed_options(_VALUE),
        np.zeros((0, 4), dtype=np.int32), np.zeros(1, dtype=np.int64), taken,
    )  # fmt: skip
    run = partial(engine._run, job, arguments, engine._new_work(len(ops)), out)

    def call() -> float:
        taken[0] = 0  # the kernel counts the circuits that it took
        run()
        return float(out[0, 0])

    return call, out
