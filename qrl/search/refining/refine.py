"""Refines one circuit: the same cost within a tolerance, from fewer gates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.checks import real_number
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.ledger import Ledger
from qrl.search.refining.batches import BatchTuner, Scored
from qrl.search.refining.cnot_runs import short_cnot_runs
from qrl.search.refining.levelling import levelled
from qrl.search.refining.merging import merged
from qrl.search.refining.native import in_gates
from qrl.search.refining.pair_blocks import short_blocks
from qrl.search.refining.removing import without_idle
from qrl.search.refining.routing import fits, routed
from qrl.search.refining.single_runs import short_runs
from qrl.search.refining.snapping import is_clifford, snapped
from qrl.search.refining.target import Target
from qrl.search.scoring import Scoring

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Task

TOLERANCE = 1e-9
"""By how much a cost may rise where nobody says, in the task's unit."""
ROUTING, GATE_SET = "routing", "gate set"
"""Steps that write the circuit elsewhere; after them it may be larger."""
_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Figures:
    """What a circuit costs and how large it is.

    Attributes:
        cost: in the task's unit.
        cnots, depth, gates: as in results (`gates` after decomposition to CNOT and single-qubit gates).
        rotations: gates that take an angle.
        clifford: rotations by a multiple of a quarter turn.
    """

    cost: float
    cnots: int
    depth: int
    gates: int
    rotations: int
    clifford: int

    @staticmethod
    def of(circuit: Circuit, cost: float) -> Figures:
        """Count a circuit."""
        return Figures(
            cost,
            circuit.two_qubit_count,
            circuit.depth,
            circuit.gate_count,
            circuit.rotation_count,
            sum(map(is_clifford, circuit.angles)),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a refinement that changed the circuit.

    Attributes:
        name: of the step.
        before, after: figures.
        circuit: after it.
    """

    name: str
    before: Figures
    after: Figures
    circuit: Circuit


@dataclass(frozen=True, slots=True)
class Refined:
    """A refined circuit.

    Attributes:
        circuit: the circuit.
        cost: its cost.
        before, after: figures of the circuit that came, and of this one.
        history: the steps that changed it, in order.
    """

    circuit: Circuit
    cost: float
    before: Figures
    after: Figures
    history: tuple[Step, ...]

    @property
    def moved(self) -> bool:
        """Whether it first had to be written in other gates or on other pairs."""
        return any(step.name in (ROUTING, GATE_SET) for step in self.history)


def refine(
    problem: Task | Scoring,
    circuit: Circuit,
    *,
    tolerance: float = TOLERANCE,
    gates: str | None = None,
    coupling: str | PathLike[str] | nx.Graph | None = None,
    ledger: Ledger | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Refined:
    """Make a circuit smaller at the same cost.

    First it is written in `gates` and brought onto `coupling`, exactly, where it is not yet. Then
    come, in turn until nothing changes: merging, resynthesis of single-qubit runs and of runs of CNOTs,
    removal of gates with re-tuning, resynthesis of two-qubit blocks, and the order of least depth. At last
    angles snap to multiples of a quarter turn. A step stands if the cost is within the tolerance of that at
    the start, and CNOTs, then gates, then depth are no more than before it.

    Args:
        problem: the task, or how a run scores its circuits.
        circuit: the circuit, with tuned angles.
        tolerance: by how much the cost may rise in all, in the task's unit.
        gates: gate set to write it in; None: the gates that it has and those of the scoring's set.
        coupling: which pairs may be coupled; None: those of the scoring's map, or, where the circuit does
            not fit that, the pairs that it has.
        ledger: pays; None where nobody counts.
        stop: tells whether to end early, with what has been reached.

    Raises:
        InputError: a negative tolerance, unknown gates or coupling, a set that cannot express the
            circuit, another number of qubits, or costs from shots.
    """
    if isinstance(problem, Scoring):
        scoring = problem
    else:
        scoring = Scoring.of(problem.objective, EnvConfig().of_task(problem))
    checked_tolerance(tolerance)
    check_scoring(scoring, circuit)
    target = Target.of(scoring, circuit, gates, coupling)
    work = _Work(
        scoring, circuit, tolerance, target, BatchTuner(scoring.engine(), ledger or Ledger(), stop)
    )
    work.run()
    return work.refined()


def check_scoring(scoring: Scoring, circuit: Circuit) -> None:
    """Check that circuits like this one can be refined under this scoring.

    Raises:
        InputError: costs come from shots, or the circuit has another number of qubits.
    """
    if scoring.env.shots:
        raise InputError(
            f"Refining compares exact costs; these come from {scoring.env.shots} shots each. Refine a "
            "run without shots, under the same noise if there is any."
        )
    if circuit.n_qubits != scoring.objective.n_qubits:
        raise InputError(
            f"The circuit has {circuit.n_qubits} qubits; the task needs {scoring.objective.n_qubits}."
        )


def checked_tolerance(tolerance: object) -> float:
    """Return a tolerance of costs.

    Raises:
        InputError: it is no finite number of at least 0.
    """
    return real_number("The tolerance", tolerance, least=0.0)


class _Work:
    """A circuit on its way."""

    def __init__(
        self,
        scoring: Scoring,
        circuit: Circuit,
        tolerance: float,
        target: Target,
        tuner: BatchTuner,
    ) -> None:
        self.tuner, self.target = tuner, target
        # Under noise an idle qubit is not as good as any other, wherever it begins.
        self.from_zero = scoring.objective.head().inputs is None and scoring.noise is None
        cost = self.tuner.value(circuit)
        self.best, self.before = Scored(circuit, cost), Figures.of(circuit, cost)
        self.limit = cost + tolerance
        self.history: list[Step] = []

    def run(self) -> None:
        """Do all steps."""
        self._fit_in()
        self._take("tuning", self.tuner.tuned([self.best.circuit], self.limit)[0])
        for _ in range(_MOST_ROUNDS):
            before = _size(self.best.circuit)
            self._rewrite()
            self._take("removal", without_idle(self.tuner, self.best, self.limit))
            self._rewrite()
            blocks = short_blocks(self.tuner, self.best, self.target.names, self.limit)
            if blocks is not self.best:
                self._take("two-qubit blocks", without_idle(self.tuner, blocks, self.limit))
            if _size(self.best.circuit) >= before or self.tuner.stop():
                break
        self._snap()

    def refined(self) -> Refined:
        """Return the result."""
        circuit, cost = self.best
        after = Figures.of(circuit, cost)
        return Refined(circuit, cost, self.before, after, tuple(self.history))

    def _fit_in(self) -> None:
        """Write the circuit in the gates and on the pairs that are allowed, exactly."""
        start, names, pairs = self.best.circuit, self.target.names, self.target.pairs
        if not fits(start, pairs):
            moved = routed(start, pairs, from_zero=self.from_zero)
            self._put(ROUTING, self._exact(moved))
        if set(self.best.circuit.counts) - names:
            self._put(GATE_SET, self._exact(in_gates(self.best.circuit, names)))
        self.target.check_device(self.best.circuit)

    def _exact(self, circuit: Circuit) -> Scored:
        """Score a circuit that does the same; the limit rises by what noise on more gates costs."""
        cost = self.tuner.value(circuit)
        self.limit = max(self.limit, self.limit - self.best.cost + cost)
        return Scored(circuit, cost)

    def _rewrite(self) -> None:
        """Do all that leaves the unitary as it is."""
        for name, rule in (
            ("merging", lambda c: merged(c, self.target.names)),
            ("single-qubit runs", lambda c: short_runs(c, self.target.names)),
            ("CNOT runs", lambda c: short_cnot_runs(c, self.target.pairs.has_edge)),
            ("depth", levelled),
        ):
            new = levelled(rule(self.best.circuit))
            if new != self.best.circuit and _size(new) <= _size(self.best.circuit):
                self._take(name, Scored(new, self.tuner.value(new)))

    def _snap(self) -> None:
        new = snapped(self.tuner, self.best, self.limit)
        if new.circuit != self.best.circuit:
            self._take("angle snapping", new)
            self._rewrite()

    def _take(self, name: str, new: Scored) -> None:
        """Go on with a circuit that is within the tolerance and no larger, and better in something."""
        ranks = [
            (*_size(c), c.rotation_count - sum(map(is_clifford, c.angles)), cost)
            for c, cost in (new, self.best)
        ]
        if new.cost <= self.limit and ranks[0] < ranks[1] and self.target.covers(new.circuit):
            self._put(name, new)

    def _put(self, name: str, new: Scored) -> None:
        before, after = Figures.of(*self.best), Figures.of(*new)
        self.history.append(Step(name, before, after, new.circuit))
        self.best = new


def _size(circuit: Circuit) -> tuple[int, int, int]:
    return circuit.two_qubit_count, circuit.gate_count, circuit.depth
