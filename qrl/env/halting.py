"""How long an episode may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.settings_text import Parameter, parse
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PUBLISHED = (70.0, 0.573, 25.0, 70.0)

HALTINGS: dict[str, tuple[Parameter, ...]] = {
    "none": (),
    "negative-binomial": (
        Parameter("number of failures", _PUBLISHED[0], 1e-3, 1e6),
        Parameter("probability", _PUBLISHED[1], 1e-3, 1.0),
        Parameter("shortest length", _PUBLISHED[2], 1, 10_000, whole=True),
        Parameter("longest length", _PUBLISHED[3], 1, 10_000, whole=True),
    ),
}
"""The rules, and the numbers that may follow each name."""


@dataclass(frozen=True, slots=True)
class FullLength:
    """Every episode may be as long as the longest."""

    longest: int

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Return the same length for all; nothing is drawn."""
        return np.full(count, self.longest, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """Random halting (CRLQAS, arXiv 2402.03500).

    The length is `round(scale * clip(NegativeBinomial(failures, probability), shortest, longest))`, drawn
    at the start of an episode, and not shown: an agent that may be halted at any time learns to come to
    the point early.

    Attributes:
        failures, probability: of the distribution, whose mean is failures * (1 - p) / p.
        shortest, longest: to which it is clipped.
        scale: by which the length is multiplied.
    """

    failures: float
    probability: float
    shortest: int
    longest: int
    scale: float = 1.0

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Return the lengths of `count` episodes, at least 1 each."""
        drawn = rng.negative_binomial(self.failures, self.probability, size=count)
        lengths = self.scale * np.clip(drawn, self.shortest, self.longest)
        whole: NDArray[np.int64] = np.maximum(np.rint(lengths), 1).astype(np.int64)
        return whole


def check_halting(text: str) -> tuple[str, tuple[float, ...]]:
    """Read a rule and its numbers.

    Raises:
        InputError: unknown rule, numbers out of range, or a shortest length above the longest.
    """
    name, numbers = parse("halting", text, HALTINGS)
    if numbers and numbers[2] > numbers[3]:
        raise InputError(
            "The shortest length of random halting must not be above the longest; got "
            f"{numbers[2]:.0f} and {numbers[3]:.0f}."
        )
    return name, numbers


def make_halting(text: str, max_gates: int) -> FullLength | NegativeBinomial:
    """Build the rule that a setting names.

    Args:
        text: "none", "negative-binomial" (the published numbers, whose longest length is scaled to
            `max_gates`) or "negative-binomial:failures,probability,shortest,longest", taken as they
            stand.
        max_gates: no episode is longer.

    Raises:
        InputError: unknown rule, numbers out of range, or a length that no episode can have.
    """
    name, numbers = check_halting(text)
    if name == "none":
        return FullLength(max_gates)
    failures, probability, shortest, longest = numbers
    if ":" in text and longest > max_gates:
        raise InputError(
            f"The longest length of random halting must be at most max_gates = {max_gates}; got "
            f"{longest:.0f}. Raise max_gates, or write 'negative-binomial' alone for the published "
            "distribution scaled to max_gates."
        )
    scale = 1.0 if ":" in text else max_gates / _PUBLISHED[3]
    return NegativeBinomial(failures, probability, int(shortest), int(longest), scale)
