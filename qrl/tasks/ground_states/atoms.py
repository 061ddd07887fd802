"""Atoms and their places: read from text, checked without a chemistry library."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TypeAlias

from qrl.checks import is_real, shown, whole_number
from qrl.errors import InputError, unknown_name
from qrl.tasks.text_file import number_of

Atoms: TypeAlias = tuple[tuple[str, tuple[float, float, float]], ...]

UNITS = ("angstrom", "bohr")
_BY_CHARGE = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm "
    "Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
)
ELEMENTS = tuple(_BY_CHARGE.split())
"""Symbols in the order of the nuclear charge, from 1."""

CLOSEST = 0.1
"""Angstrom; nearer nuclei are a slip of the pen: the shortest bond, in H2, has 0.74."""

FARTHEST = 1e4
"""Of a coordinate, in either unit: beyond, rounding blurs the distances."""
MOST_ATOMS = 100

_BOHR_IN_ANGSTROM = 0.529177210903  # CODATA 2018
_FIELDS = 4
_MOST_CHARGE = 1000


def read_atoms(text: str) -> Atoms:
    """Read atoms such as "Li 0 0 0; H 0 0 1.6".

    Args:
        text: atoms separated by semicolons or line ends, each a symbol and three coordinates that
            are separated by spaces or commas.

    Raises:
        InputError: an atom has another form.
    """
    atoms = []
    for part in text.replace(";", "\n").splitlines():
        words = part.replace(",", " ").split()
        if not words:
            continue
        if len(words) != _FIELDS:
            raise InputError(_malformed(part))
        x, y, z = (number_of(word) for word in words[1:])
        if x is None or y is None or z is None:
            raise InputError(_malformed(part))
        atoms.append((words[0].capitalize(), (x, y, z)))
    return tuple(atoms)


def check_atoms(atoms: Atoms, unit: str) -> None:
    """Refuse unknown elements, places that are no numbers, and atoms on top of each other."""
    if not atoms:
        raise InputError(
            'A molecule needs at least one atom, as in "H 0 0 0; H 0 0 0.74"; got none.'
        )
    if len(atoms) > MOST_ATOMS:
        raise InputError(f"A molecule may have up to {MOST_ATOMS} atoms here; got {len(atoms)}.")
    for symbol, position in atoms:
        if symbol not in ELEMENTS:
            raise unknown_name("element", symbol, ELEMENTS, "Symbols are those of the elements.")
        far = f"{symbol} needs three finite coordinates, up to {FARTHEST:g}; got {shown(position)}."
        if len(position) != 3 or not all(is_real(x) and abs(x) <= FARTHEST for x in position):
            raise InputError(far)
    scale = 1.0 if unit == "angstrom" else _BOHR_IN_ANGSTROM
    for (first, a), (second, b) in combinations(atoms, 2):
        distance = math.dist(a, b) * scale
        if distance < CLOSEST:
            raise InputError(
                f"Two atoms of a molecule are at the same place or nearly so: {first} {a} and "
                f"{second} {b}, {distance:.3g} angstrom apart; they need at least {CLOSEST}."
            )


def check_electrons(atoms: Atoms, charge: int, spin: int) -> None:
    """Refuse a charge or a number of unpaired electrons that the atoms cannot have."""
    for name, value in (("charge", charge), ("spin", spin)):
        whole_number(f"The {name}", value, least=-_MOST_CHARGE, most=_MOST_CHARGE)
    count = sum(1 + ELEMENTS.index(symbol) for symbol, _ in atoms) - charge
    if count < 1:
        raise InputError(f"A charge of {charge} leaves {count} electrons; at least 1 is needed.")
    if not 0 <= spin <= count or (count - spin) % 2:
        parity = "even" if count % 2 == 0 else "odd"
        raise InputError(
            f"{count} electrons need an {parity} number of unpaired ones, up to {count}; got spin "
            f"{spin}. Try spin {count % 2}, or another charge."
        )


def _malformed(part: str) -> str:
    return (
        f'An atom is a symbol and three coordinates, as "H 0 0 0.74"; got {shown(part.strip())}. Atoms are '
        "separated by semicolons."
    )
