"""Tuners: methods that lower a cost by turning its angles, for any engine."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

from qrl.circuits.tuners.adam import Adam
from qrl.circuits.tuners.adam_spsa import PRESETS, AdamSpsa
from qrl.circuits.tuners.aqgd import Aqgd
from qrl.circuits.tuners.cost import Cost, Counted
from qrl.circuits.tuners.minimum import Minimum
from qrl.circuits.tuners.rotosolve import Rotosolve
from qrl.circuits.tuners.scipy_methods import GRADIENT_METHODS, VALUE_METHODS, ScipyMethod
from qrl.circuits.tuners.spsa import Spsa
from qrl.circuits.tuners.tuner import Tuner
from qrl.circuits.tuners.untuned import Untuned
from qrl.errors import unknown_name

__all__ = [
    "PRESETS",
    "TUNERS",
    "Adam",
    "AdamSpsa",
    "Aqgd",
    "Cost",
    "Counted",
    "Minimum",
    "Rotosolve",
    "ScipyMethod",
    "Spsa",
    "Tuner",
    "Untuned",
    "make_tuner",
]

TUNERS: MappingProxyType[str, Tuner] = MappingProxyType(
    {
        "none": Untuned(),
        "rotosolve": Rotosolve(),
        "adam": Adam(),
        "spsa": Spsa(),
        "adam-spsa": AdamSpsa(),
        **{f"adam-spsa:{name}": preset for name, preset in PRESETS.items()},
        "aqgd": Aqgd(),
        **{name: ScipyMethod(method=name) for name in VALUE_METHODS + GRADIENT_METHODS},
    }
)
"""Each tuner by name, with its default options; a preset's name follows a colon."""


def make_tuner(name: str, **options: Any) -> Tuner:
    """Return a tuner by name, with some of its options set.

    Args:
        name: a key of `TUNERS`, such as "spsa" or "adam-spsa:lih-4q".
        options: fields of the tuner's class that differ from the default or the preset.

    Raises:
        InputError: unknown tuner or option, the message names the nearest; or an option out of
            range.
    """
    if name not in TUNERS:
        raise unknown_name("tuner", str(name), TUNERS)
    tuner = TUNERS[name]
    # The method of SciPy is the tuner's name already.
    fields = [field.name for field in dataclasses.fields(tuner) if field.name != "method"]
    for option in options:
        if option not in fields:
            raise unknown_name(
                f"option of tuner {name!r}", option, fields, f"It has: {', '.join(fields)}."
            )
    return dataclasses.replace(tuner, **options)
