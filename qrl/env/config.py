"""What an environment is made of, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from qrl.checks import whole_number
from qrl.env.curricula import check_curriculum
from qrl.env.halting import check_halting
from qrl.env.rewards import REWARDS, SHAPINGS
from qrl.env.settings_text import parse
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from qrl.circuits.tuned import TuneOptions
    from qrl.tasks.task import Task

MINIMA = ("bound", "reference", "best")
MODES = ("append", "edit")
LEGALITIES = ("none", "repeated", "commuting", "canonical")
MOST_GATES = 10_000
MOST_ENVS = 4096
MOST_SHOTS = 10**9


@dataclass(frozen=True, slots=True)
class EnvConfig:
    """Settings of circuit construction; the values are names and numbers that fit into TOML.

    Attributes:
        gates: "task" (the gate set that suits the task; of a device, its own gates), a gate set by name, or
            gate names joined by commas.
        actions: what one action appends: "gates" (one gate of the set), "excitations", "fans",
            "trees", or a path to a JSON file of circuits; several joined by commas (`qrl.env.compounds`).
        mode: "append" (gates are appended) or "edit" (they are inserted, replaced and deleted, and the
            agent may stop: `qrl.env.editing`).
        legality: which actions are illegal: "repeated" (CRLQAS's rule), "commuting" (what slides back to
            where it is needless), "canonical" (that, and all but one order of commuting actions) or
            "none" (`qrl.env.legality`).
        coupling: which pairs may be coupled (`qrl.circuits.coupling.coupling_map`); of a device "all" means
            those that it joins.
        max_gates: gates appended in an episode; 0 chooses by the number of qubits.
        observation: "compact", "tensor" or "gates", which may be followed by the number of gates and by
            "angles", as in "gates:20,angles".
        reward: "fixed-ends", "staircase", "log:bonus,floor", "qaser:factor" or "gate-cost:price"
            (`qrl.env.rewards`); numbers may be left out.
        shaping: "none", "cost:weight,gamma" or "log-error:weight,gamma": the potential of what is added
            to the reward (`qrl.env.rewards.Shaped`); gamma should be the agent's discount.
        minimum: what the reward takes for the lowest cost: "best" (the lowest cost of this run so far
            and a margin), "bound" (what the coefficients allow) or "reference" (the known answer;
            where a task knows none, "bound").
        curriculum: which cost ends an episode in success: "none", "fixed:GOAL", "list:EPISODES,GOAL,...",
            "success-count:SUCCESSES,GOAL,..." or "moving-threshold:EPISODES,DELTA,SUCCESSES"
            (`qrl.env.curricula.make_curriculum`).
        problems: tasks to begin with, easiest first, joined by commas (`qrl.env.problems`).
        problem_episodes: after which such a task is left, if its curriculum is not passed before.
        halting: length of episodes: "none" (all of `max_gates`), or
            "negative-binomial:failures,probability,shortest,longest" (`qrl.env.halting`).
        start: what circuits begin with, its gates counted: "task" (the task's initial state), "zero"
            (|0...0>), bits such as "0011" (that basis state), a circuit file or a run folder, "mps:BOND"
            or an .npz file of a matrix-product state (`qrl.env.starts.read_start`).
        engine: which engine scores the circuits (`qrl.circuits.engines.ENGINES`); "exact" becomes
            "noisy" where noise is given, and either becomes "shots" where shots are.
        noise: what follows the gates and spoils the readout, as `qrl.circuits.noise.noise_model` reads
            it: "none", a name such as "ibm-mumbai" or "depolarizing:0.001,0.01", a device such as
            "backend:fake:manila" or some of its qubits, "backend:fake:manila@1,2,3,4" (where none are
            named, the best calibrated: `qrl.circuits.noise.placement`), or a path to a file.
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
    actions: str = "gates"
    mode: str = "append"
    legality: str = "repeated"
    coupling: str = "all"
    max_gates: int = 0
    observation: str = "compact"
    reward: str = "fixed-ends"
    shaping: str = "none"
    minimum: str = "best"
    curriculum: str = "none"
    problems: str = ""
    problem_episodes: int = 200
    halting: str = "none"
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
        for name, known in (("minimum", MINIMA), *_RULES):
            if getattr(self, name) not in known:
                raise unknown_name(name, getattr(self, name), known)
        if not 0 <= self.max_gates <= MOST_GATES:
            raise InputError(
                f"max_gates must be 0 (automatic) or positive, up to {MOST_GATES}; "
                f"got {self.max_gates}."
            )
        parse("reward", self.reward, REWARDS)
        parse("shaping", self.shaping, SHAPINGS)
        check_curriculum(self.curriculum)
        check_halting(self.halting)
        whole_number("problem_episodes", self.problem_episodes, least=1, most=10**9)
        if not self.tolerance > 0:
            raise InputError(f"tolerance must be positive; got {self.tolerance}.")
        if not 1 <= self.max_gradients <= 10**9:
            raise InputError(
                f"max_gradients must be at least 1 and at most 1e9; got {self.max_gradients}."
            )
        self._check_scoring()

    def of_task(self, task: Task) -> EnvConfig:
        """Return the settings with what they leave open put in.

        Where the noise is a device's, these are its qubits that the circuits use, and its gates and pairs;
        gates and coupling that were named stay. Otherwise the gates are the task's own.

        Raises:
            InputError: the device has no such qubits, or another number of them is named.
            MissingExtra: its library is not installed.
        """
        from qrl.circuits.noise import is_device

        config = self._on_device(task) if is_device(self.noise) else self
        return replace(config, gates=task.gates) if config.gates == "task" else config

    def _on_device(self, task: Task) -> EnvConfig:
        from qrl.circuits.coupling import coupling_map, edges_text
        from qrl.circuits.noise import device_qubits, native, noise_model, with_chosen_qubits
        from qrl.env.qubit_order import ordered

        n_qubits, named = task.n_qubits, self.coupling != "all"
        wanted = sorted(coupling_map(self.coupling, n_qubits).edges) if named else None
        noise = with_chosen_qubits(self.noise, n_qubits, wanted)
        if device_qubits(self.noise) is None and not named:
            noise = ordered(noise, task)
        if named and self.gates != "task":
            return replace(self, noise=noise)
        own = native(noise_model(noise), n_qubits)
        gates = ",".join(own.gates) if self.gates == "task" else self.gates
        pairs = self.coupling if named or not own.pairs else edges_text(own.pairs)
        return replace(self, noise=noise, gates=gates, coupling=pairs)

    def tune_options(self, seed: int) -> TuneOptions:
        """Return how angles are tuned, where random numbers are drawn from this seed."""
        from qrl.circuits.tuned import COMPILED_TUNERS, TuneOptions

        # Compiled tuners draw nothing but second starts; of one seed, they let a circuit have the same
        # cost in every run.
        draws = self.shots > 0 or self.tuner not in COMPILED_TUNERS
        return TuneOptions(
            tolerance=self.tolerance,
            max_gradients=self.max_gradients,
            tuner=self.tuner,
            restart=self.restart,
            seed=seed % 2**32 if draws else 0,
        )

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
        """Check how circuits begin and are scored.

        Raises:
            InputError: unknown start, engine, noise or tuner, or shots that cannot be taken.
            MissingExtra: the noise is a backend's, whose library is not installed.
        """
        # They bring the compiler, which nobody needs who only reads about settings.
        from qrl.circuits.engines import ENGINES
        from qrl.circuits.noise import check_noise
        from qrl.circuits.tuned import COMPILED_TUNERS
        from qrl.circuits.tuners import TUNERS
        from qrl.env.starts import check_start

        check_start(self.start)
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
        check_noise(self.noise)


_RULES = (("mode", MODES), ("legality", LEGALITIES))
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
