"""In which order a circuit's qubits are put on those of a device."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from qrl.circuits.noise import device_qubits, noise_model
from qrl.circuits.noise.model import NoiseModel
from qrl.tasks.task import plain_observable

if TYPE_CHECKING:
    from qrl.tasks.task import Task

MOST_QUBITS = 8
"""More than a hundred orders of larger problems would take minutes to score."""


def ordered(name: str, task: Task) -> str:
    """Return the name of a device's noise with its qubits in a good order for a task.

    The qubits of a device err differently when they are read, and those of a Hamiltonian count
    differently. From the order that is given, two qubits are exchanged as long as that lowers the cost
    of the task's starting circuit under the noise. Hamiltonians whose terms act on pairs of
    qubits keep the order that is given: their pairs should stay near each other.

    Args:
        name: of the noise, with qubits.
        task: the problem.
    """
    observable = plain_observable(task.objective)
    local = observable is None or all(
        len(label) - label.count("I") <= 2 for label, _ in observable.terms()
    )
    qubits = device_qubits(name)
    if local or qubits is None or not 2 <= len(qubits) <= MOST_QUBITS:
        return name
    model = noise_model(name)
    best = tuple(range(len(qubits)))
    lowest, improved = _cost(task, model, best), True
    while improved:
        improved = False
        for a, b in combinations(range(len(best)), 2):
            turned = list(best)
            turned[a], turned[b] = turned[b], turned[a]
            cost = _cost(task, model, tuple(turned))
            # Equal ones stay; rounding is no gain.
            if cost < lowest - 1e-9:
                best, lowest, improved = tuple(turned), cost, True
    device = name.partition("@")[0]
    return f"{device}@{','.join(str(qubits[k]) for k in best)}"


def _cost(task: Task, model: NoiseModel, order: tuple[int, ...]) -> float:
    from qrl.circuits.engines import make_engine

    turned = model.relabelled(order, model.name)
    return float(make_engine("noisy", task.objective, noise=turned).value(task.start))
