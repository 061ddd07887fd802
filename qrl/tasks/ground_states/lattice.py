"""Spin models on chains, rings, ladders and grids."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from qrl.checks import real_number
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError, unknown_name
from qrl.tasks.ground_states.free_fermions import ising_energy
from qrl.tasks.ground_states.geometry import GEOMETRIES, Lattice, lattice
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.problem_file import EXACT_QUBIT_LIMIT, ground_energy
from qrl.tasks.ground_states.spin_terms import bond_terms, exchange_terms, site_terms

if TYPE_CHECKING:
    from qrl.tasks.ground_states.geometry import Size
    from qrl.tasks.ground_states.spin_terms import Terms

LATTICE_IDS = (
    "vqe/tfim-6q",
    "vqe/tfim-ring-8q-1",
    "vqe/tfim-grid-3x3-3",
    "vqe/heisenberg-5q",
    "vqe/heisenberg-ring-6q-0",
    "vqe/heisenberg-ladder-6q-0",
    "vqe/xxz-chain-6q",
    "vqe/xxz-ring-8q-0.5",
    "vqe/j1j2-chain-6q",
    "vqe/j1j2-ladder-8q",
)
LATTICE_HINT = (
    "Lattice models of other sizes, geometries and parameters have ids too: vqe/tfim-8q-0.5 (field), "
    "vqe/heisenberg-7q-0, vqe/xxz-ladder-8q-2-0.1 (anisotropy, field), vqe/j1j2-grid-2x4."
)


def tfim(
    sites: Size, field: float = 0.05, *, geometry: str = "chain", coupling: float = 1.0
) -> GroundState:
    """Return the transverse-field Ising model -coupling sum Z Z - field sum X.

    The reference of chains and rings is the energy of free fermions, of any size.

    Args:
        sites: number of sites, at least 2; (rows, columns) for a grid.
        field: transverse field, in units of J.
        geometry: "chain", "ring", "ladder" or "grid".
        coupling: in units of J; below zero: antiferromagnetic.

    Raises:
        InputError: a size that the geometry cannot have, or numbers that are not finite.
    """
    values = _checked(field=field, coupling=coupling)
    shape = lattice(geometry, sites)
    terms = bond_terms("Z", shape.nearest, shape.n_sites, -coupling) + site_terms(
        "X", shape.n_sites, -field
    )
    reference = None
    if geometry in ("chain", "ring"):
        reference = ising_energy(shape.n_sites, field, coupling, closed=geometry == "ring")
    ordered = coupling < 0 and geometry != "chain"
    return _task("tfim", shape, values, terms, reference, shape.neel() if ordered else None)


def heisenberg(
    sites: Size, field: float = 1.0, *, geometry: str = "chain", coupling: float = 1.0
) -> GroundState:
    """Return the Heisenberg model coupling sum (XX + YY + ZZ) + field sum Z.

    Circuits start in |0...0> on a chain, as published, and in the Neel state on other lattices.

    Args:
        sites: number of sites, at least 2; (rows, columns) for a grid.
        field: along z, in units of J.
        geometry: "chain", "ring", "ladder" or "grid".
        coupling: in units of J; above zero: antiferromagnetic.

    Raises:
        InputError: a size that the geometry cannot have, or numbers that are not finite.
    """
    values = _checked(field=field, coupling=coupling)
    shape = lattice(geometry, sites)
    terms = exchange_terms(shape.nearest, shape.n_sites, coupling, coupling) + site_terms(
        "Z", shape.n_sites, field
    )
    start = None if geometry == "chain" else _start(shape, coupling, coupling)
    return _task("heisenberg", shape, values, terms, None, start)


def xxz(
    sites: Size,
    anisotropy: float = 2.0,
    field: float = 0.0,
    *,
    geometry: str = "chain",
    coupling: float = 1.0,
) -> GroundState:
    """Return the XXZ model coupling sum (XX + YY + anisotropy ZZ) + field sum Z.

    Circuits start in the Neel state, or in |0...0> where the ferromagnet is lowest.

    Args:
        sites: number of sites, at least 2; (rows, columns) for a grid.
        anisotropy: weight of ZZ beside XX and YY; 1 is the Heisenberg model.
        field: along z, in units of J.
        geometry: "chain", "ring", "ladder" or "grid".
        coupling: in units of J.

    Raises:
        InputError: a size that the geometry cannot have, or numbers that are not finite.
    """
    values = _checked(anisotropy=anisotropy, field=field, coupling=coupling)
    shape = lattice(geometry, sites)
    along = coupling * anisotropy
    terms = exchange_terms(shape.nearest, shape.n_sites, coupling, along) + site_terms(
        "Z", shape.n_sites, field
    )
    return _task("xxz", shape, values, terms, None, _start(shape, coupling, along))


def j1j2(
    sites: Size,
    ratio: float = 0.5,
    field: float = 0.0,
    *,
    geometry: str = "chain",
    coupling: float = 1.0,
) -> GroundState:
    """Return the J1-J2 model: Heisenberg bonds to nearest and next-nearest neighbours.

    `coupling (sum_1 (XX + YY + ZZ) + ratio sum_2 (XX + YY + ZZ)) + field sum Z`. At ratio 0.5 a ring of
    even length has energy -3/2 J a site (Majumdar and Ghosh, J. Math. Phys. 10, 1388 (1969)).

    Args:
        sites: number of sites, at least 2; (rows, columns) for a grid.
        ratio: J2 / J1.
        field: along z, in units of J.
        geometry: "chain", "ring" (next-nearest: two bonds apart), "ladder" or "grid" (the diagonals).
        coupling: J1 in units of J.

    Raises:
        InputError: a size that the geometry cannot have, or numbers that are not finite.
    """
    values = _checked(ratio=ratio, field=field, coupling=coupling)
    shape = lattice(geometry, sites)
    terms = (
        exchange_terms(shape.nearest, shape.n_sites, coupling, coupling)
        + exchange_terms(shape.next_nearest, shape.n_sites, coupling * ratio, coupling * ratio)
        + site_terms("Z", shape.n_sites, field)
    )
    return _task("j1j2", shape, values, terms, None, _start(shape, coupling, coupling))


class Model(NamedTuple):
    """A model by name: its constructor, its numbers in the order of its ids, and their usual values."""

    build: Callable[..., GroundState]
    title: str
    usual: dict[str, float]


MODELS: dict[str, Model] = {
    "tfim": Model(tfim, "Transverse-field Ising", {"field": 0.05, "coupling": 1.0}),
    "heisenberg": Model(heisenberg, "Heisenberg", {"field": 1.0, "coupling": 1.0}),
    "xxz": Model(xxz, "XXZ", {"anisotropy": 2.0, "field": 0.0, "coupling": 1.0}),
    "j1j2": Model(j1j2, "J1-J2", {"ratio": 0.5, "field": 0.0, "coupling": 1.0}),
}
_PLAIN_CHAINS = ("tfim", "heisenberg")
"""Models whose chains have ids without the word."""

_ID = re.compile(
    rf"vqe/(?P<model>{'|'.join(MODELS)})(?:-(?P<geometry>{'|'.join(GEOMETRIES)}))?"
    r"-(?P<size>\d+q|\d+x\d+)(?P<numbers>-.*)?"
)
_NUMBER = re.compile(r"-([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?=-|$)")


def lattice_task(name: str) -> GroundState | None:
    """Build the task of an id `vqe/<model>[-<geometry>]-<size>[-<number>...]`.

    The geometry is a chain where none is named; the size is 6q, or 3x3 for a grid; the numbers are
    those of `MODELS` in their order, the last ones left out where they have their usual values.

    Returns:
        The task; None where the id is not one of a lattice model.

    Raises:
        InputError: it names a lattice model, but the rest cannot be read or cannot be built.
    """
    if not any(name.startswith(f"vqe/{model}-") for model in MODELS):
        return None
    match = _ID.fullmatch(name)
    if match is None:
        raise unknown_name("task", name, LATTICE_IDS, f"`qrl tasks` lists them all. {LATTICE_HINT}")
    model, geometry = MODELS[match["model"]], match["geometry"] or "chain"
    numbers = _numbers(name, match["numbers"] or "", tuple(model.usual))
    return model.build(read_size(match["size"]), geometry=geometry, **numbers)


def read_size(text: str) -> Size:
    """Read a size: 6, 6q, or 2x4.

    Raises:
        InputError: it is something else.
    """
    match = re.fullmatch(r"([0-9]{1,20})q?|([0-9]{1,20})x([0-9]{1,20})", text)
    if match is None:
        raise InputError(
            f"A size is a number of sites as 6, or rows and columns as 3x3; got {text!r}."
        )
    return int(match[1]) if match[1] else (int(match[2]), int(match[3]))


def _numbers(name: str, text: str, wanted: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    at = 0
    while at < len(text):
        if len(found) == len(wanted):
            raise InputError(
                f"{name!r}: this model has {len(wanted)} numbers, {', '.join(wanted)}; "
                f"{text[at:]!r} is left over."
            )
        what = wanted[len(found)]
        match = _NUMBER.match(text, at)
        if match is None:
            raise InputError(f"{name!r}: expected a number as the {what}; got {text[at + 1 :]!r}.")
        found[what] = float(match[1])
        at = match.end()
    return found


def _task(
    model: str,
    shape: Lattice,
    values: dict[str, float],
    terms: Terms,
    reference: float | None,
    initial_state: str | None,
) -> GroundState:
    terms = [(label, weight) for label, weight in terms if weight != 0.0]
    if not terms:
        raise InputError("All terms are zero; give a coupling or a field that is not.")
    observable = PauliSum(tuple(label for label, _ in terms), tuple(weight for _, weight in terms))
    if reference is None and shape.n_sites <= EXACT_QUBIT_LIMIT:
        reference = ground_energy(observable)
    plain = shape.geometry == "chain" and model in _PLAIN_CHAINS
    parts = [model, *([] if plain else [shape.geometry]), shape.size, *_written(model, values)]
    return GroundState(
        name=f"vqe/{'-'.join(parts)}",
        objective=Expectation(observable),
        reference=reference,
        unit="J",
        description=_describe(model, shape, values),
        initial_state=initial_state,
        target_error=1e-3,
        metadata={"model": model, "geometry": shape.geometry, "shape": shape.shape, **values},
    )


def _written(model: str, values: dict[str, float]) -> list[str]:
    """Return the numbers of an id, without the last ones where they are the usual ones."""
    kept = list(values)
    while kept and values[kept[-1]] == MODELS[model].usual[kept[-1]]:
        kept.pop()
    return [repr(float(values[key])).removesuffix(".0") for key in kept]


def _describe(model: str, shape: Lattice, values: dict[str, float]) -> str:
    ends = "" if shape.geometry == "ring" else ", open ends"
    grid = f"{shape.shape[0]} x {shape.shape[1]} " if shape.geometry == "grid" else ""
    shown = [key for key in values if key != "coupling" or values[key] != 1.0]
    numbers = [
        f"{key} {values[key]:g}{'' if key in ('anisotropy', 'ratio') else ' J'}" for key in shown
    ]
    what = f"{MODELS[model].title} {grid}{shape.geometry} of {shape.n_sites} sites{ends}"
    return f"{', '.join([what, *numbers])}."


def _start(shape: Lattice, planar: float, along: float) -> str | None:
    """Return the Neel label, None where |0...0> is the natural start.

    Turning one sublattice by pi about z changes the sign of the planar coupling; so the aligned state
    is the ground state of a bipartite lattice without field for `along <= -|planar|`.
    """
    return shape.neel() if along > -abs(planar) else None


def _checked(**values: float) -> dict[str, float]:
    return {name: real_number(f"The {name}", value) for name, value in values.items()}
