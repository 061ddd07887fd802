"""The quantum approximate optimisation algorithm, with its few angles tuned by exact gradients."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import Gate
from qrl.tasks.baseline import Baseline
from qrl.tasks.optimisation.values import scale_of, spin_form

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


def qaoa_circuit(observable: PauliSum, layers: int) -> tuple[Circuit, NDArray[np.float64]]:
    """Return the QAOA circuit and how its angles follow from the parameters.

    H on each qubit, then for each layer `exp(-i gamma C / s)` as RZ and RZZ gates and
    `exp(-i beta sum X)` as RX gates (Farhi, Goldstone, Gutmann, arXiv 1411.4028), where C is the
    observable and s its largest weight.

    Args:
        observable: strings of I and at most two Z.
        layers: p, at least 1.

    Returns:
        The circuit, with all angles 0, and the matrix of shape (angles, 2 * layers) that makes its
        angles from (gamma_1, ..., gamma_p, beta_1, ..., beta_p), all in radians.
    """
    n, scale = observable.n_qubits, scale_of(observable)
    _, fields, couplings = spin_form(observable)
    gates = [Gate("h", (qubit,)) for qubit in range(n)]
    rows: list[NDArray[np.float64]] = []
    for layer in range(layers):
        gamma, beta = np.eye(2 * layers)[layer], np.eye(2 * layers)[layers + layer]
        for i, j in np.argwhere(couplings):
            gates.append(Gate("rzz", (int(i), int(j))))
            rows.append(2.0 * couplings[i, j] / scale * gamma)
        for i in np.flatnonzero(fields):
            gates.append(Gate("rz", (int(i),)))
            rows.append(2.0 * fields[i] / scale * gamma)
        for qubit in range(n):
            gates.append(Gate("rx", (qubit,)))
            rows.append(2.0 * beta)
    return Circuit(n, tuple(gates), (0.0,) * len(rows)), np.array(rows)


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
    found: dict[str, Baseline] = {}
    best = np.zeros(0)
    for layers in DEPTHS:
        began = perf_counter()
        tied = _Tied(engine, *qaoa_circuit(observable, layers))
        starts = _grid_starts(tied) if layers == 1 else _further_starts(best, random)
        cost, best = min((tied.tune(start) for start in starts), key=lambda pair: pair[0])
        found[f"qaoa-{layers}"] = Baseline(
            cost,
            tied.circuit_at(best),
            evaluations=tied.evaluations,
            seconds=perf_counter() - began,
        )
    return found


class _Tied:
    """A circuit whose angles are linear in fewer parameters."""

    def __init__(self, engine: Engine, circuit: Circuit, matrix: NDArray[np.float64]) -> None:
        self.engine, self.circuit, self.matrix = engine, circuit, matrix
        self.evaluations = 0

    def circuit_at(self, parameters: NDArray[np.float64]) -> Circuit:
        return self.circuit.with_angles(self.matrix @ parameters)

    def cost(self, parameters: NDArray[np.float64]) -> float:
        self.evaluations += 1
        return self.engine.value(self.circuit_at(parameters))

    def cost_and_gradient(self, parameters: Any) -> tuple[float, NDArray[np.float64]]:
        self.evaluations += 1
        cost, gradient = self.engine.value_and_gradient(self.circuit_at(parameters))
        return cost, gradient @ self.matrix

    def tune(self, start: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        from scipy.optimize import minimize

        result = minimize(
            self.cost_and_gradient, start, jac=True, method="L-BFGS-B",
            options={"maxiter": 200, "ftol": 1e-13, "gtol": 1e-8},
        )  # fmt: skip
        return float(result.fun), result.x


def _grid_starts(tied: _Tied) -> list[NDArray[np.float64]]:
    # (-gamma, -beta) has the cost of (gamma, beta), and beta the period pi.
    gammas = np.pi * (np.arange(_GRID) + 0.5) / _GRID
    betas = np.pi * ((np.arange(_GRID) + 0.5) / _GRID - 0.5)
    points = [np.array([gamma, beta]) for gamma in gammas for beta in betas]
    return sorted(points, key=tied.cost)[:_TUNED_STARTS]


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
