"""Binary optimisation: the assignment of n bits that has the lowest cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import flag
from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.optimisation.values import (
    SAME_VALUE,
    all_values,
    expected_value,
    scale_of,
    values_of,
)
from qrl.tasks.task import SCAN_QUBIT_LIMIT, Task, basis_state, dense, plain_observable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.pauli import PauliSum
    from qrl.tasks.task import Apply

MOST_VARIABLES = 24
"""A state of more qubits takes over a quarter of a gibibyte."""

SAMPLES = 1024
"""Measurements behind the metric "best-sampled-value"."""

_SURE = 1e-9


@dataclass(frozen=True)
class BinaryOptimisation(Task):
    """MaxCut, QUBO or an Ising problem: a cost that is diagonal in the computational basis.

    Qubit k is variable k; an outcome 1 is x_k = 1, the side 1 of a cut, or the spin -1.

    Attributes:
        family: "maxcut", "qubo" or "ising".
        maximise: whether users know the problem as a maximisation: values are then minus the cost,
            and the approximation ratio is value by best value.
    """

    family: str = "qubo"
    maximise: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        observable = plain_observable(self.objective)
        if observable is None:
            raise InputError(
                "Binary optimisation needs an Expectation without input states; got "
                f"{type(self.objective).__name__}."
            )
        flag("maximise", self.maximise)
        if self.n_qubits > MOST_VARIABLES:
            raise InputError(
                f"At most {MOST_VARIABLES} variables can be simulated; got {self.n_qubits}."
            )
        for label, _ in observable.terms():
            if set(label) & {"X", "Y"} or label.count("Z") > 2:
                raise InputError(
                    "The observable may hold only I, Z on one qubit and Z on two qubits; "
                    f"got {label!r}. Other Hamiltonians are for a qrl.Task."
                )
        if scale_of(observable) == 0.0:
            raise InputError("Every assignment has the same cost; there is nothing to search for.")

    @property
    def observable(self) -> PauliSum:
        """The cost as a Pauli sum of I and Z."""
        found: PauliSum = plain_observable(self.objective)
        return found

    def assignment(self, label: str) -> dict[str, int]:
        """Return the bit of each variable, by its name.

        Args:
            label: letters 0 and 1; the leftmost belongs to the highest qubit.

        Raises:
            InputError: not such a label.
        """
        if len(label) != self.n_qubits or set(label) - {"0", "1"}:
            raise InputError(f"Expected {self.n_qubits} letters 0 and 1; got {label!r}.")
        names = self.metadata.get("variables")
        if not isinstance(names, (list, tuple)) or len(names) != self.n_qubits:
            names = range(self.n_qubits)
        return {str(name): int(bit) for name, bit in zip(names, reversed(label), strict=True)}

    def value(self, label: str) -> float:
        """Return the value of an assignment: the cut, or the value of the QUBO or Ising problem."""
        return self._sign * self.basis_state_cost(label) + 0.0  # no -0.0

    def trivial(self) -> dict[str, Baseline]:
        """Return what needs no search.

        Returns:
            "initial-state" where the task has one; "brute-force", the best assignment up to 20
            variables, prepared by X gates; "random-guess", all assignments alike, by H gates.
        """
        found: dict[str, Baseline] = {}
        if self.initial_state is not None:
            found["initial-state"] = Baseline(self.basis_state_cost(self.initial_state), self.start)
        if self.n_qubits <= SCAN_QUBIT_LIMIT:
            label = self._label(_first(-all_values(self.observable), self._tolerance))
            cost = self.basis_state_cost(label)
            found["brute-force"] = Baseline(
                cost, basis_state(label), evaluations=1 << self.n_qubits
            )
        uniform = Circuit(self.n_qubits)
        for qubit in range(self.n_qubits):
            uniform = uniform.append("h", qubit)
        found["random-guess"] = Baseline(self.observable.identity_weight, uniform)
        return found

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return a local search, and QAOA of depth 1, 2 and 3 up to 14 variables.

        Args:
            found: the circuit to compare with; the size of these methods does not depend on it.
        """
        from qrl.tasks.optimisation.local_search import one_exchange
        from qrl.tasks.optimisation.qaoa import qaoa_baselines

        return {"one-exchange": one_exchange(self.observable), **qaoa_baselines(self.objective)}

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return how good the assignments are that a circuit's measurement gives.

        Args:
            circuit: the circuit.
            apply: its action on states; None: computed by dense matrices.

        Returns:
            "expected-value"; "approximation-ratio", "optimum-probability" and "fidelity" (the same,
            by the name that other families use), None beyond 20 variables; "best-sampled-value"
            and "best-sampled-assignment" of 1024 seeded measurements; "most-probable-assignment"
            and "most-probable-value". Of equally good assignments the first in counting order.
        """
        state = (apply or dense(circuit))(self.objective.inputs)[0]
        probabilities = np.abs(state) ** 2
        probabilities = probabilities / probabilities.sum()
        cost = expected_value(self.observable, probabilities)
        optimum = self._optimum_probability(probabilities)
        sampled = self._best_sampled(probabilities)
        likely = self._label(_first(probabilities, _SURE))
        return {
            "expected-value": self._sign * cost + 0.0,
            "approximation-ratio": self._ratio(cost),
            "optimum-probability": optimum,
            "fidelity": optimum,
            "best-sampled-value": self.value(sampled),
            "best-sampled-assignment": sampled,
            "most-probable-value": self.value(likely),
            "most-probable-assignment": likely,
        }

    @property
    def _sign(self) -> float:
        return -1.0 if self.maximise else 1.0

    @property
    def _tolerance(self) -> float:
        return SAME_VALUE * scale_of(self.observable)

    def _label(self, index: int) -> str:
        return format(index, f"0{self.n_qubits}b")

    def _ratio(self, cost: float) -> float | None:
        if self.n_qubits > SCAN_QUBIT_LIMIT:
            return None
        values = all_values(self.observable)
        best, worst = float(values.min()), 0.0 if self.maximise else float(values.max())
        return (worst - cost) / (worst - best) if abs(worst - best) > self._tolerance else None

    def _optimum_probability(self, probabilities: NDArray[np.float64]) -> float | None:
        if self.n_qubits > SCAN_QUBIT_LIMIT:
            return None
        values = all_values(self.observable)
        optimal = values <= values.min() + self._tolerance
        return float(min(1.0, probabilities[optimal].sum()))

    def _best_sampled(self, probabilities: NDArray[np.float64]) -> str:
        drawn = np.random.default_rng(0).choice(len(probabilities), SAMPLES, p=probabilities)
        outcomes = np.unique(drawn)
        best = _first(-values_of(self.observable, outcomes), self._tolerance)
        return self._label(int(outcomes[best]))


def _first(goodness: NDArray[np.float64], tolerance: float) -> int:
    """Return the first of the largest entries, so that rounding does not choose among equals."""
    return int(np.flatnonzero(goodness >= goodness.max() - tolerance)[0])
