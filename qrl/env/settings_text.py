"""Settings of the form "name:number,number"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qrl.checks import real_number
from qrl.errors import InputError, unknown_name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that may follow a name.

    Attributes:
        name: what it is, as messages and documents call it.
        default: what it is where it is left out.
        least, most: the range that is taken.
        whole: whether it is a whole number.
    """

    name: str
    default: float
    least: float
    most: float
    whole: bool = False


def parse(
    kind: str, text: str, known: Mapping[str, tuple[Parameter, ...]]
) -> tuple[str, tuple[float, ...]]:
    """Read a name and its numbers, such as "qaser:0.1".

    Args:
        kind: what is being named, such as "reward".
        text: the name, and after a colon its numbers, joined by commas; those left out at the end
            have their defaults.
        known: the parameters of each name.

    Returns:
        The name, and one number for each of its parameters.

    Raises:
        InputError: unknown name, more numbers than parameters, no number, or one out of range.
    """
    name, colon, rest = text.partition(":")
    if name not in known:
        raise unknown_name(kind, name, known)
    parameters = known[name]
    given = rest.split(",") if colon else []
    if len(given) > len(parameters):
        form = f"{name}:{','.join(p.name for p in parameters)}" if parameters else name
        raise InputError(
            f"The {kind} {name!r} takes {len(parameters) or 'no'} number(s); got {text!r}. "
            f"Write {form!r}."
        )
    numbers = [p.default for p in parameters]
    for place, (parameter, word) in enumerate(zip(parameters, given, strict=False)):
        numbers[place] = _number(f"The {parameter.name} of the {kind} {name!r}", word, parameter)
    return name, tuple(numbers)


def number(what: str, word: str) -> float:
    """Read one finite number.

    Raises:
        InputError: it is none.
    """
    try:
        value = float(word)
    except ValueError:
        raise InputError(f"{what} must be a number; got {word!r}.") from None
    return real_number(what, value)


def _number(what: str, word: str, parameter: Parameter) -> float:
    value = real_number(what, number(what, word), least=parameter.least, most=parameter.most)
    if parameter.whole and value != int(value):
        raise InputError(f"{what} must be a whole number; got {word!r}.")
    return value
