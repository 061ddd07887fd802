"""Circuits drawn as SVG, small enough that a page can hold many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from qrl.bench.report.angles import angle_text

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.circuits.gates import Gate

MOST_GATES = 200
ROW_WIDTH = 1000
"""Pixels after which a circuit goes on in a new row."""
_WIRE, _ROW_GAP, _TOP, _LEFT = 34, 18, 20, 30
_NARROW, _WIDE, _BOX = 30, 50, 26
_DOT, _TARGET, _CROSS = 3.5, 9, 5


@dataclass(frozen=True, slots=True)
class _Placed:
    """A gate and the column in which it is drawn."""

    gate: Gate
    angle: float | None
    column: int

    @property
    def width(self) -> int:
        return _NARROW if self.angle is None and self.gate.name != "ecr" else _WIDE


def circuit_svg(circuit: Circuit, name: str, *, most: int = MOST_GATES) -> str:
    """Draw a circuit: wires from left to right, qubit 0 at the top, long circuits in several rows.

    Gates that act on different qubits share a column where no gate between them is crossed. Angles are in
    radians, rounded; the title of each gate has six digits.

    Args:
        circuit: the circuit.
        name: what the drawing is called by screen readers.
        most: gates that are drawn; those after them are left out, which the title says.

    Returns:
        An `<svg>` element with one `<g class="gate">` for each gate drawn.
    """
    placed = _place(circuit, most)
    rows = _rows(placed)
    height = circuit.n_qubits * _WIRE
    total = len(rows) * height + (len(rows) - 1) * _ROW_GAP + _TOP // 2
    extents = [_extent(row) for row in rows]
    width = max(extents)
    left_out = len(circuit) - len(placed)
    cut = f"; the last {left_out} gates are not drawn" if left_out else ""
    title = f"{name}: {_counted(circuit)}{cut}"
    parts = [
        f'<svg class="circuit" role="img" xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{total}" viewBox="0 0 {width} {total}"><title>{escape(title)}</title>'
    ]
    for index, (row, extent) in enumerate(zip(rows, extents, strict=True)):
        top = index * (height + _ROW_GAP)
        parts.append(_wires(circuit.n_qubits, top, extent))
        x = float(_LEFT)
        for column in row:
            wide = max(one.width for one in column)
            parts += [_gate(one, x + wide / 2, top) for one in column]
            x += wide
    return "".join([*parts, "</svg>"])


def _counted(circuit: Circuit) -> str:
    return (
        f"{circuit.n_qubits} qubits, {len(circuit)} gates, {circuit.two_qubit_count} CNOTs, "
        f"depth {circuit.depth}"
    )


def _place(circuit: Circuit, most: int) -> list[_Placed]:
    """Give each gate the first column in which all wires that it covers are free."""
    level = [0] * circuit.n_qubits
    found = []
    for (gate, angle), _ in zip(circuit.placed(), range(most), strict=False):
        span = range(min(gate.qubits), max(gate.qubits) + 1)
        column = max(level[q] for q in span)
        for q in span:
            level[q] = column + 1
        found.append(_Placed(gate, angle, column))
    return found


def _rows(placed: Sequence[_Placed]) -> list[list[list[_Placed]]]:
    """Return rows of columns of gates; a circuit without gates has one row without columns."""
    columns: list[list[_Placed]] = [
        [] for _ in range(1 + max((p.column for p in placed), default=-1))
    ]
    for one in placed:
        columns[one.column].append(one)
    rows: list[list[list[_Placed]]] = [[]]
    for column in columns:
        if rows[-1] and _extent([*rows[-1], column]) > ROW_WIDTH:
            rows.append([])
        rows[-1].append(column)
    return rows


def _extent(row: Sequence[Sequence[_Placed]]) -> int:
    return _LEFT + max(_NARROW, sum(max(one.width for one in column) for column in row)) + 6


def _wires(n_qubits: int, top: int, extent: int) -> str:
    lines = "".join(f"M{_LEFT - 4} {_y(top, q)}H{extent}" for q in range(n_qubits))
    labels = "".join(
        f'<text class="wire" x="{_LEFT - 8}" y="{_y(top, q) + 4}">q{q}</text>'
        for q in range(n_qubits)
    )
    return f'<path class="wire" d="{lines}"/>{labels}'


def _y(top: float, qubit: int) -> int:
    return int(top + _TOP + qubit * _WIRE)


def _gate(placed: _Placed, x: float, top: int) -> str:
    gate, angle = placed.gate, placed.angle
    said = gate.name + ("" if angle is None else f"({angle:.6g})")
    title = f"<title>{said} q{', q'.join(map(str, gate.qubits))}</title>"
    return f'<g class="gate">{title}{_shape(gate, angle, f"{x:g}", top)}</g>'


def _shape(gate: Gate, angle: float | None, x: str, top: int) -> str:
    ys = [_y(top, q) for q in gate.qubits]
    link = f'<path d="M{x} {min(ys)}V{max(ys)}"/>' if len(ys) > 1 else ""
    match gate.name:
        case "cx":
            return link + _dot(x, ys[0]) + _target(x, ys[1])
        case "cz":
            return link + _dot(x, ys[0]) + _dot(x, ys[1])
        case "swap":
            return link + _cross(x, ys[0]) + _cross(x, ys[1])
        case "rzz":
            return link + _dot(x, ys[0]) + _box(x, ys[1], "ZZ", angle)
    if len(ys) == 1:
        return _box(x, ys[0], gate.name.upper(), angle)
    # Others are not symmetric: the boxes say which qubit is the first.
    boxes = (_box(x, y, f"{gate.name.upper()}{i}", angle) for i, y in enumerate(ys))
    return link + "".join(boxes)


def _dot(x: str, y: int) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="{_DOT}"/>'


def _target(x: str, y: int) -> str:
    plus = f"M{x} {y - _TARGET}V{y + _TARGET}M{float(x) - _TARGET:g} {y}h{2 * _TARGET}"
    return f'<circle cx="{x}" cy="{y}" r="{_TARGET}"/><path d="{plus}"/>'


def _cross(x: str, y: int) -> str:
    left, size = float(x) - _CROSS, 2 * _CROSS
    return f'<path d="M{left:g} {y - _CROSS}l{size} {size}m0 -{size}l-{size} {size}"/>'


def _box(x: str, y: int, name: str, angle: float | None) -> str:
    wide = _BOX if angle is None and len(name) < 4 else _WIDE - 6
    box = f'<rect x="{float(x) - wide / 2:g}" y="{y - _BOX // 2}" width="{wide}" height="{_BOX}"/>'
    if angle is None:
        return f'{box}<text x="{x}" y="{y + 4}">{name}</text>'
    return (
        f'{box}<text x="{x}" y="{y - 1}">{name}</text>'
        f'<text class="angle" x="{x}" y="{y + 10}">{angle_text(angle)}</text>'
    )
