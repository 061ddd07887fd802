"""Measured costs drawn as points with error bars, one line each."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qrl.bench.report.hardware_content import Value

_AXIS, _LEAST_NAMES, _LINE, _TOP, _FOOT, _RIGHT = 510, 200, 24, 10, 40, 45
_LETTER = 7.0
"""Width that is allowed for a letter of a name."""
_BARS = 2.0
"""Standard errors to each side of a point."""
_TICKS = 4


def hardware_svg(values: Sequence[Value], reference: float | None, unit: str) -> str:
    """Draw costs with bars of two standard errors to each side, and a line at the exact answer.

    Args:
        values: what is drawn, not empty.
        reference: the exact answer; None where it is not known.
        unit: of the costs.

    Returns:
        An `<svg>` element.
    """
    reach = [
        value.cost + side * _BARS * (value.standard_error or 0.0)
        for value in values
        for side in (-1.0, 1.0)
    ]
    if reference is not None:
        reach.append(reference)
    low, high = min(reach), max(reach)
    margin = 0.05 * (high - low) or 0.5
    low, high = low - margin, high + margin
    names = [f"{value.device}, {value.name}" for value in values]
    beside = max(_LEAST_NAMES, round(_LETTER * max(map(len, names))) + 20)
    width, height = beside + _AXIS, _TOP + _LINE * len(values) + _FOOT
    bottom = height - _FOOT

    def x(cost: float) -> str:
        return f"{beside + (cost - low) / (high - low) * (_AXIS - _RIGHT):.1f}"

    axis = escape(f"cost ({unit})" if unit else "cost")
    parts = [
        f'<svg class="hardware" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{axis} as measured, with two standard errors to each side">'
    ]
    for k in range(_TICKS + 1):
        cost = low + k / _TICKS * (high - low)
        parts.append(f'<path class="grid" d="M{x(cost)} {_TOP}V{bottom}"/>')
        parts.append(
            f'<text class="tick" x="{x(cost)}" y="{bottom + 16}" text-anchor="middle">{cost:.4g}</text>'
        )
    parts.append(
        f'<text x="{beside + _AXIS / 2:.0f}" y="{height - 4}" text-anchor="middle">{axis}</text>'
    )
    if reference is not None:
        parts.append(
            f'<path class="exact" d="M{x(reference)} {_TOP}V{bottom}"><title>exact answer</title></path>'
        )
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        y = _TOP + _LINE * (row + 0.5)
        text = f'<text x="{beside - 10}" y="{y + 4:.0f}" text-anchor="end">{escape(name)}</text>'
        parts.append(text)
        if value.standard_error:
            reach_ = _BARS * value.standard_error
            left, right = x(value.cost - reach_), x(value.cost + reach_)
            parts.append(f'<path class="bar" d="M{left} {y:.0f}H{right}"/>')
        kind = "measured" if value.standard_error is not None else "computed"
        parts.append(
            f'<circle class="{kind}" cx="{x(value.cost)}" cy="{y:.0f}" r="4.5">'
            f"<title>{value.cost:.6f}</title></circle>"
        )
    return "".join([*parts, "</svg>"])
