"""The quantum approximate optimisation algorithm, with its few angles tuned by exact gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.optimisation.values import scale_of, spin_form
from qrl.tasks.tied_circuit import Step, TiedCircuit, minimise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine
    from qrl.circuits.objectives import Objective
    from qrl.circuits.pauli import PauliSum

DEPTHS = (1, 2, 3)
QUBIT_LIMIT = 14
"""Beyond, the tuning takes more than seconds."""

_GRID = 8
_TUNED_STARTS = 4
_RANDOM_STARTS = 8


def qaoa_circuit(observable: PauliSum, layers: int) -> TiedCircuit:
    """Return the QAOA circuit.

    H on each qubit, then for each layer `exp(-i gamma C / s)` as RZ and RZZ gates and
    `exp(-i beta sum X)` as RX gates (Farhi, Goldstone, Gutmann, arXiv 1411.4028), where C is the
    observable and s its largest weight.

    Args:
        observable: strings of I and at most two Z.
        layers: p, at least 1.

    Returns:
        The circuit with the parameters (gamma_1, ..., gamma_p, beta_1, ..., beta_p), in radians.
    """
    n, scale = observable.n_qubits, scale_of(observable)
    _, fields, couplings = spin_form(observable)
    steps = [Step("h", (qubit,)) for qubit in range(n)]
    for gamma in range(layers):
        for i, j in np.argwhere(couplings):
            steps.append(Step("rzz", (int(i), int(j)), gamma, 2.0 * couplings[i, j] / scale))
        for i in np.flatnonzero(fields):
            steps.append(Step("rz", (int(i),), gamma, 2.0 * fields[i] / scale))
        steps += [Step("rx", (qubit,), layers + gamma, 2.0) for qubit in range(n)]
    return TiedCircuit.of(n, steps, 2 * layers)


def qaoa_baselines(objective: Objective, *, seed: int = 0) -> dict[str, Baseline]:
    """Return the best QAOA circuits found for 1, 2 and 3 layers, up to 14 qubits.

    One layer is tuned from the best points of a grid. Each further layer is tuned from the parameters
    before, interpolated (INTERP; Zhou et al., arXiv 1812.01041) and with an idle layer, and from
    random ones.

    Args:
        objective: an expectation value of strings of I and at most two Z.
        seed: of the random starts.

    Returns:
        "qaoa-1", "qaoa-2" and "qaoa-3", or nothing for more qubits. An RZZ counts as two CNOTs.
    """
    if objective.n_qubits > QUBIT_LIMIT:
        return {}
    observable: PauliSum = objective.head().observables[0]
    engine = make_engine("exact", objective)
    random = np.random.default_rng(seed)
    best = np.zeros(0)

    @timed
    def tuned(layers: int) -> Baseline:
        nonlocal best
        tied = qaoa_circuit(observable, layers)
        starts = _grid_starts(engine, tied) if layers == 1 else _further_starts(best, random)
        found = [minimise(engine, tied, start) for start in starts]
        lowest = min(found, key=lambda each: each.cost)
        best = lowest.parameters
        evaluations = sum(each.evaluations for each in found) + (_GRID**2 if layers == 1 else 0)
        return Baseline(lowest.cost, tied.at(best), evaluations=evaluations)

    return {f"qaoa-{layers}": tuned(layers) for layers in DEPTHS}


def _grid_starts(engine: Engine, tied: TiedCircuit) -> list[NDArray[np.float64]]:
    # (-gamma, -beta) has the cost of (gamma, beta), and beta the period pi.
    gammas = np.pi * (np.arange(_GRID) + 0.5) / _GRID
    betas = np.pi * ((np.arange(_GRID) + 0.5) / _GRID - 0.5)
    points = [np.array([gamma, beta]) for gamma in gammas for beta in betas]
    return sorted(points, key=lambda point: engine.value(tied.at(point)))[:_TUNED_STARTS]


def _further_starts(
    parameters: NDArray[np.float64], random: np.random.Generator
) -> list[NDArray[np.float64]]:
    before = parameters.reshape(2, -1)
    layers = before.shape[1]
    idle = np.pad(before, ((0, 0), (0, 1)))
    place = np.arange(layers + 1) / layers
    interpolated = place * np.pad(before, ((0, 0), (1, 0))) + (1.0 - place) * idle
    drawn = [random.uniform(-0.5 * np.pi, 0.5 * np.pi, idle.size) for _ in range(_RANDOM_STARTS)]
    return [interpolated.ravel(), idle.ravel(), *drawn]
