"""Unitary coupled cluster with singles and doubles (UCCSD), as a circuit of CNOTs and rotations.

Peruzzo et al., Nature Communications 5, 4213 (2014); Romero et al., arXiv 1701.02691. One Trotter
step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.ground_states.excitation_circuits import excitation_circuit
from qrl.tasks.tied_circuit import minimise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qrl.circuits.engines import Engine
    from qrl.tasks.ground_states.excitations import Excitation
    from qrl.tasks.ground_states.mappings import Electrons
    from qrl.tasks.task import Task


@timed
def uccsd(task: Task, electrons: Electrons, moves: Sequence[Excitation]) -> Baseline:
    """Return what UCCSD reaches, its amplitudes tuned from zero.

    Args:
        task: the molecule.
        electrons: of the molecule.
        moves: the excitations, in the order in which they act.
    """
    engine: Engine = make_engine("exact", task.objective)
    tied = excitation_circuit(electrons.label, moves)
    best = minimise(engine, tied, np.zeros(len(moves)))
    return Baseline(best.cost, tied.at(best.parameters), evaluations=best.evaluations)
