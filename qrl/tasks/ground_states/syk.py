"""The Sachdev-Ye-Kitaev model: Majorana fermions, all coupled at random."""

from __future__ import annotations

import math
import re
from itertools import combinations

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum, label_of
from qrl.errors import InputError, unknown_name
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.problem_file import EXACT_QUBIT_LIMIT, ground_energy

SYK_IDS = ("vqe/syk-3q-0", "vqe/syk-4q-0", "vqe/syk-5q-0")
SYK_HINT = (
    "SYK models of other sizes, seeds and couplings have ids too: vqe/syk-6q-1, vqe/syk-4q-0-2.5."
)
MOST_QUBITS = 16
"""35960 terms; their number grows as the fourth power."""

_ID = re.compile(r"vqe/syk-(?P<n>\d+)q(?:-(?P<seed>\d{1,20})(?:-(?P<coupling>.+))?)?")


def syk(n_qubits: int, seed: int = 0, *, coupling: float = 1.0) -> GroundState:
    """Return a Sachdev-Ye-Kitaev model of N = 2 n Majorana fermions on n qubits.

    `H = sum_{i<j<k<l} J_ijkl chi_i chi_j chi_k chi_l` with `{chi_i, chi_j} = delta_ij` and independent
    Gaussian J_ijkl of mean 0 and variance `3! J^2 / N^3` (Maldacena and Stanford, Phys. Rev. D 94,
    106002 (2016), equations 2.1 and 2.2, for q = 4). Jordan-Wigner: `chi_2q = X_q Z_{q-1} ... Z_0 /
    sqrt 2` and `chi_2q+1 = Y_q Z_{q-1} ... Z_0 / sqrt 2`. The couplings are drawn in the order of
    (i, j, k, l) by NumPy's default generator. The ground level is one state for N a multiple of 8, and
    two states for other N.

    Args:
        n_qubits: n, 2 to 16.
        seed: of the couplings.
        coupling: J, the unit of the energy.

    Raises:
        InputError: another number of qubits, a seed that is not a whole number from 0, or J of 0.
    """
    n_qubits = whole_number(
        "The number of qubits of an SYK model", n_qubits, least=2, most=MOST_QUBITS
    )
    seed = whole_number("The seed", seed, least=0)
    coupling = real_number("The coupling", coupling)
    if coupling == 0:
        raise InputError("The coupling must not be 0: nothing is left then.")
    n_fermions = 2 * n_qubits
    rng = np.random.default_rng(seed)
    quadruples = list(combinations(range(n_fermions), 4))
    deviation = coupling * math.sqrt(6.0 / n_fermions**3)
    couplings = deviation * rng.standard_normal(len(quadruples))
    terms = [_product(quadruple, n_qubits) for quadruple in quadruples]
    weights = [sign * float(c) / 4.0 for (_, sign), c in zip(terms, couplings, strict=True)]
    observable = PauliSum(tuple(label for label, _ in terms), tuple(weights))
    known = n_qubits <= EXACT_QUBIT_LIMIT
    name = f"vqe/syk-{n_qubits}q-{seed}"
    return GroundState(
        name=name if coupling == 1 else f"{name}-{repr(coupling).removesuffix('.0')}",
        objective=Expectation(observable),
        reference=ground_energy(observable) if known else None,
        unit="J",
        description=f"Sachdev-Ye-Kitaev model of {n_fermions} Majorana fermions, seed {seed}.",
        target_error=1e-3,
        metadata={"model": "syk", "seed": seed, "coupling": coupling},
    )


def syk_task(name: str) -> GroundState | None:
    """Build the task of an id `vqe/syk-<n>q[-<seed>[-<coupling>]]`.

    Returns:
        The task; None where the id is not one of this model.

    Raises:
        InputError: it is, but the rest cannot be read or cannot be built.
    """
    if not name.startswith("vqe/syk-"):
        return None
    match = _ID.fullmatch(name)
    if match is None:
        raise unknown_name("task", name, SYK_IDS, SYK_HINT)
    try:
        coupling = float(match["coupling"] or 1.0)
    except ValueError as cause:
        raise InputError(
            f"{name!r}: expected a number as the coupling; got {match['coupling']!r}."
        ) from cause
    return syk(int(match["n"][:9]), int(match["seed"] or 0), coupling=coupling)


def _product(quadruple: tuple[int, ...], n_qubits: int) -> tuple[str, float]:
    """Return the Pauli string of four Majorana operators times 4, and its sign."""
    x = z = power = 0  # i^power X(x) Z(z), X left of Z
    for fermion in quadruple:
        q, odd = divmod(fermion, 2)
        own_x, own_z = 1 << q, (1 << (q + odd)) - 1  # Y = i X Z
        power += odd + 2 * (z & own_x).bit_count()
        x, z = x ^ own_x, z ^ own_z
    # X Z = -i Y on every qubit that has both.
    return label_of(x, z, n_qubits), (1.0, 0.0, -1.0, 0.0)[(power - (x & z).bit_count()) % 4]
