"""Circuits on a page: the drawing and what is said of it, and how much of it there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.bench.report.circuit_svg import MOST_GATES, circuit_svg
from qrl.bench.report.html import element, sentences

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

GATES_OF_A_PAGE = 8000
"""All circuits of a page together; 200 bytes each."""
LEAST_GATES = 24

CONVENTIONS = "Qubit 0 is at the top and the lowest bit; angles in radians."


def circuit_figure(
    circuit: Circuit, name: str, said: str, most: int, *, agent: int | None = None
) -> str:
    """Return a circuit in a box of its own that scrolls, with a sentence above it.

    Args:
        circuit: to draw.
        name: for screen readers.
        said: its figures.
        most: gates that are drawn.
        agent: its number, for the page's filter.
    """
    if len(circuit) > most:
        said += f" The first {most} of {len(circuit)} gates are drawn."
    drawing = circuit_svg(circuit, name, most=most)
    box = element("div", drawing, class_="scroll", tabindex=0, role="region", aria_label=name)
    return element("figure", element("figcaption", sentences(said)), box, data_agent=agent)


def gates_each(circuits: int) -> int:
    """Return how many gates of each circuit are drawn, so that a page stays small.

    Args:
        circuits: how many are on it.
    """
    return max(LEAST_GATES, min(MOST_GATES, GATES_OF_A_PAGE // max(1, circuits)))
