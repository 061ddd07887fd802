"""Local search: flip single bits for as long as that lowers the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.optimisation.values import scale_of, spin_form
from qrl.tasks.task import basis_state

if TYPE_CHECKING:
    from qrl.circuits.pauli import PauliSum

_STEP = 1e-12


@timed
def one_exchange(observable: PauliSum, *, seed: int = 0, starts: int = 10) -> Baseline:
    """Return the best local optimum from random assignments, steepest descent by single bits.

    For MaxCut this is the one-exchange heuristic: move the node that gains most to the other side.

    Args:
        observable: strings of I and at most two Z.
        seed: of the random assignments.
        starts: how many.

    Returns:
        The assignment as a circuit of X gates; `evaluations` counts the flips looked at.
    """
    constant, fields, couplings = spin_form(observable)
    couplings = couplings + couplings.T
    smallest = _STEP * scale_of(observable)
    random = np.random.default_rng(seed)
    best_cost, best_spins, evaluations = np.inf, np.ones(len(fields)), 0
    for _ in range(starts):
        spins = random.choice([-1.0, 1.0], len(fields))
        while True:
            gains = 2.0 * spins * (fields + couplings @ spins)
            evaluations += len(spins)
            flip = int(gains.argmax())
            if gains[flip] <= smallest:
                break
            spins[flip] = -spins[flip]
        cost = float(constant + fields @ spins + 0.5 * spins @ couplings @ spins)
        if cost < best_cost - smallest:
            best_cost, best_spins = cost, spins
    label = "".join("1" if spin < 0 else "0" for spin in reversed(best_spins))
    return Baseline(best_cost, basis_state(label), evaluations=evaluations)
