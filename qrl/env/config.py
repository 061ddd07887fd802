"""What an environment is made of, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from qrl.tasks.task import Task

REWARDS = ("fixed-ends",)
MINIMA = ("bound", "reference", "best")
STARTS = ("task", "zero")
MOST_GATES = 10_000
MOST_ENVS = 4096
MOST_SHOTS = 10**9


@dataclass(frozen=True, slots=True)
class EnvConfig:
    """Settings of circuit construction; the values are names and numbers that fit into TOML.

    Attributes:
        gates: "task" (the gate set that suits the task), a gate set by name, or gate names joined by
            commas.
        coupling: which pairs may be coupled (`qrl.circuits.coupling.coupling_map`).
        max_gates: gates appended in an episode; 0 chooses by the number of qubits.
        observation: "compact" or "tensor".
        reward: "fixed-ends".
        minimum: what the reward takes for the lowest cost: "best" (the lowest cost of this run so far
            and a margin), "bound" (what the coefficients allow) or "reference" (the known answer;
            where a task knows none, "bound").
        start: "task" (the task's initial state, its gates counted) or "zero" (|0...0>).
        engine: which engine scores the circuits (`qrl.circuits.engines.ENGINES`); "exact" becomes
            "noisy" where noise is given, and either becomes "shots" where shots are.
        noise: what follows the gates and spoils the readout, as `qrl.circuits.noise.noise_model` reads
            it: "none", a name such as "ibm-mumbai" or "depolarizing:0.001,0.01", or a path to a file.
        shots: measurements of one evaluation of the cost; 0 for exact values.
        tuner: what turns the angles: one of `qrl.circuits.tuned.COMPILED_TUNERS` or of
            `qrl.circuits.tuners.TUNERS`. Under shots "lbfgs", whose line searches fail there, stands
            for "spsa".
        tolerance: largest slope at which tuning stops, cost unit per radian.
        max_gradients: gradient evaluations allowed for tuning one circuit.
        restart: whether a circuit whose tuning finds no slope and gains nothing starts once more from
            random angles.
    """

    gates: str = "task"
    coupling: str = "all"
    max_gates: int = 0
    observation: str = "compact"
    reward: str = "fixed-ends"
    minimum: str = "best"
    start: str = "task"
    engine: str = "exact"
    noise: str = "none"
    shots: int = 0
    tuner: str = "lbfgs"
    tolerance: float = 1e-5
    max_gradients: int = 200
    restart: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_type(field.name, getattr(self, field.name), type(field.default))
        for name, known in (("reward", REWARDS), ("minimum", MINIMA), ("start", STARTS)):
            if getattr(self, name) not in known:
                raise unknown_name(name, getattr(self, name), known)
        if not 0 <= self.max_gates <= MOST_GATES:
            raise InputError(
                f"max_gates must be 0 (automatic) or positive, up to {MOST_GATES}; "
                f"got {self.max_gates}."
            )
        if not self.tolerance > 0:
            raise InputError(f"tolerance must be positive; got {self.tolerance}.")
        if not 1 <= self.max_gradients <= 10**9:
            raise InputError(
                f"max_gradients must be at least 1 and at most 1e9; got {self.max_gradients}."
            )
        self._check_scoring()

    def of_task(self, task: Task) -> EnvConfig:
        """Return the settings with the task's own gate set where none was named."""
        return replace(self, gates=task.gates) if self.gates == "task" else self

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> EnvConfig:
        """Read settings; an unknown one is an error that names the nearest."""
        known = {field.name for field in fields(EnvConfig)}
        for name in data:
            if name not in known:
                raise unknown_name("environment setting", name, known)
        return EnvConfig(**data)

    def _check_scoring(self) -> None:
        """Check how circuits are scored.

        Raises:
            InputError: unknown engine, noise or tuner, or shots that cannot be taken.
            MissingExtra: the noise is a backend's, whose library is not installed.
        """
        # They bring the compiler, which nobody needs who only reads about settings.
        from qrl.circuits.engines import ENGINES
        from qrl.circuits.noise import noise_model
        from qrl.circuits.tuned import COMPILED_TUNERS
        from qrl.circuits.tuners import TUNERS

        if self.engine not in ENGINES:
            raise unknown_name("engine", self.engine, ENGINES)
        tuners = {*COMPILED_TUNERS, *TUNERS}
        if self.tuner not in tuners:
            raise unknown_name("tuner", self.tuner, tuners)
        if not 0 <= self.shots <= MOST_SHOTS:
            raise InputError(
                f"shots must be 0 (exact values) or positive, up to {MOST_SHOTS}; got {self.shots}."
            )
        if self.shots and self.engine in _WITHOUT_SHOTS:
            raise InputError(
                f"The engine {self.engine!r} gives exact values and takes no shots; got "
                f"{self.shots}. Leave out the engine, or the shots."
            )
        if self.engine == "shots" and not self.shots:
            # So that the settings say what is run.
            object.__setattr__(self, "shots", DEFAULT_SHOTS)
        noise_model(self.noise)


_WITHOUT_SHOTS = ("aer", "pennylane")
DEFAULT_SHOTS = 1000
"""Of the engine "shots" where no number is given."""


def _check_type(name: str, value: object, kind: type) -> None:
    """Settings come from files, where a name may turn out a number."""
    accepted = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, accepted):
        what = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}[
            kind
        ]
        raise InputError(f"The environment setting {name} must be {what}; got {value!r}.")


def default_max_gates(n_qubits: int) -> int:
    """Return the episode length for a number of qubits: room for a good circuit, little more."""
    return 6 * n_qubits
