"""Observations by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qrl.circuits.engines.memory import available, gibibytes
from qrl.circuits.gates import gate_spec
from qrl.env.observations.base import Observation
from qrl.env.observations.compact import CompactObservation
from qrl.env.observations.gate_list import GateListObservation
from qrl.env.observations.tensor import TensorObservation
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from qrl.env.construction import Construction

OBSERVATIONS: dict[str, Callable[[Construction], Observation]] = {
    "compact": CompactObservation,
    "tensor": TensorObservation,
    "gates": GateListObservation,
}
"""By name; "gates" may be followed by the number of gates and "angles": "gates:20,angles"."""

_COPIES = 6
"""Arrays of all observations that are held at once: the tensor, what is read, what was shown last, what
the caller keeps, and the two bounds of the observation space."""


def make_observation(name: str, construction: Construction) -> Observation:
    """Build an observation by name.

    Raises:
        InputError: unknown name, or more than fits into memory.
    """
    kind, colon, rest = name.partition(":")
    if kind not in OBSERVATIONS or (colon and kind != "gates"):
        raise unknown_name("observation", name, OBSERVATIONS)
    make = partial(_gate_list, name, rest) if colon else OBSERVATIONS[kind]
    if kind == "tensor":
        _check_memory(name, _tensor_size(construction), construction)
    # Only the tensor is held as a whole from the beginning.
    observation = make(construction)
    _check_memory(name, observation.size, construction)
    return observation


def _gate_list(name: str, rest: str, construction: Construction) -> GateListObservation:
    length, *more = rest.split(",")
    known = not more or more == ["angles"]
    if not known or not length.isdecimal() or len(length) > 9:
        raise InputError(
            "The observation 'gates' takes a number of gates (0: all of an episode) and may end in "
            f"',angles', as in 'gates:20,angles'; got {name!r}."
        )
    return GateListObservation(construction, int(length), bool(more))


def _tensor_size(construction: Construction) -> int:
    table = construction.actions
    rows = {g.name: table.n_qubits if gate_spec(g.name).n_qubits == 2 else 1 for g in table.gates}
    return construction.max_gates * sum(rows.values()) * table.n_qubits


def _check_memory(name: str, size: int, construction: Construction) -> None:
    """Refuse an observation of `size` float32 a circuit that memory cannot hold."""
    needed, free = 4 * size * construction.count * _COPIES, available()
    if needed > free:
        raise InputError(
            f"The observation {name!r} of {construction.count} circuit(s), {size} numbers each, needs "
            f"{gibibytes(needed)} of memory; {gibibytes(free)} are available. Take fewer environments, "
            "a smaller max_gates, or the observation 'compact'."
        )
