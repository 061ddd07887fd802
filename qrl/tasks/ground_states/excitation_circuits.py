"""Circuits of excitations, made of CNOTs and rotations RY.

All strings of one excitation flip the same qubits. CNOTs from one of these, the pivot, to the others
turn the strings into Y on the pivot times Z on further qubits; what is left are rotations RY of the
pivot with CNOTs between them that change the Z part, in the order of a Gray code. A double excitation
of neighbouring orbitals takes 14 CNOTs, where a ladder of CNOTs for each of its 8 strings takes 48
(compare Yordanov, Arvidsson-Shukur and Barnes, arXiv 2005.14475, who reach 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from operator import xor
from typing import TYPE_CHECKING

from qrl.circuits.pauli import masks
from qrl.tasks.tied_circuit import Step, TiedCircuit, cancel_inverses

if TYPE_CHECKING:
    from qrl.tasks.ground_states.excitations import Excitation


def excitation_circuit(label: str, moves: Sequence[Excitation]) -> TiedCircuit:
    """Return the circuit of excitations that act on a basis state, the first one first.

    Args:
        label: the basis state, leftmost letter the highest qubit.
        moves: excitations in the order in which they act; each has a parameter of its own, theta in
            exp(theta (T - T^dagger)).
    """
    steps = flips(label)
    for parameter, move in enumerate(moves):
        steps += exponential(move.terms, parameter)
    return TiedCircuit.of(len(label), cancel_inverses(steps), len(moves))


def flips(label: str) -> list[Step]:
    """Return the gates that prepare a basis state."""
    return [Step("x", (qubit,)) for qubit, bit in enumerate(reversed(label)) if bit == "1"]


def exponential(terms: tuple[tuple[str, float], ...], parameter: int) -> list[Step]:
    """Return the gates of exp(-i theta sum c P).

    Args:
        terms: pairs (P, c) of commuting strings that flip the same qubits and have an odd number of
            letters Y each, as those of an excitation do.
        parameter: index of theta.
    """
    return [
        step if step.parameter is None else step._replace(parameter=parameter)
        for step in _exponential(terms)
    ]


@cache
def _exponential(terms: tuple[tuple[str, float], ...]) -> tuple[Step, ...]:
    givens = _givens(terms)
    if givens:
        return givens
    flipped = masks(terms[0][0])[0]
    candidates = [_around(pivot, terms) for pivot in _bits(flipped)]
    return min(candidates, key=len)


def _around(pivot: int, terms: tuple[tuple[str, float], ...]) -> tuple[Step, ...]:
    """Return the gates of the exponential, with all rotations on one qubit."""
    flipped, here = masks(terms[0][0])[0], 1 << pivot
    spread = [Step("cx", (pivot, qubit)) for qubit in _bits(flipped & ~here)]
    weights: dict[int, float] = {}
    for label, weight in terms:
        _, z, phase = masks(label)
        # i^y X^x Z^z becomes i^y X Z = i^(y - 1) Y on the pivot, times Z on the others.
        weights[z & ~here] = (phase / 1j).real * weight
    steps, at = list(spread), 0
    for signs in _tour(tuple(sorted(weights))):
        steps += [Step("cx", (qubit, pivot)) for qubit in _bits(at ^ signs)]
        steps.append(Step("ry", (pivot,), 0, 2.0 * weights[signs]))
        at = signs
    steps += [Step("cx", (qubit, pivot)) for qubit in _bits(at)]
    return (*steps, *reversed(spread))


def _givens(terms: tuple[tuple[str, float], ...]) -> tuple[Step, ...]:
    """Return exp(-i theta c (X_a Y_b - Y_a X_b)) with two CNOTs; nothing for other exponents.

    CNOT and H turn Y_a into -Y_a X_b and Y_b into X_a Y_b.
    """
    weights = {label.replace("I", ""): weight for label, weight in terms}
    if len(terms) != 2 or set(weights) != {"XY", "YX"} or abs(sum(weights.values())) > 1e-12:
        return ()
    a, b = _bits(masks(terms[0][0])[0])
    if masks(terms[1][0])[0] != 1 << a | 1 << b:
        return ()
    turn = [Step("ry", (qubit,), 0, 2.0 * weights["YX"]) for qubit in (a, b)]
    change = [Step("h", (a,)), Step("cx", (a, b))]
    return (*change, *turn, *reversed(change))


@cache
def _tour(places: tuple[int, ...]) -> tuple[int, ...]:
    """Order bit masks so that neighbours differ in few bits, from 0 and back to 0.

    Where they form an affine space over GF(2), as for a whole excitation, the order is a Gray code.
    """
    first = min(places, key=int.bit_count)
    basis: list[int] = []
    spanned = {0}
    for step in sorted((first ^ place for place in places), key=lambda s: (s.bit_count(), s)):
        if step not in spanned:
            basis.append(step)
            spanned |= {step ^ other for other in spanned}
    codes = [k ^ k >> 1 for k in range(1 << len(basis))]
    order = [reduce(xor, (basis[j] for j in _bits(code)), first) for code in codes]
    return tuple(order) if sorted(order) == sorted(places) else places


def _bits(mask: int) -> list[int]:
    return [k for k in range(mask.bit_length()) if mask >> k & 1]
