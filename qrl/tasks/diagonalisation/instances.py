"""Density matrices that have an id."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from qrl.errors import unknown_name
from qrl.tasks.diagonalisation.density import CHAINS, random_density_matrix, reduced_ground_state
from qrl.tasks.diagonalisation.own_data import density_from_matrix
from qrl.tasks.diagonalisation.task import Diagonalisation
from qrl.tasks.ids import check_id

IDS: tuple[str, ...] = (
    *(f"diag/random-{n}q-{seed}" for n in (2, 3) for seed in (1, 2, 3)),
    "diag/heisenberg-2q",
    "diag/ising-3q",
)
HINT = "Other sizes, seeds and ranks have ids too: diag/random-4q-7-rank2, diag/heisenberg-3q."
_RANDOM = re.compile(r"diag/random-(?P<n>\d{1,6})q-(?P<seed>\d{1,18})(?:-rank(?P<rank>\d{1,6}))?")
_CHAIN = re.compile(rf"diag/(?P<chain>{'|'.join(CHAINS)})-(?P<n>\d{{1,6}})q")
_THRESHOLDS = {2: "2e-2", 3: "0.15"}
"""Costs below which BenchRL-QAS counts a random matrix of rank 4 as solved, by number of qubits."""
_TITLES = {"ising": "critical transverse-field Ising", "heisenberg": "Heisenberg"}


@cache
def make(name: str) -> Diagonalisation:
    """Build a task from its id.

    Raises:
        InputError: there is no such task.
    """
    check_id(name)
    if match := _RANDOM.fullmatch(name):
        n, seed, given = int(match["n"]), int(match["seed"]), match["rank"]
        matrix = random_density_matrix(n, seed, None if given is None else int(given))
        facts: dict[str, Any] = {
            "seed": seed,
            "ensemble": "Ginibre, numpy.random.default_rng(seed)",
        }
        if n in _THRESHOLDS and given in (None, "4"):
            facts["published"] = (f"solved below {_THRESHOLDS[n]} (BenchRL-QAS, arXiv 2507.12189)",)
        return density_from_matrix(matrix, name=name, metadata=facts)
    if match := _CHAIN.fullmatch(name):
        chain, n = match["chain"], int(match["n"])
        what = f"{_TITLES[chain]} chain of {2 * n} sites, open ends"
        return density_from_matrix(
            reduced_ground_state(chain, n),
            name=name,
            description=f"Diagonalise the state of {n} of the sites in the ground state of a {what}.",
            metadata={"chain": what},
        )
    raise unknown_name("task", name, IDS, HINT)
