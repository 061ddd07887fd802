"""Settings judged by seeds that took no part in choosing them.

The best of many trials is partly the luckiest one: its error on the seeds that chose it is too low (the
winner's curse). What tuning gained is told by other seeds alone, and by as many for the defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from qrl.bench.tuning.objective import Figures
from qrl.bench.tuning.trial import Attempt, Refused, plain
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.bench.tuning.plan import Plan
    from qrl.bench.tuning.space import Settings

MOST_OF_FRONT = 5
"""Circuits of a front whose settings are judged again, spread over their CNOTs."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Settings and what they reached.

    Attributes:
        trial: its number.
        is_default: whether these are the defaults.
        settings: by section and name.
        found: on the seeds of the trials.
        fresh: on fresh seeds; empty where there were none.
    """

    trial: int
    is_default: bool
    settings: Settings
    found: tuple[Figures, ...]
    fresh: tuple[Figures, ...] = ()

    @property
    def error(self) -> float:
        """Median error on the seeds of the trials, in the task's unit."""
        return median(one.error for one in self.found)

    @property
    def fresh_error(self) -> float | None:
        """Median error on fresh seeds, in the task's unit; None where there were none."""
        return median(one.error for one in self.fresh) if self.fresh else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "trial": self.trial,
            "is_default": self.is_default,
            "settings": self.settings,
            "median_error": self.error,
            "median_fresh_error": self.fresh_error,
            "found": plain(list(self.found)),
            "fresh": plain(list(self.fresh)),
        }


def judge_again(
    plan: Plan, chosen: Judged, say: Callable[[str], None], stopped: Callable[[], bool]
) -> Judged:
    """Search with fresh seeds; runs that are there already are taken as they are.

    Raises:
        InputError: the search breaks down.
        Stopped: the user ended it.
    """
    name = "the defaults" if chosen.is_default else f"the settings of trial {chosen.trial}"
    if not plan.fresh_seeds:
        return chosen
    say(f"{len(plan.fresh_seeds)} fresh seeds for {name}")
    folder = plan.folder / "fresh" / f"trial-{chosen.trial}"
    try:
        fresh = Attempt(plan, chosen.settings, folder, stopped).run(plan.fresh_seeds)
    except Refused as cause:
        raise InputError(f"On fresh seeds, {name} broke down: {cause}") from cause
    return Judged(chosen.trial, chosen.is_default, chosen.settings, chosen.found, tuple(fresh))


def p_value(first: Judged, second: Judged, height: Callable[[float], float]) -> float | None:
    """Return the two-sided p-value of Mann and Whitney's test on the errors of fresh seeds.

    None where there are no fresh seeds. H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18, 50 (1947).

    Args:
        first, second: settings and what they reached.
        height: of an error, equal for errors whose difference means nothing.
    """
    from scipy.stats import mannwhitneyu

    a, b = ([height(one.error) for one in judged.fresh] for judged in (first, second))
    if not a or not b:
        return None
    if len({*a, *b}) == 1:  # the test divides by the spread
        return 1.0
    return float(mannwhitneyu(a, b, alternative="two-sided").pvalue)


def spread_over(front: list[Judged]) -> list[Judged]:
    """Return a few members of a front, first and last among them."""
    if len(front) <= MOST_OF_FRONT:
        return front
    last = len(front) - 1
    places = {round(k * last / (MOST_OF_FRONT - 1)) for k in range(MOST_OF_FRONT)}
    return [front[place] for place in sorted(places)]
