"""Costs of mixed output states, and what readout errors make of observables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines.plain_engine import input_norms
from qrl.circuits.objectives import Classification, ExpectationRatio
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Head, Objective

MOST_CHOI_QUBITS = 3
"""Of circuits whose process is scored under noise: their Choi state has twice as many."""


def density_inputs(objective: Objective) -> NDArray[np.complex128]:
    """Return the pure states whose noisy outputs `cost_of_densities` takes.

    Returns:
        The objective's normalised inputs, shape (inputs, 2**n); for a coherent overlap, which is a
        property of the process and not of single outputs, the maximally entangled state of the
        circuit's qubits with as many that nothing acts on, shape (1, 4**n), the circuit's lowest.

    Raises:
        InputError: a process of more than 3 qubits.
    """
    head = objective.head()
    if not head.coherent:
        return objective.inputs
    if head.n_qubits > MOST_CHOI_QUBITS:
        raise InputError(
            "Under noise a process is scored by its Choi state on twice the qubits, for circuits of "
            f"up to {MOST_CHOI_QUBITS} qubits; this one has {head.n_qubits}. Score it without noise."
        )
    assert head.inputs is not None
    return np.reshape(head.inputs, (1, -1))


def cost_of_densities(
    objective: Objective, densities: NDArray[np.complex128], noise: NoiseModel | None = None
) -> float:
    """Return the cost of mixed output states; that of pure ones equals `objective.cost`.

    An overlap `|<t|psi>|^2` becomes `<t|rho|t>`. In the dephasing gap the purity is that of the
    input rho, so that noise which mixes the output counts as a cost. A process is scored by the
    overlap of its Choi state with that of the wanted unitary.

    Args:
        objective: one of `qrl.circuits.objectives`.
        densities: outputs for `density_inputs(objective)`, shape (inputs, 2**n, 2**n), or
            (1, 4**n, 4**n) for a coherent overlap.
        noise: its readout errors change the expectation values of observables (heads "linear" and
            "smooth"); overlaps and dephasing gaps are taken without them.

    Raises:
        InputError: densities of another shape, or an objective whose loss is not known.
    """
    head = objective.head()
    densities = np.asarray(densities)
    rows, size = (1, 4**head.n_qubits) if head.coherent else (head.n_inputs, 2**head.n_qubits)
    if densities.shape != (rows, size, size):
        raise InputError(
            f"The objective needs densities of shape {(rows, size, size)}; got {densities.shape}."
        )
    scale = np.ones(1) if head.coherent else input_norms(head) ** 2
    if head.kind == "overlap":
        assert head.target is not None
        target = head.target.reshape(rows, size)
        overlaps = np.einsum("ki,kij,kj->k", target.conj(), densities, target).real
        return float(head.offset - scale @ overlaps)
    if head.kind == "dephasing":
        diagonal = scale @ np.einsum("kii->ki", densities).real
        return float(head.offset - diagonal @ diagonal)
    observables = tuple(
        o if noise is None else readout_observable(o, noise) for o in head.observables
    )
    if head.kind == "linear":
        if len(observables) == 1:
            return head.offset + float(scale @ _expectations(observables[0], densities))
        pairs = zip(observables, densities[:, None], strict=True)
        return head.offset + float(scale @ [_expectations(o, rho)[0] for o, rho in pairs])
    values = np.stack([_expectations(o, densities) for o in observables], axis=1)
    return _loss(objective, head, values)


def readout_observable(observable: PauliSum, noise: NoiseModel) -> PauliSum:
    """Return the observable that is measured in truth where readout errs.

    A letter P on qubit q is measured as Z behind a basis change, and its mean comes out as
    `(1 - p(1|0) - p(0|1)) <P> + p(0|1) - p(1|0)` with q's probabilities of reading 1 for 0 and 0
    for 1 (Bravyi et al., arXiv 2006.14044, for errors of single qubits); so each letter turns into
    that factor times P plus that number times I.
    """
    terms = dict(observable.terms())
    n = observable.n_qubits
    for q in range(n):
        up, down = noise.readout_error(q)
        if up == down == 0.0:
            continue
        place, changed = n - 1 - q, dict[str, float]()
        for label, weight in terms.items():
            if label[place] == "I":
                changed[label] = changed.get(label, 0.0) + weight
                continue
            without = f"{label[:place]}I{label[place + 1 :]}"
            changed[label] = changed.get(label, 0.0) + (1.0 - up - down) * weight
            changed[without] = changed.get(without, 0.0) + (down - up) * weight
        terms = changed
    return PauliSum(tuple(terms), tuple(terms.values()))


def reduced_densities(
    densities: NDArray[np.complex128], shares: NDArray[np.float64], n_qubits: int
) -> NDArray[np.complex128]:
    """Return the density matrix of each of the lowest qubits, averaged over outputs.

    Args:
        densities: shape (outputs, size, size), size at least 2**n_qubits.
        shares: weights of the outputs, shape (outputs,).
        n_qubits: how many qubits.

    Returns:
        Shape (n_qubits, 2, 2).
    """
    mean = np.einsum("k,kij->ij", shares, densities)
    result = np.empty((n_qubits, 2, 2), dtype=np.complex128)
    for q in range(n_qubits):
        parts = mean.reshape(-1, 2, 1 << q, len(mean) >> (q + 1), 2, 1 << q)
        result[q] = np.einsum("halhbl->ab", parts)
    return result


def _expectations(observable: PauliSum, densities: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return Tr(O rho) of each density, shape (densities,)."""
    index = np.arange(densities.shape[1])
    total = np.zeros(len(densities))
    for x, diagonal in observable.diagonals():
        # O[i, i ^ x] = D_x[i].
        total += (densities[:, index ^ x, index] @ diagonal).real
    return total


def _loss(objective: Objective, head: Head, values: NDArray[np.float64]) -> float:
    if isinstance(objective, Classification):
        return objective.loss_of(values)
    if isinstance(objective, ExpectationRatio):
        return float(head.offset - values[0, 0] / values[0, 1])
    raise InputError(
        f"The loss {head.loss!r} of mixed states is known for Classification and ExpectationRatio; "
        f"got {type(objective).__name__}."
    )
