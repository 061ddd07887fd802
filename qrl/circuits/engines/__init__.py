"""Engines: what scores a circuit for an objective.

From outside to machine code:

- `make_engine` picks a class: `exact`, `noisy`, `shots`, or the references `aer` and `pennylane`.
- An objective's head is packed once into flat arrays (`pack`, `pack_noisy` with `noise_matrices`).
- `CompiledEngine`, the base of `exact` and `noisy`, turns calls into jobs for the kernels: circuits as
  rows of opcodes (`qrl.circuits.program`), put into normal order and looked up (`known_scores`), spread
  over cores (`threads`), each with a room of its own to work in.
- `qrl.circuits.kernels` does the job.
- `ShotsEngine` measures what one of the two would give: which settings (`measured_settings`), how often
  (`allocation`), with which probabilities, and what follows from the counts (`expansion`).
- `PlainEngine` is the base for engines that score one circuit at a time, users' own included.
"""

from __future__ import annotations

import math
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objectives import Objective
    from qrl.circuits.tuned import Tuned, TuneOptions


class Engine(Protocol):
    """What environments and searchers ask of an engine; shapes as in `CompiledEngine`."""

    name: str
    n_qubits: int

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the final state, shape (2**n,), little-endian."""
        ...

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


ENGINES = ("exact", "noisy", "shots", "aer", "pennylane")


def make_engine(
    name: str, objective: Objective, *, noise: Any = None, shots: int = 0, seed: int = 0
) -> Engine:
    """Build an engine by name for an objective.

    Args:
        name: one of `ENGINES`; "exact" becomes "noisy" where noise is given, and either becomes
            "shots" where shots are.
        objective: what is scored.
        noise: a noise model, or what `qrl.circuits.noise.noise_model` reads.
        shots: measurements of one evaluation; 0 for exact values.
        seed: of the measurements.

    Raises:
        InputError: no such engine, options that it does not take, or a problem that does not fit.
    """
    from qrl.circuits.noise import NoiseModel, noise_model

    if name not in ENGINES:
        raise unknown_name("engine", str(name), ENGINES)
    model = noise_model(noise) if isinstance(noise, (str, PathLike)) else noise
    if model is not None and not isinstance(model, NoiseModel):
        raise InputError(f"Noise must be a noise model or the name of one; got {noise!r}.")
    if isinstance(model, NoiseModel) and model.is_noiseless:
        model = None
    if isinstance(shots, bool) or shots < 0:
        raise InputError(f"shots must be 0 (exact values) or positive; got {shots}.")
    if name == "shots" or (shots and name in ("exact", "noisy")):
        from qrl.circuits.engines.shots import ShotsEngine

        return ShotsEngine(objective, shots or 1000, noise=model, seed=seed)
    if shots and name in ("aer", "pennylane"):
        raise InputError(f"The engine {name!r} gives exact values; for shots use 'shots'.")
    if name == "aer":
        from qrl.circuits.engines.aer import AerEngine

        return AerEngine(objective, model)
    if name == "pennylane":
        from qrl.circuits.engines.pennylane import PennylaneEngine

        return PennylaneEngine(objective, model)
    if model is not None or name == "noisy":
        from qrl.circuits.engines.noisy import NoisyEngine

        return NoisyEngine(objective, model or noise_model("none"))
    from qrl.circuits.engines.exact import ExactEngine

    return ExactEngine(objective)


def prepare_kernels(name: str) -> None:
    """Compile an engine's kernels, or load them from the cache of an earlier run.

    The first run after an installation takes a quarter of a minute, later ones a fraction of a second.
    """
    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objectives import Expectation
    from qrl.circuits.pauli import PauliSum
    from qrl.circuits.program import lower

    if name in ("aer", "pennylane"):
        return  # they have no kernels
    if name == "shots":
        name = "exact"
    engine = make_engine(name, Expectation(PauliSum(("Z",), (1.0,))))
    circuit = Circuit(1).append("rx", 0, angle=0.5)
    engine.tune(circuit)
    ops, theta = lower(circuit)
    engine.local_paulis(ops[None], np.array([1]), theta[None])
