"""Pair excitations: both electrons of an orbital move to another one.

In states made of them, the two electrons of an orbital are there or not together. So the circuit works
on pairs, one mode for each orbital, in as many qubits as that takes, and copies the result to the
others by CNOTs at the end. A pair that moves between orbitals which nothing has touched yet costs one
rotation RY and a CNOT for each further qubit that it flips; the first pair of four qubits in the
Jordan-Wigner mapping thus takes 3 CNOTs and 1 rotation. Pairs have no exchange signs: two of them
never meet in one orbital, and what they pass comes in twos.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.ground_states.excitation_circuits import exponential, flips
from qrl.tasks.ground_states.mappings import Electrons, Encoding, Terms, pauli_labels
from qrl.tasks.tied_circuit import (
    Minimum,
    Step,
    TiedCircuit,
    cancel_inverses,
    minimise,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qrl.circuits.engines import Engine
    from qrl.tasks.task import Task

Pair = tuple[int, int]
"""The orbital that two electrons leave and the one they go to."""

SMALLEST_GAIN = 1e-4
"""Hartree, a sixteenth of chemical accuracy; pairs that gain less are not worth their CNOTs."""


@dataclass(frozen=True)
class PairRegister:
    """The qubits on which pairs are moved, and how the other qubits follow from them.

    Attributes:
        encoding: of one mode for each orbital in the primary qubits.
        primary: for each of its qubits the qubit of the problem.
        copies: for each other qubit the primary qubits whose parity it holds, up to a constant.
    """

    encoding: Encoding
    primary: tuple[int, ...]
    copies: tuple[tuple[int, tuple[int, ...]], ...]


def pair_register(electrons: Electrons) -> PairRegister:
    """Choose the first independent qubits as primary ones."""
    n = electrons.n_orbitals
    everything = (1 << n) - 1
    occupied = (1 << electrons.up) - 1

    def folded(mask: int) -> int:
        return (mask & everything) ^ (mask >> n)

    # Each reduced vector remembers which primary qubits it is made of.
    reduced: list[tuple[int, int]] = []

    def left(mask: int) -> tuple[int, int]:
        parts = 0
        for vector, combination in reduced:
            if mask ^ vector < mask:
                mask, parts = mask ^ vector, parts ^ combination
        return mask, parts

    fixed = []
    for mask, _ in electrons.encoding.fixed:
        vector, _ = left(folded(mask))
        if vector:
            reduced.append((vector, 0))
            reduced.sort(reverse=True)
            fixed.append((vector, (vector & occupied).bit_count() % 2))
    primary: list[int] = []
    copies = []
    for qubit, row in enumerate(electrons.encoding.rows):
        vector, parts = left(folded(row))
        if vector:
            reduced.append((vector, parts | 1 << len(primary)))
            reduced.sort(reverse=True)
            primary.append(qubit)
        else:
            copies.append((qubit, tuple(p for k, p in enumerate(primary) if parts >> k & 1)))
    rows = tuple(folded(electrons.encoding.rows[qubit]) for qubit in primary)
    return PairRegister(Encoding(n, rows, tuple(fixed)), tuple(primary), tuple(copies))


def pairs_of(electrons: Electrons) -> list[Pair]:
    """Return the pair excitations of the Hartree-Fock determinant that its symmetries allow."""
    register = pair_register(electrons)
    return [
        (i, a)
        for i in range(electrons.down)
        for a in range(electrons.up, electrons.n_orbitals)
        if register.encoding.encode(_generator((i, a)))
    ]


def pair_circuit(electrons: Electrons, pairs: Sequence[Pair]) -> TiedCircuit:
    """Return the circuit of pair excitations on the Hartree-Fock determinant, in their order.

    Args:
        electrons: of the molecule.
        pairs: the excitations; each has a parameter of its own.
    """
    register = pair_register(electrons)
    encoding = register.encoding
    bits = electrons.label[::-1]
    steps: list[Step] = []
    moved_orbitals: set[int] = set()
    moved: set[int] = set()  # qubits of the register
    for parameter, (i, a) in enumerate(pairs):
        flipped = [k for k, row in enumerate(encoding.rows) if (row >> i ^ row >> a) & 1]
        fresh = [k for k in flipped if k not in moved]
        if fresh and not {i, a} & moved_orbitals:
            pivot = min(fresh, key=lambda k: bits[register.primary[k]])
            steps += _first_move(pivot, flipped, parameter, bits[register.primary[pivot]])
        else:
            steps += _general_move(encoding, (i, a), parameter)
        moved_orbitals |= {i, a}
        moved |= set(flipped)
    placed = [
        step._replace(qubits=tuple(register.primary[k] for k in step.qubits)) for step in steps
    ]
    sources = {register.primary[k] for k in moved}
    # What a copy does at zero angles is undone by a flip, so that the determinant comes out.
    for qubit, parts in register.copies:
        for source in parts:
            if source in sources:
                placed.append(Step("cx", (source, qubit)))
                placed += [Step("x", (qubit,))] * (bits[source] == "1")
    steps = cancel_inverses([*flips(electrons.label), *placed])
    return TiedCircuit.of(len(bits), steps, len(pairs))


@timed
def pair_excitations(
    task: Task, electrons: Electrons, *, smallest_gain: float = SMALLEST_GAIN
) -> Baseline:
    """Return what pair excitations reach, added in the order of their gain.

    In every round each remaining pair is tried at the end of the circuit with all parameters tuned
    anew, and the best is kept.

    Args:
        task: the molecule.
        electrons: of the molecule; as many with spin up as with spin down.
        smallest_gain: hartree; the first round that gains less is not kept.
    """
    engine: Engine = make_engine("exact", task.objective)
    chosen: list[Pair] = []
    tied = pair_circuit(electrons, chosen)
    best = Minimum(np.zeros(0), engine.value(tied.circuit), 1)
    evaluations, left = 1, pairs_of(electrons)
    while left:
        trials = []
        for pair in left:
            trial = pair_circuit(electrons, [*chosen, pair])
            trials.append((trial, minimise(engine, trial, np.append(best.parameters, 0.0))))
        evaluations += sum(found.evaluations for _, found in trials)
        index = min(range(len(left)), key=lambda k: trials[k][1].cost)
        if trials[index][1].cost > best.cost - smallest_gain:
            break
        tied, best = trials[index]
        chosen.append(left.pop(index))
    return Baseline(best.cost, tied.at(best.parameters), evaluations=evaluations)


def _generator(pair: Pair) -> Terms:
    """Return b^dagger_a b_i - b^dagger_i b_a = X_i X_a (Z_a - Z_i) / 2, for pairs b."""
    i, a = (1 << mode for mode in pair)
    return {(i | a, a): 0.5, (i | a, i): -0.5}


def _first_move(pivot: int, flipped: Sequence[int], parameter: int, bit: str) -> list[Step]:
    """Return the move of a pair that is surely there: RY on a qubit of known value, and CNOTs."""
    steps = [Step("ry", (pivot,), parameter, -2.0 if bit == "1" else 2.0)]
    for qubit in flipped:
        if qubit != pivot:
            steps += [Step("x", (qubit,))] * (bit == "1")
            steps.append(Step("cx", (pivot, qubit)))
    return steps


def _general_move(encoding: Encoding, pair: Pair, parameter: int) -> list[Step]:
    labels = pauli_labels(encoding.encode(_generator(pair)), encoding.n_qubits)
    terms = tuple(sorted((label, (1j * value).real) for label, value in labels.items()))
    return exponential(terms, parameter)
