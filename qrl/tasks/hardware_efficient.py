"""Hardware-efficient circuits: a fixed layout that every result can be compared with."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.errors import InputError, unknown_name
from qrl.tasks.baseline import Baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Objective

ROTATIONS: dict[str, tuple[str, ...]] = {"ry": ("ry",), "ry+rz": ("ry", "rz")}
"""Rotations of one qubit between two of its CNOTs, by name."""

_MOST_GRADIENTS = 1000
_ROUNDING = 1e-12


def hardware_efficient_circuit(n_qubits: int, cnots: int, gates: str = "ry") -> Circuit:
    """Return layers of rotations and a brickwork of CNOTs, angles 0.

    CNOTs join neighbours (0, 1), (2, 3), ... then (1, 2), (3, 4), ... and so on; the last layer is
    cut where the CNOTs are used up. A qubit is turned before each of its CNOTs and once at the end,
    so that no two rotations of one kind meet (the layout of Kandala et al., Nature 549, 242 (2017),
    with CNOTs as the entangler).

    Args:
        n_qubits: number of qubits.
        cnots: how many CNOTs, exactly.
        gates: the rotations of a qubit: "ry", for real amplitudes, or "ry+rz".

    Raises:
        InputError: a negative number of CNOTs, CNOTs on one qubit, or unknown rotations.
    """
    if gates not in ROTATIONS:
        raise unknown_name("set of rotations", str(gates), ROTATIONS)
    _check_whole("CNOTs", cnots, 0)
    _check_whole("qubits", n_qubits, 1)
    if n_qubits == 1 and cnots:
        raise InputError(f"A CNOT needs two qubits; got {cnots} CNOTs on 1 qubit. Use cnots=0.")
    placed: list[Gate] = []

    def turn(qubits: range | tuple[int, ...]) -> None:
        placed.extend(Gate(name, (q,)) for q in qubits for name in ROTATIONS[gates])

    left, first = cnots, 0
    while left:
        pairs = [(q, q + 1) for q in range(first, n_qubits - 1, 2)][:left]
        for pair in pairs:
            turn(pair)
        placed.extend(Gate("cx", pair) for pair in pairs)
        left, first = left - len(pairs), 1 - first
    turn(range(n_qubits))
    angles = (0.0,) * (len(placed) - cnots)
    return Circuit(n_qubits, tuple(placed), angles)


def hardware_efficient_baseline(
    objective: Objective,
    start: Circuit,
    cnots: int,
    seed: int = 0,
    starts: int = 4,
    *,
    gates: str | None = None,
) -> Baseline:
    """Tune a hardware-efficient circuit behind a start circuit.

    L-BFGS with exact gradients, from all angles 0 and from random angles; the lowest cost counts.

    Args:
        objective: the cost.
        start: gates in front that are kept as they are, such as a task's `start`; its CNOTs come on
            top of `cnots`.
        cnots: how many CNOTs behind `start`.
        seed: of the random angles, uniform between -pi and pi.
        starts: how many times random angles are tried.
        gates: the rotations; None: "ry" where real amplitudes are enough (`is_real`, and the gates
            of `start` are real), else "ry+rz".

    Returns:
        The best circuit; its evaluations are those of all starts together.

    Raises:
        InputError: as `hardware_efficient_circuit`, or sizes that do not agree.
    """
    from qrl.circuits.engines import make_engine
    from qrl.circuits.tuned import TuneOptions

    _check_whole("random starts", starts, 0)
    if start.n_qubits != objective.n_qubits:
        raise InputError(
            f"The start circuit must have the objective's {objective.n_qubits} qubits; "
            f"got {start.n_qubits}."
        )
    began = time.perf_counter()
    real = is_real(objective) and all(_is_real_gate(gate.name) for gate in start.gates)
    behind = hardware_efficient_circuit(
        objective.n_qubits, cnots, gates or ("ry" if real else "ry+rz")
    )
    engine, options = make_engine("exact", objective), TuneOptions(max_gradients=_MOST_GRADIENTS)
    rng = np.random.default_rng(seed)
    guesses = [np.zeros(len(behind.angles))]
    guesses += [rng.uniform(-math.pi, math.pi, len(behind.angles)) for _ in range(starts)]
    best, evaluations = None, 0
    for guess in guesses:
        circuit = Circuit(
            objective.n_qubits, start.gates + behind.gates, (*start.angles, *guess.tolist())
        )
        tuned = engine.tune(circuit, options=options)
        evaluations += tuned.evaluations
        if best is None or tuned.cost < best.cost:
            best = tuned
    assert best is not None
    seconds = time.perf_counter() - began
    return Baseline(best.cost, best.circuit, evaluations=evaluations, seconds=seconds)


def is_real(objective: Objective) -> bool:
    """Return whether circuits of real amplitudes can reach an objective's lowest cost.

    True where observables, inputs and targets are real matrices and real states, phases aside.
    """
    head = objective.head()
    if any(label.count("Y") % 2 for o in head.observables for label in o.labels):
        return False
    if head.kind == "dephasing" and head.inputs is not None:
        # Eigenvectors of one level are a choice; the mixture is not.
        return _same_phase(head.inputs.T @ head.inputs.conj())
    arrays = [states for states in (head.inputs, head.target) if states is not None]
    if head.coherent:
        return all(_same_phase(states) for states in arrays)
    return all(_same_phase(state) for states in arrays for state in states)


def _same_phase(array: NDArray[np.complex128]) -> bool:
    """Return whether an array is real up to one common phase."""
    largest = array.flat[np.argmax(np.abs(array))]
    if largest == 0:
        return True
    turned = array * (np.conj(largest) / np.abs(largest))
    return bool(np.abs(turned.imag).max() <= _ROUNDING)


def _is_real_gate(name: str) -> bool:
    return not gate_spec(name).matrix(1.0).imag.any()


def _check_whole(what: str, value: object, least: int) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:  # type: ignore[operator]
        raise InputError(
            f"The number of {what} must be a whole number of at least {least}; got {value!r}."
        )
