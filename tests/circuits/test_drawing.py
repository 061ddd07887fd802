"""Drawings as text and as figures."""

import io
import math
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from strategies import circuits

from qrl.circuits.circuit import Circuit
from qrl.circuits.drawing import draw
from qrl.errors import InputError

BELL = Circuit(2).append("h", 0).append("cx", 0, 1)
LONG = Circuit(3, tuple(("cx", (k % 3, (k + 1) % 3)) for k in range(40)))  # type: ignore[arg-type]


def test_text_of_a_bell_circuit() -> None:
    lines = [
        "     ┌───┐     ",
        "q_0: ┤ H ├──■──",
        "     └───┘┌─┴─┐",
        "q_1: ─────┤ X ├",
        "          └───┘",
    ]
    assert BELL.draw() == "\n".join(lines)


@pytest.mark.parametrize("n_qubits", [1, 3])
def test_empty_circuits_can_be_drawn(n_qubits: int) -> None:
    text = draw(Circuit(n_qubits))
    assert isinstance(text, str)
    assert text.count("q") == n_qubits
    assert isinstance(draw(Circuit(n_qubits), "mpl"), Figure)


def test_long_circuits_fold_at_100_columns() -> None:
    lines = draw(LONG).splitlines()  # type: ignore[union-attr]
    assert 80 < max(map(len, lines)) <= 100
    assert sum("q_0:" in line for line in lines) > 1


@pytest.mark.parametrize(
    ("angle", "shown"),
    [
        (1.23456789, "Rx(1.23)"),
        (-0.0123456, "Rx(-0.0123)"),
        (-1e-9, "Rx(0)"),
        (math.pi / 2, "Rx(π/2)"),
        (-math.pi / 3, "Rx(-π/3)"),
        (math.pi / 2 + 1e-3, "Rx(1.57)"),
    ],
)
def test_angles_are_rounded(angle: float, shown: str) -> None:
    circuit = Circuit(1).append("rx", 0, angle=angle)
    assert shown in circuit.draw()
    assert circuit.angles == (angle,)


@given(circuits(angle=st.floats(allow_nan=False, allow_infinity=False)))
@settings(deadline=None, max_examples=30)
def test_every_circuit_can_be_drawn_as_text(circuit: Circuit) -> None:
    lines = circuit.draw().splitlines()
    assert max(map(len, lines)) <= 100
    wires = {line.lstrip("«").split(":")[0] for line in lines if line.lstrip("«").startswith("q")}
    assert len(wires) == circuit.n_qubits


def test_figure_leaves_no_pyplot_state() -> None:
    before = plt.get_fignums()
    figure = draw(BELL, "mpl")
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == before
    words = {text.get_text() for text in figure.axes[0].texts}
    assert any("H" in word for word in words)


def test_figure_can_be_saved_and_grows_with_the_circuit() -> None:
    buffer = io.BytesIO()
    figure = draw(BELL, "mpl")
    assert isinstance(figure, Figure)
    figure.savefig(buffer, format="png")
    assert buffer.getvalue().startswith(b"\x89PNG")
    longer = draw(LONG, "mpl")
    assert isinstance(longer, Figure)
    assert longer.get_figwidth() > figure.get_figwidth()
    assert longer.get_figwidth() < 16
    assert longer.get_figheight() > 2 * figure.get_figheight()


def test_figure_needs_no_display() -> None:
    code = (
        "from qrl.circuits.circuit import Circuit\n"
        "import io\n"
        "Circuit(2).append('cx', 0, 1).draw('mpl').savefig(io.BytesIO())\n"
        "from matplotlib import pyplot\n"
        "assert pyplot.get_fignums() == []\n"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_unknown_output_is_refused() -> None:
    with pytest.raises(InputError, match=r"Unknown output 'mlp'\. Did you mean 'mpl'"):
        draw(BELL, "mlp")
