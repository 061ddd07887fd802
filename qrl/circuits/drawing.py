"""Drawings of circuits, as text and as matplotlib figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qrl.circuits.convert.qiskit import to_qiskit
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from qiskit import QuantumCircuit

    from qrl.circuits.circuit import Circuit

_TEXT_WIDTH = 100
_LAYERS_PER_ROW = 20
_INCHES_PER_LAYER = 0.65


def draw(circuit: Circuit, output: str = "text") -> str | Figure:
    """Draw a circuit, with angles in radians rounded to 3 digits.

    Multiples of pi/12 are shown as such, and less than 0.0005 as 0.

    Args:
        circuit: the circuit to draw.
        output: "text" for a string of at most 100 columns, "mpl" for a matplotlib figure.

    Raises:
        InputError: another output.
    """
    if output == "text":
        drawing = _shown(circuit).draw(output="text", fold=_TEXT_WIDTH, **_options())
        return str(drawing)
    if output == "mpl":
        return _figure(_shown(circuit))
    raise unknown_name("output", str(output), ("text", "mpl"))


def _figure(circuit: QuantumCircuit) -> Figure:
    # Qiskit sizes only the figures that it makes through pyplot, which would stay registered
    # there. A first drawing tells the extent, the second one is made on a figure of that size.
    width, height = 1.0, 1.0
    for _ in range(2):
        figure = _bare_figure(width, height)
        axes = figure.axes[0]
        circuit.draw(output="mpl", ax=axes, fold=_LAYERS_PER_ROW, **_options())
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        width = _INCHES_PER_LAYER * (right - left)
        height = _INCHES_PER_LAYER * (top - bottom)
    return figure


def _bare_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    figure.add_axes((0.0, 0.0, 1.0, 1.0))
    return figure


def _options() -> dict[str, Any]:
    # Given in full, so that a user's Qiskit settings do not turn the qubits round.
    return {"reverse_bits": False, "idle_wires": True, "initial_state": False}


def _shown(circuit: Circuit) -> QuantumCircuit:
    return to_qiskit(circuit.with_angles([_rounded(angle) for angle in circuit.angles]))


def _rounded(angle: float) -> float:
    twelfths = angle * 12 / math.pi
    if abs(twelfths) < 1e6 and abs(twelfths - round(twelfths)) < 1e-9:
        return round(twelfths) * math.pi / 12
    # Qiskit's drawers would show 5 digits in text, 3 in figures; tiny angles only widen the boxes.
    if abs(angle) < 5e-4:
        return 0.0
    # Qiskit multiplies by pi to look for fractions, which overflows on the largest doubles.
    return float(f"{min(1e300, max(-1e300, angle)):.3g}")
