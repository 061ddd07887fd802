"""Linear algebra over two elements for Pauli strings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

from qrl.circuits.objectives.code_paulis import SignedPauli
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.tasks.codes.stabiliser_code import StabiliserCode

Paulis = tuple[SignedPauli, ...]


class Group:
    """A group of commuting signed Pauli strings, kept by generators with one leading bit each."""

    def __init__(self, n_qubits: int, generators: Sequence[SignedPauli] = ()) -> None:
        self.n_qubits = n_qubits
        self._by_pivot: dict[int, SignedPauli] = {}
        for generator in generators:
            self.add(generator)

    def reduced(self, pauli: SignedPauli) -> SignedPauli:
        """Return an operator times the member that clears its leading bits.

        The result has no letters but I exactly where the operator is a member up to its sign; its
        sign is + exactly where the operator itself is a member.
        """
        for pivot, generator in self._by_pivot.items():
            if pauli.bits >> pivot & 1:
                pauli = pauli.times(generator)
        return pauli

    def add(self, pauli: SignedPauli) -> None:
        """Add a generator; one that is a member already changes nothing."""
        rest = self.reduced(pauli)
        if rest.bits:
            # Later generators lack all earlier pivots, so that one pass of `reduced` clears them.
            self._by_pivot[rest.bits.bit_length() - 1] = rest

    def holds(self, pauli: SignedPauli) -> bool:
        """Return whether an operator is a member, its sign included."""
        rest = self.reduced(pauli)
        return not rest.bits and rest.power == 0


def logical_pairs(stabilisers: Paulis) -> tuple[Paulis, Paulis]:
    """Return logical X and Z of a code, by a symplectic Gram-Schmidt procedure.

    Strings that commute with all stabilisers are paired: of two that anticommute one becomes a
    logical X, one its Z, and the others are multiplied by them until they commute with both. What is
    left without a partner belongs to the stabilisers. Multiplied by stabilisers, the operators are
    made short at the end.

    Returns:
        Logical X and Z, n - stabilisers in number each, with the sign +.
    """
    n = stabilisers[0].n_qubits
    left = _solutions(stabilisers, 0)[1]
    xs, zs = [], []
    while left:
        first = left.pop(0)
        partner = next((p for p in left if not p.commutes(first)), None)
        if partner is None:
            continue
        left.remove(partner)
        left = [_cleared(pauli, first, partner) for pauli in left]
        x, z = (partner, first) if not first.x else (first, partner)
        xs.append(_shortened(x, stabilisers))
        zs.append(_shortened(z, stabilisers))
    assert len(xs) == n - len(stabilisers)
    order = sorted(range(len(xs)), key=lambda j: (xs[j].bits, zs[j].bits))
    return tuple(xs[j] for j in order), tuple(zs[j] for j in order)


def destabilisers(code: StabiliserCode) -> Paulis:
    """Return strings of which each anticommutes with one stabiliser alone.

    They commute with one another and with the logical operators: with those and the stabilisers
    they are the images of X and Z of all qubits under an encoder (Aaronson and Gottesman,
    arXiv quant-ph/0406196, section 3).
    """
    rows = (*code.stabilisers, *code.logical_x, *code.logical_z)
    found: list[SignedPauli] = []
    for k in range(len(code.stabilisers)):
        pauli = _solutions(rows, 1 << k)[0]
        for earlier, stabiliser in zip(found, code.stabilisers, strict=False):
            if not pauli.commutes(earlier):
                pauli = pauli.times(stabiliser).signed(False)
        found.append(pauli)
    return tuple(found)


def distance(code: StabiliserCode) -> int:
    """Return the code distance by trying all Pauli strings, shortest first.

    The least number of qubits on which an operator acts that commutes with every stabiliser and
    changes the logical state.
    """
    n, logicals = code.n_qubits, (*code.logical_x, *code.logical_z)
    for weight in range(1, n + 1):
        for qubits in combinations(range(n), weight):
            for letters in product(((1, 0), (0, 1), (1, 1)), repeat=weight):
                x = sum(a << q for (a, _), q in zip(letters, qubits, strict=True))
                z = sum(b << q for (_, b), q in zip(letters, qubits, strict=True))
                error = SignedPauli(n, x, z)
                if all(error.commutes(s) for s in code.stabilisers) and not all(
                    error.commutes(logical) for logical in logicals
                ):
                    return weight
    raise InputError("The code has no logical qubit, so no distance.")


def _cleared(pauli: SignedPauli, first: SignedPauli, second: SignedPauli) -> SignedPauli:
    """Return a string times those of an anticommuting pair that make it commute with both."""
    with_first, with_second = pauli.commutes(first), pauli.commutes(second)
    if not with_second:
        pauli = pauli.times(first)
    if not with_first:
        pauli = pauli.times(second)
    return pauli.signed(False)


def _shortened(pauli: SignedPauli, stabilisers: Paulis) -> SignedPauli:
    """Multiply by stabilisers as long as one makes the string shorter."""
    while True:
        best = min((pauli.times(s) for s in stabilisers), key=lambda p: p.weight)
        if best.weight >= pauli.weight:
            return pauli.signed(False)
        pauli = best


def _solutions(rows: Sequence[SignedPauli], wanted: int) -> tuple[SignedPauli, list[SignedPauli]]:
    """Solve for strings that anticommute with given ones, or commute.

    Args:
        rows: independent strings.
        wanted: bit k: whether to anticommute with `rows[k]`.

    Returns:
        One solution, and a basis of the strings that commute with all rows.
    """
    n = rows[0].n_qubits
    width = 2 * n
    # A row as the numbers with which the bits x, z of a string enter the symplectic product; the
    # bit above them is what it must be.
    system = [row.z << n | row.x | (wanted >> k & 1) << width for k, row in enumerate(rows)]
    pivots: list[int] = []
    for column in reversed(range(width)):
        k = len(pivots)
        chosen = next((i for i in range(k, len(system)) if system[i] >> column & 1), None)
        if chosen is None:
            continue
        system[k], system[chosen] = system[chosen], system[k]
        system = [
            row ^ system[k] if i != k and row >> column & 1 else row for i, row in enumerate(system)
        ]
        pivots.append(column)
    solution = sum((system[k] >> width & 1) << column for k, column in enumerate(pivots))
    free = [column for column in range(width) if column not in pivots]
    kernel = [
        1 << column | sum((system[k] >> column & 1) << pivot for k, pivot in enumerate(pivots))
        for column in free
    ]
    return _of_bits(n, solution), [_of_bits(n, bits) for bits in kernel]


def _of_bits(n_qubits: int, bits: int) -> SignedPauli:
    return SignedPauli(n_qubits, bits >> n_qubits, bits & ((1 << n_qubits) - 1))
