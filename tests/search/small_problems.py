"""Small problems that the tests of searchers over whole circuits share."""

from __future__ import annotations

import numpy as np

from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import Infidelity, Objective
from qrl.circuits.tuned import TuneOptions
from qrl.env.actions import ActionTable
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.scored_words import Scorer
from qrl.search.words import Alphabet
from qrl.tasks.task import basis_state


def alphabet(gates: str, n: int, coupling: str = "line", start: str | None = None) -> Alphabet:
    """All placements of some gates."""
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Alphabet(table, basis_state(start or "0" * n))


def scorer(
    objective: Objective, letters: Alphabet, amount: int, max_gates: int = 0, kind: str = "steps"
) -> Scorer:
    """An exact scorer that pays from a budget."""

    class Problem:
        reference = None
        target_error = 0.0

    engine = make_engine("exact", objective)
    recorder = Recorder(Problem(), Budget(kind, amount))  # type: ignore[arg-type]  # all it reads
    return Scorer(
        engine, letters, recorder, TuneOptions(restart=True), max_gates=max_gates,
        start_cost=engine.value(letters.start), lower_bound=objective.lower_bound,
    )  # fmt: skip


def spread(n: int, *indices: int) -> Infidelity:
    """A state of equal amplitudes at some indices."""
    target = np.zeros(1 << n)
    target[list(indices)] = len(indices) ** -0.5
    return Infidelity(target)
