"""The sector that a circuit's noiseless state lies in; outcomes outside of it are errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines.plain_engine import output_states
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.hardware.mitigation.conserved import Symmetries
from qrl.tasks.walsh_hadamard import walsh_hadamard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.measurements import MeasuredRun, MeasurementPlan

_TOLERANCE = 1e-6
"""Of the noiseless state, that may lie outside of a sector."""


@dataclass(frozen=True, eq=False)
class Sector:
    """Values of symmetries.

    Attributes:
        masks: of independent Z-strings, bit q for qubit q.
        signs: their values, +1 or -1.
        allowed: which bit strings are in the sector, shape (2**n,).
        names: the symmetries with their values, for people.
    """

    masks: tuple[int, ...]
    signs: tuple[int, ...]
    allowed: NDArray[np.bool_]
    names: tuple[str, ...]


def sectors(plan: MeasurementPlan, circuit: Circuit) -> tuple[Sector, ...]:
    """Return the sector of each run's noiseless state.

    A symmetry of the observable is not enough: where the circuit does not conserve it, the state without
    noise has parts in several sectors, and what is left after selecting one belongs to another state. The
    sector is that of the circuit's own state, whatever the exact answer's is.

    Args:
        plan: what the cost needs.
        circuit: that is measured.

    Raises:
        InputError: there is nothing to verify, or the noiseless state is spread over sectors.
    """
    if plan.kind == "sampler":
        raise InputError(
            "Symmetry verification needs an observable that conserves something; this task's cost is made "
            "of the bits themselves. Leave 'symmetry' out; 'readout', 'q-cluster' and 'zne' can be used."
        )
    known: dict[tuple[PauliSum, ...], Symmetries] = {}
    found = []
    for run in plan.runs:
        symmetries = known.setdefault(run.observables, Symmetries(run.observables))
        found.append(_sector(symmetries, _probabilities(run, circuit)))
    return tuple(found)


def _probabilities(run: MeasuredRun, circuit: Circuit) -> NDArray[np.float64]:
    start = run.prepare
    if start is None:
        start = np.zeros(1 << run.n_qubits, dtype=np.complex128)
        start[0] = 1.0
    result: NDArray[np.float64] = np.abs(output_states(circuit, start[None])[0]) ** 2
    return result


def _sector(symmetries: Symmetries, shares: NDArray[np.float64]) -> Sector:
    if symmetries.is_diagonal:
        raise InputError(
            "Symmetry verification needs an observable that moves bits; this one has only letters I and "
            "Z, so that every bit string is a sector of its own. Leave 'symmetry' out."
        )
    masks, signs, spreads = _parities(symmetries, shares)
    names = [
        f"{_parity_name(m)} {'even' if s > 0 else 'odd'}" for m, s in zip(masks, signs, strict=True)
    ]
    index = np.arange(len(shares))
    allowed = allowed_by(symmetries.n_qubits, masks, signs)
    for row in symmetries.numbers:
        values = np.round(_number(row, index), 6)
        value, outside = _most(values, shares)
        if outside < _TOLERANCE:
            allowed &= values == value
            names.append(f"{_number_name(row)} = {value:g}")
        else:
            spreads.append(f"{_number_name(row)} ({outside:.1e} outside {value:g})")
    if symmetries.sectors is not None:
        sector, outside = _most(symmetries.sectors, shares)
        if outside < _TOLERANCE:
            allowed &= symmetries.sectors == sector
    if not allowed.all():
        if not names:
            names = [f"{int(allowed.sum())} of {len(allowed)} bit strings can be reached"]
        return Sector(tuple(masks), tuple(signs), allowed, tuple(names))
    if spreads:
        raise InputError(
            "Symmetry verification needs a circuit whose noiseless state has one value of a symmetry, to "
            f"{_TOLERANCE:g}; this one's is spread over several: {'; '.join(spreads)}. Selecting one would "
            "measure another state. Leave 'symmetry' out, or search with gates that conserve it."
        )
    raise InputError(
        "Symmetry verification needs an observable that conserves something that bits show: a parity, a "
        "particle number, or sets of bit strings; this task's has none. Leave 'symmetry' out."
    )


def _parities(
    symmetries: Symmetries, shares: NDArray[np.float64]
) -> tuple[list[int], list[int], list[str]]:
    """Return independent parities that the state has one value of, and what is said of the others.

    Products of generators are looked at too: the state may have a value of a product alone.
    """
    masks: list[int] = []
    signs: list[int] = []
    spreads: list[str] = []
    if not symmetries.parities:
        return masks, signs, spreads
    means = walsh_hadamard(shares)
    products = [0]
    for generator in symmetries.parities:
        products += [generator ^ other for other in products]
    spanned = {0}
    for mask in sorted(products[1:], key=lambda m: (m.bit_count(), m)):
        if (1.0 - abs(means[mask])) / 2.0 < _TOLERANCE and mask not in spanned:
            masks.append(mask)
            signs.append(1 if means[mask] > 0 else -1)
            spanned |= {mask ^ other for other in spanned}
    for mask in symmetries.parities:
        if mask not in spanned:
            outside = (1.0 - abs(means[mask])) / 2.0
            spreads.append(f"{_parity_name(mask)} ({outside:.1e} of the other value)")
    return masks, signs, spreads


def _most(
    values: NDArray[np.float64] | NDArray[np.int64], shares: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the value that the largest share has, and the share of all others."""
    kinds, places = np.unique(values, return_inverse=True)
    weight = np.bincount(places, weights=shares)
    best = int(np.argmax(weight))
    return kinds[best], float(np.delete(weight, best).sum())


def _number(row: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    bits = (index[:, None] >> np.arange(len(row))) & 1
    result: NDArray[np.float64] = bits @ row
    return result


def _parity_name(mask: int) -> str:
    qubits = [str(q) for q in range(mask.bit_length()) if mask >> q & 1]
    return f"parity of qubits {', '.join(qubits)}" if len(qubits) > 1 else f"qubit {qubits[0]}"


def _number_name(row: NDArray[np.float64]) -> str:
    text = ""
    for qubit, factor in enumerate(row):
        if factor:
            size = "" if abs(factor) == 1.0 else f"{abs(factor):g} "
            text += f" {'-' if factor < 0 else '+'} {size}n{qubit}"
    return text.removeprefix(" + ").strip()


def allowed_by(n_qubits: int, masks: Sequence[int], values: Sequence[int]) -> NDArray[np.bool_]:
    """Return which bit strings have given parities, shape (2**n,).

    Args:
        n_qubits: n.
        masks: of bits.
        values: +1 where the parity is even, -1 where it is odd.
    """
    index = np.arange(1 << n_qubits)
    allowed = np.ones(1 << n_qubits, dtype=bool)
    for mask, value in zip(masks, values, strict=True):
        allowed &= (np.bitwise_count(index & int(mask)) & 1) == (value < 0)
    return allowed
