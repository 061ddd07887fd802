"""Gates that are rotations about an axis, up to a global phase."""

from __future__ import annotations

import math

from qrl.circuits.gates import gate_spec

FIXED_TURNS = {
    "x": ("X", math.pi), "sx": ("X", math.pi / 2), "y": ("Y", math.pi), "z": ("Z", math.pi),
    "s": ("Z", math.pi / 2), "t": ("Z", math.pi / 4),
}  # fmt: skip
"""Axis and angle (radians) of the fixed gates that are rotations."""
ROTATIONS = {"X": "rx", "Y": "ry", "Z": "rz", "ZZ": "rzz"}
ROUNDING = 1e-12
"""Radians; angles that differ by less are the same."""


def turn(name: str, angle: float | None) -> tuple[str, float] | None:
    """Return axis and angle of a gate, None where it is no rotation."""
    generator = gate_spec(name).generator
    return FIXED_TURNS.get(name) if generator is None else (generator, float(angle or 0.0))


def as_gate(
    axis: str, angle: float, allowed: frozenset[str]
) -> list[tuple[str, float | None]] | None:
    """Return a rotation as the shortest word over gates that are allowed.

    Returns:
        Nothing for a whole turn, else a fixed gate where one fits, else the rotation; None where
        neither is allowed.
    """
    angle = math.remainder(angle, 2 * math.pi)
    if abs(angle) < ROUNDING:
        return []
    for name, (own, fixed) in FIXED_TURNS.items():
        apart = abs(math.remainder(angle - fixed, 2 * math.pi))
        if name in allowed and own == axis and apart < ROUNDING:
            return [(name, None)]
    return [(ROTATIONS[axis], angle)] if ROTATIONS[axis] in allowed else None
