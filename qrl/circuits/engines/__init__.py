"""Engines: what scores a circuit for an objective."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from qrl.errors import unknown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objective import Expectation
    from qrl.circuits.tuned import Tuned, TuneOptions


class Engine(Protocol):
    """What environments and searchers ask of an engine; shapes as in `ExactEngine`."""

    name: str
    n_qubits: int

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        ...

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle."""
        ...

    def tune(
        self,
        circuit: Circuit,
        *,
        fresh: int | None = None,
        target: float = math.inf,
        options: TuneOptions | None = None,
    ) -> Tuned:
        """Lower the cost from the circuit's own angles."""
        ...

    def tune_arrays(
        self,
        ops: NDArray[np.int32],
        n_ops: NDArray[np.int64],
        theta: NDArray[np.float64],
        n_theta: NDArray[np.int64],
        fresh: NDArray[np.int64],
        target: NDArray[np.float64],
        options: TuneOptions,
    ) -> NDArray[np.float64]:
        """Tune many lowered circuits in one call, their angles in place."""
        ...

    def local_paulis(
        self, ops: NDArray[np.int32], n_ops: NDArray[np.int64], theta: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the expectation values of X, Y, Z on each qubit of each circuit."""
        ...


ENGINES = ("exact",)


def make_engine(name: str, objective: Expectation) -> Engine:
    """Build an engine by name for an objective.

    Raises:
        InputError: no such engine, or the problem does not fit into memory.
    """
    if name == "exact":
        from qrl.circuits.engines.exact import ExactEngine

        return ExactEngine(objective)
    raise unknown_name("engine", name, ENGINES)
