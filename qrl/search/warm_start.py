"""What a run begins with goes into its archive, and into its folder where it was found elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.env.starts import is_warm, read_start
from qrl.search.archive import Found
from qrl.search.words import Alphabet

if TYPE_CHECKING:
    from collections.abc import Callable

    from qrl.circuits.circuit import Circuit
    from qrl.env.config import EnvConfig
    from qrl.env.construction import Construction
    from qrl.search.recorder import Recorder
    from qrl.tasks.task import Task


def warm_start(task: Task, config: EnvConfig, say: Callable[[str], None]) -> Circuit | None:
    """Return the start where its circuit was found elsewhere, and tell of it; None of other starts."""
    if not is_warm(config.start):
        return None
    start = read_start(config.start, task, config)
    say(start.note or f"Start {config.start}: {start.circuit.two_qubit_count} CNOTs")
    return start.circuit


def offer_start(recorder: Recorder, build: Construction, *, warm: bool) -> None:
    """Put the circuit that a search starts from into its archive, and pay for scoring it.

    Args:
        recorder: of the search, before anything else.
        build: a construction as the search has it.
        warm: whether it was found elsewhere; it then comes with tuned angles, and in the search's own gates
            where they can make it, too.
    """
    recorder.ledger.evaluations += 1
    _offer(recorder, build.start, build.start_cost)
    if not warm:
        return
    circuit = Alphabet.editing(build.actions, build.start).start
    tuned = build.engine.tune(circuit, options=build.options)
    recorder.ledger.evaluations += tuned.evaluations
    recorder.ledger.gradients += tuned.gradients
    recorder.ledger.shots += int(getattr(build.engine, "total_shots", 0))
    _offer(recorder, tuned.circuit, tuned.cost)


def _offer(recorder: Recorder, circuit: Circuit, cost: float) -> None:
    spent = recorder.ledger.evaluations
    recorder.offer(Found(circuit, cost, circuit.two_qubit_count, circuit.depth, spent, 0, 0.0))
