"""Drawings of circuits, read back as XML."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from strategies import circuits

from qrl.bench.report.angles import angle_text
from qrl.bench.report.circuit_svg import ROW_WIDTH, circuit_svg
from qrl.circuits.circuit import Circuit

SVG = "{http://www.w3.org/2000/svg}"


def gates_of(text: str) -> list[ElementTree.Element]:
    return [g for g in ElementTree.fromstring(text).iter(f"{SVG}g") if g.get("class") == "gate"]


def titles(text: str) -> list[str]:
    return [gate.findtext(f"{SVG}title", "") for gate in gates_of(text)]


def read(title: str) -> tuple[str, tuple[int, ...]]:
    name = re.match(r"[a-z0-9]+", title)
    assert name
    return name[0], tuple(int(qubit) for qubit in re.findall(r"\bq(\d+)", title))


@given(circuits())
def test_each_gate_is_drawn_once_and_in_order_on_its_wires(circuit: Circuit) -> None:
    drawn = [read(title) for title in titles(circuit_svg(circuit, "c"))]
    assert len(drawn) == len(circuit)
    for wire in range(circuit.n_qubits):
        expected = [(g.name, g.qubits) for g in circuit.gates if wire in g.qubits]
        assert [gate for gate in drawn if wire in gate[1]] == expected


@given(circuits())
def test_nothing_is_drawn_outside(circuit: Circuit) -> None:
    drawing = ElementTree.fromstring(circuit_svg(circuit, "c"))
    width, height = float(drawing.get("width", 0)), float(drawing.get("height", 0))
    assert width <= ROW_WIDTH
    for box in drawing.iter(f"{SVG}rect"):
        left, top = float(box.get("x", -1)), float(box.get("y", -1))
        assert left >= 0 and left + float(box.get("width", 0)) <= width
        assert top >= 0 and top + float(box.get("height", 0)) <= height


def boxes(text: str) -> list[tuple[float, float]]:
    found = (gate.find(f"{SVG}rect") for gate in gates_of(text))
    return [(float(b.get("x", 0)), float(b.get("y", 0))) for b in found if b is not None]


def test_gates_on_different_qubits_share_a_column() -> None:
    drawn = boxes(circuit_svg(Circuit(2).append("h", 0).append("h", 1).append("h", 0), "c"))
    assert drawn[0][0] == drawn[1][0] < drawn[2][0]
    assert drawn[0][1] == drawn[2][1] < drawn[1][1]


def test_a_gate_between_crossed_wires_has_its_own_column() -> None:
    drawn = Circuit(3).append("cx", 0, 2).append("h", 1)
    svg = circuit_svg(drawn, "c")
    link = ElementTree.fromstring(svg).find(f".//{SVG}g[@class='gate']/{SVG}path")
    assert link is not None
    crossing = float(str(link.get("d"))[1:].split()[0])
    assert boxes(svg)[0][0] > crossing


def test_a_cnot_is_a_dot_on_the_control_and_a_plus_on_the_target() -> None:
    (gate,) = gates_of(circuit_svg(Circuit(2).append("cx", 1, 0), "c"))
    dot, target = gate.findall(f"{SVG}circle")
    assert dot.get("class") == "dot"
    assert float(dot.get("cy", 0)) > float(target.get("cy", 0))


def test_long_circuits_go_on_in_new_rows() -> None:
    circuit = Circuit(2, (("ry", (0,)),) * 60, (0.1,) * 60)
    drawing = ElementTree.fromstring(circuit_svg(circuit, "c"))
    labels = [t.text for t in drawing.findall(f"{SVG}text") if t.get("class") == "wire"]
    assert labels.count("q0") == labels.count("q1") > 1
    assert len({y for _, y in boxes(circuit_svg(circuit, "c"))}) == labels.count("q0")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    circuit = Circuit(1, (("x", (0,)),) * 30)
    text = circuit_svg(circuit, "c", most=20)
    assert len(gates_of(text)) == 20
    assert "the last 10 gates are not drawn" in (
        ElementTree.fromstring(text).findtext(f"{SVG}title") or ""
    )


def test_a_circuit_without_gates_has_wires() -> None:
    drawing = ElementTree.fromstring(circuit_svg(Circuit(3), "c"))
    assert [t.text for t in drawing.iter(f"{SVG}text")] == ["q0", "q1", "q2"]


def test_names_are_escaped() -> None:
    drawing = ElementTree.fromstring(circuit_svg(Circuit(1), "<script>&"))
    assert (drawing.findtext(f"{SVG}title") or "").startswith("<script>&: 1 qubits")


@pytest.mark.parametrize(
    ("angle", "shown"),
    [
        (0.0, "0"), (3.141592653589793, "π"), (-1.5707963267948966, "-π/2"), (2.356194490192345, "3π/4"),
        (0.2617993877991494, "π/12"), (0.0001, "0"), (0.12345, "0.123"), (-2.5, "-2.5"), (1e9, "1e+09"),
    ],
)  # fmt: skip
def test_angles_are_short(angle: float, shown: str) -> None:
    assert angle_text(angle) == shown
