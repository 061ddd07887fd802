"""What the methods of quantum chemistry reach on a molecule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.tasks.ground_states.adapt import adapt_vqe
from qrl.tasks.ground_states.excitations import excitations
from qrl.tasks.ground_states.mappings import electrons_of
from qrl.tasks.ground_states.pair_excitations import pair_excitations, pairs_of
from qrl.tasks.ground_states.ucc import uccsd
from qrl.tasks.task import plain_observable

if TYPE_CHECKING:
    from qrl.tasks.baseline import Baseline
    from qrl.tasks.task import Task

UCCSD_QUBIT_LIMIT = 12
"""Beyond, UCCSD of one Trotter step takes tens of thousands of gates, and minutes to tune."""

QUBIT_LIMIT = 14
"""Beyond, no method is tried: one evaluation of an excitation ansatz takes over a second."""

ADAPT_WORK = 5e9
"""Amplitudes times gates times evaluations after which ADAPT-VQE stops growing: seconds."""


def molecular_rivals(task: Task) -> dict[str, Baseline]:
    """Return what excitations of the Hartree-Fock determinant reach.

    Args:
        task: a ground state; its metadata say whether it is a molecule.

    Returns:
        "pair-excitations" (those that gain 1e-4 Ha or more, in the order of their gain),
        "all-pair-excitations" where there are more; "adapt-to-target", the first ansatz of ADAPT-VQE
        within the target error, where the reference is known and the ansatz goes on; "adapt", its
        last; and "uccsd" up to 12 qubits. Without closed shells no pairs; nothing beyond 14 qubits
        and for what is no molecule.
    """
    if plain_observable(task.objective) is None or task.n_qubits > QUBIT_LIMIT:
        return {}
    electrons = electrons_of(task.metadata, task.n_qubits)
    if electrons is None:
        return {}
    found: dict[str, Baseline] = {}
    if electrons.up == electrons.down and pairs_of(electrons):
        found["pair-excitations"] = some = pair_excitations(task, electrons)
        everything = pair_excitations(task, electrons, smallest_gain=1e-9)
        if everything.circuit != some.circuit:
            found["all-pair-excitations"] = everything
    pool = excitations(electrons)
    if pool:
        rounds = adapt_vqe(task, electrons, pool, work=ADAPT_WORK)
        if task.reference is not None:
            goal = task.reference + task.target_error
            first = next((r for r in rounds if r.cost is not None and r.cost <= goal), None)
            if first is not None and first is not rounds[-1]:
                found["adapt-to-target"] = first
        found["adapt"] = rounds[-1]
        if task.n_qubits <= UCCSD_QUBIT_LIMIT:
            found["uccsd"] = uccsd(task, electrons, pool)
    return found
