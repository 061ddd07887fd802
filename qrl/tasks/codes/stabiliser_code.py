"""Stabiliser codes: what a list of Pauli strings must fulfil, and the logical operators it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qrl.checks import shown
from qrl.circuits.objectives.code_paulis import SignedPauli
from qrl.errors import InputError
from qrl.tasks.codes import symplectic

MOST_QUBITS = 20
"""Physical and logical ones together, in `CodeOverlap.encoder`; so of one kind fewer."""


@dataclass(frozen=True, slots=True)
class StabiliserCode:
    """The states on which a group of commuting Pauli strings is 1.

    Attributes:
        stabilisers: independent generators of the group, n - k in number.
        logical_x, logical_z: k operators each; X_j anticommutes with Z_j and commutes with the rest.
    """

    stabilisers: tuple[SignedPauli, ...]
    logical_x: tuple[SignedPauli, ...]
    logical_z: tuple[SignedPauli, ...]

    @staticmethod
    def read(
        stabilisers: Sequence[str],
        logical_x: str | Sequence[str] | None = None,
        logical_z: str | Sequence[str] | None = None,
    ) -> StabiliserCode:
        """Check a code that is given by texts such as "-XZZXI".

        Args:
            stabilisers: the generators.
            logical_x, logical_z: one operator for each logical qubit; None for both: computed by a
                symplectic Gram-Schmidt procedure, pure X and pure Z for CSS codes, signs +.

        Raises:
            InputError: texts that are no Pauli strings of one length up to 20 with a real sign;
                generators that do not commute, are not independent, have -1 as a product, or leave
                no logical qubit; logical operators that do not commute with them or are no canonical pairs.
        """
        checks = _read_all(stabilisers, "stabiliser")
        _check_generators(checks)
        if (logical_x is None) != (logical_z is None):
            raise InputError(
                "Logical X and Z are given both, or neither, and computed then; got only "
                f"{'Z' if logical_x is None else 'X'}."
            )
        if logical_x is None or logical_z is None:
            return StabiliserCode(checks, *symplectic.logical_pairs(checks))
        xs, zs = _read_all(logical_x, "logical X"), _read_all(logical_z, "logical Z")
        _check_logicals(checks, xs, zs)
        return StabiliserCode(checks, xs, zs)

    @property
    def n_qubits(self) -> int:
        """Physical qubits, n."""
        return self.stabilisers[0].n_qubits

    @property
    def n_logical(self) -> int:
        """Logical qubits, k."""
        return len(self.logical_x)


def _read_all(given: str | Sequence[str], what: str) -> tuple[SignedPauli, ...]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, (list, tuple, np.ndarray)):
        raise InputError(f"Give a list of texts, one for each {what}; got {shown(texts)}.")
    if len(texts) > MOST_QUBITS:
        raise InputError(
            f"A code may have up to {MOST_QUBITS} qubits, and fewer of each {what}; got {len(texts)}."
        )
    for text in texts:  # first of all: strings of a million letters take minutes
        if isinstance(text, str) and len(text.lstrip("+-")) > MOST_QUBITS:
            raise InputError(
                f"A code may have up to {MOST_QUBITS} qubits; got a {what} of "
                f"{len(text.lstrip('+-'))} letters: {text[:MOST_QUBITS]!r}..."
            )
    return tuple(SignedPauli.read(text, what) for text in texts)


def _check_generators(checks: tuple[SignedPauli, ...]) -> None:
    if not checks:
        raise InputError("A code needs at least one stabiliser; got none.")
    n = checks[0].n_qubits
    for check in checks:
        if check.n_qubits != n:
            raise InputError(
                f"All stabilisers must have the same length; {checks[0].label!r} has {n} letters, "
                f"{check.label!r} has {check.n_qubits}."
            )
    for later, second in enumerate(checks):
        for first in checks[:later]:
            if not first.commutes(second):
                raise InputError(
                    f"Stabilisers must commute; {first.label!r} and {second.label!r} do not."
                )
    group = symplectic.Group(n)
    for check in checks:
        rest = group.reduced(check)
        if not rest.bits:
            if rest.sign < 0:
                raise InputError(
                    "No state is stabilised: -1 is a product of stabilisers, of those up to "
                    f"{check.label!r}. Check the signs."
                )
            raise InputError(
                f"Stabilisers must be independent; {check.label!r} is a product of those before "
                "it. Leave it out."
            )
        group.add(check)
    if len(checks) >= n:
        raise InputError(
            f"{len(checks)} independent stabilisers on {n} qubits fix one state and leave no "
            "logical qubit to encode. To prepare that state, use a task of state preparation."
        )


def _check_logicals(
    checks: tuple[SignedPauli, ...], xs: tuple[SignedPauli, ...], zs: tuple[SignedPauli, ...]
) -> None:
    n, k = checks[0].n_qubits, checks[0].n_qubits - len(checks)
    for what, operators in (("X", xs), ("Z", zs)):
        if len(operators) != k:
            raise InputError(
                f"{len(checks)} stabilisers on {n} qubits leave {k} logical qubits, which need as "
                f"many logical {what}; got {len(operators)}."
            )
        for operator in operators:
            if operator.n_qubits != n:
                raise InputError(
                    f"The logical {what} {operator.label!r} must have {n} letters, as the "
                    f"stabilisers; got {operator.n_qubits}."
                )
            for check in checks:
                if not operator.commutes(check):
                    raise InputError(
                        f"Logical operators must commute with every stabiliser; {operator.label!r} "
                        f"does not commute with {check.label!r}."
                    )
    numbered = [("X", j, x) for j, x in enumerate(xs)] + [("Z", j, z) for j, z in enumerate(zs)]
    for axis, i, first in numbered:
        for other, j, second in numbered:
            partners = i == j and axis != other
            if first.commutes(second) == partners:
                raise InputError(
                    f"Logical {axis}{i} ({first.label!r}) and {other}{j} ({second.label!r}) must "
                    f"{'anticommute' if partners else 'commute'}, and do not."
                )
