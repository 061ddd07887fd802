"""What is measured for an objective: settings of the machine, and how their counts are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from qrl.circuits.engines import memory
from qrl.circuits.engines.expansion import Reading, derivative_of, expand, value_of
from qrl.circuits.engines.probabilities import (
    outcomes_of,
    read_out,
    read_success,
    readout_errors,
    scores_of,
)
from qrl.circuits.measurement import (
    Diagonal,
    diagonalise,
    estimate_dephased_purity,
    group,
    outcome_values,
)
from qrl.circuits.objectives import Infidelity
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Head, Objective

    Numbers = NDArray[np.float64]

Read = TypeVar("Read")
_BLOCK = 1 << 22
"""Numbers that are worked on at once."""


class Settings(Protocol[Read]):
    """The settings of an objective, each a circuit with a number of shots of its own.

    Attributes:
        norms: of what each setting measures, shape (settings,), in the unit of the cost.
        least: shots that each setting needs.
    """

    norms: Numbers
    least: int

    def measure(self, circuit: Circuit, shots: NDArray[np.int64], rng: np.random.Generator) -> Read:
        """Run each setting `shots` times, shape (settings,), and return what was read."""
        ...

    def estimate(self, here: Read) -> tuple[float, float]:
        """Return the cost and the variance of that number."""
        ...

    def derivative(self, here: Read, ahead: Read, behind: Read) -> tuple[float, float]:
        """Return a derivative from readings at an angle, and turned by plus and minus pi / 2."""
        ...


class ExpectationSettings:
    """Settings of heads made of expectation values: groups of commuting Pauli strings.

    Observables of a smooth head are measured together: a group holds strings of any of them.
    """

    def __init__(
        self, objective: Objective, grouping: str, noise: NoiseModel | None, threads: int | None
    ) -> None:
        self._head = head = objective.head()
        n = head.n_qubits
        linear = head.kind == "linear"
        self.least = 1 if linear else 2
        self._weights = _shares(head) if linear else head.weights
        states = None if head.inputs is None else objective.inputs
        self._outcomes = outcomes_of(states, n, noise, threads)
        self._errors = readout_errors(noise, n)
        per_input = linear and len(head.observables) > 1
        measured = [(o,) for o in head.observables] if linear else [head.observables]
        identities = [[o.identity_weight for o in together] for together in measured]
        repeats = 1 if per_input else head.n_inputs
        self._constants = np.array(identities * repeats, dtype=np.float64)
        bases: dict[object, int] = {}
        places: list[tuple[int, int, int]] = []
        tables: list[Numbers] = []
        norms: list[float] = []
        self._bases: list[Circuit] = []
        for which, together in enumerate(measured):
            for diagonal, values in _diagonals(together, grouping):
                basis = bases.setdefault(diagonal.circuit.gates, len(bases))
                if basis == len(self._bases):
                    self._bases.append(diagonal.circuit)
                for k in [which] if per_input else range(head.n_inputs):
                    if self._weights[k] > 0.0:
                        places.append((k, basis, len(tables)))
                        norms.append(self._weights[k] * float(np.linalg.norm(values)))
                tables.append(_tables(diagonal, values))
        self._inputs, self._basis, self._table = np.array(places, dtype=np.int64).reshape(-1, 3).T
        shape = (len(tables), self._constants.shape[1], 1 << n)
        self._tables = np.array(tables).reshape(shape)
        self._spread = np.ptp(self._tables, axis=2) ** 2 / 4.0
        self.norms = np.array(norms)

    def measure(
        self, circuit: Circuit, shots: NDArray[np.int64], rng: np.random.Generator
    ) -> Reading:
        """Run each setting and return the estimates of all expectation values."""
        mean = self._constants.copy()
        covariance = np.zeros((*mean.shape, mean.shape[1]))
        p = np.array([self._outcomes.probabilities(circuit, basis) for basis in self._bases])
        block = max(1, _BLOCK // (self._tables.shape[1] * self._tables.shape[2]))
        for first in range(0, len(shots), block):
            part = slice(first, first + block)
            inputs, n = self._inputs[part], shots[part]
            read = read_out(p[self._basis[part], inputs], self._errors)
            counts = rng.multinomial(n, read).astype(np.float64)
            which = self._table[part]
            tables = self._tables[which]
            each = np.matmul(tables, counts[:, :, None])[:, :, 0] / n[:, None]
            # Two passes: a difference of moments would lose the variance near an eigenstate.
            rest = tables - each[:, :, None]
            squares = np.matmul(rest * counts[:, None, :], rest.transpose(0, 2, 1))
            spread = squares / np.maximum(n - 1, 1)[:, None, None]
            alone = n == 1  # has no sample variance: take the largest that there can be
            spread[alone] = self._spread[which[alone], :, None] * np.eye(mean.shape[1])
            np.add.at(mean, inputs, each)
            np.add.at(covariance, inputs, spread / n[:, None, None])
        return Reading(mean, covariance)

    def estimate(self, here: Reading) -> tuple[float, float]:
        """Return the cost and the variance of that number."""
        return value_of(expand(self._head, self._weights, here.mean), here.covariance)

    def derivative(self, here: Reading, ahead: Reading, behind: Reading) -> tuple[float, float]:
        """Return a derivative and the variance of that number."""
        at = expand(self._head, self._weights, here.mean)
        return derivative_of(at, here.covariance, ahead, behind)


class OverlapSettings:
    """Settings of overlaps: for each input, trials of whether the output is the target.

    A trial runs the circuit, then the inverse of one that makes the target, and succeeds where all
    bits are 0; for a process, on both halves of maximally entangled pairs.
    """

    least = 1

    def __init__(self, objective: Objective, noise: NoiseModel | None, threads: int | None) -> None:
        head = objective.head()
        assert head.target is not None
        inputs, n = head.inputs, head.n_qubits
        sizes = np.linalg.norm(head.target, axis=1) * np.sqrt(_shares(head))
        self._offset = head.offset
        self._errors = readout_errors(noise, n)
        self._n_outcomes = (4 if head.coherent else 2) ** n
        if head.coherent:
            # One trial on entangled registers.
            self._scores = [scores_of(objective, noise, threads)]
            self._best, self._top = np.array([sizes.sum() ** 2]), np.array([head.offset])
        else:
            kept = np.flatnonzero(sizes)
            targets = [head.target[k] / np.linalg.norm(head.target[k]) for k in kept]
            states = [None if inputs is None else objective.inputs[k] for k in kept]
            pairs = zip(targets, states, strict=True)
            self._scores = [scores_of(Infidelity(t, s), noise, threads) for t, s in pairs]
            self._best, self._top = sizes[kept] ** 2, np.ones(len(kept))
        self._unit = self._best if head.coherent else np.ones(len(self._best))
        self.norms = self._best

    def measure(
        self, circuit: Circuit, shots: NDArray[np.int64], rng: np.random.Generator
    ) -> Reading:
        """Run each setting and return the shares of successes."""
        costs = np.array([scores.value(circuit) for scores in self._scores])
        p = read_success((self._top - costs) / self._unit, self._errors, self._n_outcomes)
        share = rng.binomial(shots, p) / shots
        variance = np.where(shots > 1, share * (1.0 - share) / np.maximum(shots - 1, 1), 0.25)
        return Reading(share[:, None], variance[:, None, None])

    def estimate(self, here: Reading) -> tuple[float, float]:
        """Return the cost and the variance of that number."""
        value = self._offset - float(self._best @ here.mean[:, 0])
        return value, float(self._best**2 @ here.covariance[:, 0, 0])

    def derivative(self, here: Reading, ahead: Reading, behind: Reading) -> tuple[float, float]:
        """Return a derivative and the variance of that number."""
        (above, first), (below, second) = self.estimate(ahead), self.estimate(behind)
        return 0.5 * (above - below), 0.25 * (first + second)


class DephasingSettings:
    """The one setting of a dephasing gap: all qubits of the mixture, in the computational basis."""

    least = 2

    def __init__(self, objective: Objective, noise: NoiseModel | None, threads: int | None) -> None:
        head = objective.head()
        self._offset = head.offset
        self._shares = _shares(head)
        states = None if head.inputs is None else objective.inputs
        self._outcomes = outcomes_of(states, head.n_qubits, noise, threads)
        self._errors = readout_errors(noise, head.n_qubits)
        self.norms = np.ones(1)

    def measure(
        self, circuit: Circuit, shots: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return the counts of the outcomes, shape (2**n,)."""
        p = read_out((self._shares @ self._outcomes.probabilities(circuit))[None], self._errors)
        return rng.multinomial(int(shots[0]), p[0])

    def estimate(self, here: NDArray[np.int64]) -> tuple[float, float]:
        """Return the cost and the variance of that number."""
        purity = estimate_dephased_purity(here)
        return self._offset - purity.value, purity.standard_error**2

    def derivative(
        self, here: NDArray[np.int64], ahead: NDArray[np.int64], behind: NDArray[np.int64]
    ) -> tuple[float, float]:
        """Return a derivative and the variance of that number.

        Probabilities are sinusoids of the angle, so that the derivative is minus the sum of
        `p_i (p_i(ahead) - p_i(behind))`; counts of three runs are independent.
        """
        p, q, r = (counts / counts.sum() for counts in (here, ahead, behind))
        pairs = ((p, q - r, here), (q, p, ahead), (r, p, behind))
        variance = sum(
            float(share @ values**2 - (share @ values) ** 2) / (counts.sum() - 1)
            for share, values, counts in pairs
        )
        return -float(p @ (q - r)), float(variance)


def settings_of(
    objective: Objective, grouping: str, noise: NoiseModel | None, threads: int | None
) -> ExpectationSettings | OverlapSettings | DephasingSettings:
    """Return the settings that an objective's head asks for."""
    kind = objective.head().kind
    if kind == "overlap":
        return OverlapSettings(objective, noise, threads)
    if kind == "dephasing":
        return DephasingSettings(objective, noise, threads)
    return ExpectationSettings(objective, grouping, noise, threads)


def _shares(head: Head) -> Numbers:
    """Return the weight of each input: its squared norm."""
    if head.inputs is None:
        return np.ones(1)
    shares: Numbers = np.sum(np.abs(head.inputs) ** 2, axis=1)
    return shares


def _diagonals(together: tuple[PauliSum, ...], grouping: str) -> list[tuple[Diagonal, Numbers]]:
    """Group the strings of observables, and give each string's weight in each observable.

    Returns:
        Pairs of a group in its basis and weights of shape (observables, labels).
    """
    terms = [dict(o.terms()) for o in together]
    labels = list(dict.fromkeys(label for part in terms for label in part))
    size = [float(np.hypot.reduce([part.get(x, 0.0) for part in terms])) for x in labels]
    groups = group(PauliSum(tuple(labels), tuple(size)), grouping)
    needed = 8 * len(groups) * len(together) << together[0].n_qubits
    # Tables, their copy in a block, and the probabilities.
    if 3 * needed > memory.available():
        raise InputError(
            f"The tables of outcomes of {len(groups)} groups on {together[0].n_qubits} qubits need "
            f"{memory.gibibytes(3 * needed)}, and {memory.gibibytes(memory.available())} are "
            "available. Use fewer qubits."
        )
    return [
        (diagonalise(g), np.array([[part.get(x, 0.0) for x in g.labels] for part in terms]))
        for g in groups
    ]


def _tables(diagonal: Diagonal, weights: Numbers) -> Numbers:
    """Return the values of each outcome, shape (observables, 2**n)."""
    return np.array([outcome_values(replace(diagonal, weights=row)) for row in weights])
