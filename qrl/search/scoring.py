"""How a run scores circuits: under which noise, with how many shots, and without either."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from qrl.circuits.engines import make_engine, prepare_kernels
from qrl.circuits.noise import NoiseModel, native, noise_model
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.circuits.objectives import Objective
    from qrl.env.config import EnvConfig
    from qrl.tasks.baseline import Baseline

_MANY = 10**8
"""Shots whose sample variance is as good as the true one, rare outcomes included."""


@dataclass(frozen=True)
class Scoring:
    """Engines of one run, all with the same noise and shots.

    Attributes:
        objective: what is scored.
        env: settings of the environment.
        noise: the noise that they name, read once; None without.
    """

    objective: Objective
    env: EnvConfig
    noise: NoiseModel | None

    @staticmethod
    def of(objective: Objective, env: EnvConfig) -> Scoring:
        """Read the noise that the settings name."""
        model = noise_model(env.noise)
        return Scoring(objective, env, None if model.is_noiseless else model)

    @property
    def is_plain(self) -> bool:
        """Whether costs are exact and without noise."""
        return self.noise is None and not self.env.shots

    @property
    def tuner(self) -> str:
        """The tuner that runs; engines replace "lbfgs" where it cannot work."""
        from qrl.circuits.engines.shots import DEFAULT_TUNER

        if self.env.tuner != "lbfgs" or self.env.engine in ("exact", "noisy", "shots"):
            return DEFAULT_TUNER if self.env.tuner == "lbfgs" and self.env.shots else self.env.tuner
        return "l-bfgs-b"

    def __str__(self) -> str:
        noise = f", noise {self.noise.name}" if self.noise is not None else ""
        return noise + (f", {self.env.shots} shots" if self.env.shots else "")

    def engine(self, seed: int = 0) -> Engine:
        """Build an engine; the seed is that of its shots."""
        env = self.env
        return make_engine(env.engine, self.objective, noise=self.noise, shots=env.shots, seed=seed)

    def prepare(self) -> None:
        """Compile the kernels that will be used."""
        if self.env.engine in ("exact", "noisy", "shots"):
            noisy = self.noise is not None or self.env.engine == "noisy"
            prepare_kernels("noisy" if noisy else "exact")
        if not self.is_plain:
            prepare_kernels("exact")  # scores what was found without noise and shots

    def noiseless(self, circuit: Circuit) -> float:
        """Return the exact cost of a circuit without noise."""
        return self._exact.value(circuit)

    def score_again(self, baselines: dict[str, Baseline], seed: int) -> dict[str, Baseline]:
        """Score baselines under the run's noise and shots, so that comparing is fair.

        A device gives no noise for gates that it does not have. Circuits with such gates are transpiled to
        its own first, and are told as they are then; one that cannot be is told without circuit and cost.
        """
        if self.is_plain:
            return baselines
        engine = self.engine(seed)
        made = {name: self._for_device(baseline) for name, baseline in baselines.items()}
        return {
            name: b if b.circuit is None else replace(b, cost=engine.value(b.circuit))
            for name, b in made.items()
        }

    def _for_device(self, baseline: Baseline) -> Baseline:
        """Return a baseline whose circuit has gates of the device alone, where there is a device."""
        circuit, noise = baseline.circuit, self.noise
        if circuit is None or noise is None or noise.n_qubits is None:
            return baseline
        if all(noise.covers(gate) for gate in circuit.gates):
            return baseline
        # Qiskit takes half a second to import.
        from qiskit.exceptions import QiskitError

        from qrl.tasks.qiskit_transpiling import transpiled_to

        own = native(noise, circuit.n_qubits)
        from_zero = self.objective.head().inputs is None
        try:
            made = transpiled_to(circuit.qiskit(), own.gates, own.pairs, from_zero=from_zero)
        except (QiskitError, InputError):
            return replace(baseline, circuit=None, cost=None)
        return replace(baseline, circuit=made)

    @cached_property
    def _exact(self) -> Engine:
        return make_engine("exact", self.objective)


def standard_error(
    objective: Objective, noise: NoiseModel | None, shots: int, circuit: Circuit
) -> float:
    """Predict the standard error of a cost from a number of shots, at least 1.

    A sample's own estimate of its variance fails where outcomes are rare; that of a sample many times
    as large does not.
    """
    from qrl.circuits.engines.shots import ShotsEngine

    times = max(1, _MANY // shots)
    larger = ShotsEngine(objective, shots * times, noise=noise)
    return float(larger.estimate(circuit).standard_error * times**0.5)
