"""What a circuit that diagonalises is compared with."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.tasks.baseline import Baseline
from qrl.tasks.hardware_efficient import hardware_efficient_circuit, is_real
from qrl.tasks.task import dense_cost

if TYPE_CHECKING:
    from qrl.tasks.diagonalisation.task import Diagonalisation

_STARTS = 8
_MOST_GRADIENTS = 500
_SLOPE = 1e-7


def exact_unitary(task: Diagonalisation) -> Baseline:
    """Return V^dagger, with the eigenvectors of rho as columns of V, compiled by Qiskit.

    Optimisation level 3, gates cx, rx, ry, rz.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit.library import UnitaryGate

    began = time.perf_counter()
    vectors = np.linalg.eigh(task.density)[1]
    whole = QuantumCircuit(task.n_qubits)
    whole.append(UnitaryGate(vectors.conj().T), range(task.n_qubits))
    compiled = transpile(
        whole, basis_gates=["cx", "rx", "ry", "rz"], optimization_level=3, seed_transpiler=0
    )
    circuit = Circuit.from_qiskit(compiled)
    seconds = time.perf_counter() - began
    return Baseline(dense_cost(task.objective, circuit), circuit, seconds=seconds)


def tuned_layout(task: Diagonalisation, cnots: int) -> Baseline:
    """Tune a hardware-efficient circuit of as many CNOTs, from several seeded starts.

    Its layout is that of `qrl.tasks.hardware_efficient` in reverse, RZ before RY, since an RZ at the
    end changes no outcome; without RZ where rho is real.

    Args:
        task: the task.
        cnots: how many CNOTs.
    """
    from qrl.circuits.engines import make_engine
    from qrl.circuits.tuned import TuneOptions

    began = time.perf_counter()
    n = task.n_qubits
    layout = hardware_efficient_circuit(
        n, 0 if n == 1 else cnots, "ry" if is_real(task.objective) else "ry+rz"
    )
    size = len(layout.angles)
    rng, engine = np.random.default_rng(0), make_engine("exact", task.objective)
    guesses = [np.zeros(size), *rng.uniform(-math.pi, math.pi, (_STARTS - 1, size))]
    options = TuneOptions(tolerance=_SLOPE, max_gradients=_MOST_GRADIENTS)
    tuned = [
        engine.tune(Circuit(n, layout.gates[::-1], tuple(guess.tolist())), options=options)
        for guess in guesses
    ]
    best = min(tuned, key=lambda each: each.cost)
    return Baseline(
        best.cost,
        best.circuit,
        evaluations=sum(each.evaluations for each in tuned),
        seconds=time.perf_counter() - began,
    )
