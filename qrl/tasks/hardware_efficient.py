"""Hardware-efficient circuits: a fixed layout that every result can be compared with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.errors import InputError, unknown_name
from qrl.tasks.baseline import Baseline, timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Objective

ROTATIONS: dict[str, tuple[str, ...]] = {"ry": ("ry",), "ry+rz": ("ry", "rz")}
"""Rotations of one qubit between two of its CNOTs, by name."""

_MOST_GRADIENTS = 5000
_SLOPE = 1e-7
_SAME_COST = 1e-10
"""Costs this close count as equal: of two circuits the smaller one, which comes first, is kept."""
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
    cnots = whole_number("The number of CNOTs", cnots, least=0)
    n_qubits = whole_number("The number of qubits", n_qubits, least=1)
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


@timed
def hardware_efficient_baseline(
    objective: Objective,
    start: Circuit,
    cnots: int,
    seed: int = 0,
    starts: int = 4,
    *,
    gates: str | None = None,
    reverse: bool = False,
) -> Baseline:
    """Tune hardware-efficient circuits behind a start circuit.

    L-BFGS with exact gradients, from all angles 0 and from random angles; the lowest cost counts.
    Where real amplitudes would do, RY alone and RY with RZ are both tried: RY alone is cheaper and
    often better, but from a Hartree-Fock determinant it can find no way down.

    Args:
        objective: the cost.
        start: gates in front that are kept as they are, such as a task's `start`; its CNOTs come on
            top of `cnots`.
        cnots: how many CNOTs behind `start`.
        seed: of the random angles, uniform between -pi and pi.
        starts: how many times random angles are tried, for each set of rotations.
        gates: the rotations; None: both sets where real amplitudes are enough (`is_real`, and the
            gates of `start` are real), else "ry+rz".
        reverse: whether the layout is placed back to front, RZ before RY: for costs of the outcomes
            of a measurement, which an RZ at the end does not change.

    Returns:
        The best circuit, of equally good ones that with fewer rotations; its evaluations are those
        of all starts and sets together.

    Raises:
        InputError: as `hardware_efficient_circuit`, or sizes that do not agree.
    """
    from qrl.circuits.engines import make_engine
    from qrl.circuits.tuned import TuneOptions

    starts = whole_number("The number of random starts", starts, least=0)
    if start.n_qubits != objective.n_qubits:
        raise InputError(
            f"The start circuit must have the objective's {objective.n_qubits} qubits; "
            f"got {start.n_qubits}."
        )
    real = is_real(objective) and all(_is_real_gate(gate.name) for gate in start.gates)
    sets = (gates,) if gates is not None else ("ry", "ry+rz") if real else ("ry+rz",)
    engine = make_engine("exact", objective)
    options = TuneOptions(tolerance=_SLOPE, max_gradients=_MOST_GRADIENTS)
    tuned = []
    for chosen in sets:
        layout = hardware_efficient_circuit(objective.n_qubits, cnots, chosen)
        placed = start.gates + (layout.gates[::-1] if reverse else layout.gates)
        rng, size = np.random.default_rng(seed), len(layout.angles)
        for guess in (np.zeros(size), *rng.uniform(-math.pi, math.pi, (starts, size))):
            circuit = Circuit(objective.n_qubits, placed, (*start.angles, *guess.tolist()))
            tuned.append(engine.tune(circuit, options=options))
    lowest = min(each.cost for each in tuned)
    best = next(each for each in tuned if each.cost <= lowest + _SAME_COST)
    return Baseline(best.cost, best.circuit, evaluations=sum(each.evaluations for each in tuned))


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
