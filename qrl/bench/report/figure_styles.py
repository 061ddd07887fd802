"""How agents look in figures: as on the page, by color, dash and marker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Okabe and Ito's colors, darkened where white paper needs it, as in page.css.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#b3478c", "#b07d00", "#3b93c8", "#6a4fb3")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2.5)), (0, (1.5, 1.8)), (0, (7, 2, 1.5, 2)))
_MARKERS = "os^Dv+P"
_RANDOM = "#767d86"


@dataclass(frozen=True, slots=True)
class Style:
    """The look of an agent."""

    color: str
    dash: Any
    marker: str

    hollow: bool = False

    @property
    def point(self) -> dict[str, Any]:
        """Arguments of matplotlib's markers."""
        fill = "none" if self.hollow else "full"
        return {"color": self.color, "marker": self.marker, "fillstyle": fill, "markersize": 5}

    @property
    def line(self) -> dict[str, Any]:
        """Arguments of matplotlib's lines."""
        return {"color": self.color, "linestyle": self.dash, "linewidth": 1.6}


def styles(agents: Sequence[str], random: frozenset[str]) -> dict[str, Style]:
    """Return the look of each agent; random search is grey and dashed.

    Args:
        agents: in the order of the report.
        random: those that search at random.
    """
    found, own = {}, 0
    for agent in agents:
        if agent in random:
            found[agent] = Style(_RANDOM, (0, (4, 3)), "o", hollow=True)
            continue
        dash = _DASHES[(own % len(_COLORS) + own // len(_COLORS)) % len(_DASHES)]
        found[agent] = Style(_COLORS[own % len(_COLORS)], dash, _MARKERS[own % len(_MARKERS)])
        own += 1
    return found
