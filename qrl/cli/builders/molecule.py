"""`qrl tasks build molecule`: an active-space Hamiltonian from a geometry."""

from __future__ import annotations

import argparse
from typing import Any

from qrl.checks import shown
from qrl.errors import InputError, unknown_name

HELP = "the ground state of a molecule, from its geometry (needs the chem extra)"

STARTS = ("hf", "zero")
_DIGITS = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--atoms", required=True, metavar="TEXT", help='such as "Li 0 0 0; H 0 0 1.6"'
    )
    parser.add_argument("--unit", default="angstrom", help="angstrom (default) or bohr")
    parser.add_argument("--basis", default="sto-3g", help="basis set; default sto-3g")
    parser.add_argument(
        "--charge", type=int, default=0, metavar="N", help="total charge; default 0"
    )
    parser.add_argument(
        "--spin", type=int, default=0, metavar="N", help="number of unpaired electrons; default 0"
    )
    parser.add_argument(
        "--active", metavar="E,O", help="active electrons and orbitals, such as 2,3; default all"
    )
    parser.add_argument(
        "--orbitals",
        metavar="LIST",
        help="which molecular orbitals are active, such as 1,2,5 (0 is the lowest)",
    )
    parser.add_argument(
        "--mapping",
        default="jordan-wigner",
        help="jordan-wigner (default), parity (two qubits removed) or bravyi-kitaev",
    )
    parser.add_argument(
        "--taper", action="store_true", help="remove every qubit that a symmetry makes superfluous"
    )
    parser.add_argument(
        "--start",
        default="hf",
        help="where circuits start: hf (the Hartree-Fock determinant, default) or zero (|0...0>)",
    )
    parser.add_argument(
        "--penalty",
        default="auto",
        metavar="HARTREE",
        help="what other electron numbers cost: auto (what keeps the molecule's own the lowest, "
        "default), none, or a number",
    )


def build(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the content of a problem file.

    Raises:
        InputError: the molecule is impossible, or an option cannot be read.
        MissingExtra: PySCF or Qiskit Nature is not installed.
    """
    from qrl.tasks.ground_states.atoms import read_atoms
    from qrl.tasks.ground_states.chemistry import Molecule, build_problem

    if arguments.start not in STARTS:
        raise unknown_name("start", arguments.start, STARTS)
    electrons, orbitals = _active(arguments.active, arguments.orbitals)
    molecule = Molecule(
        read_atoms(arguments.atoms),
        unit=arguments.unit,
        basis=arguments.basis,
        charge=arguments.charge,
        spin=arguments.spin,
        active_electrons=electrons,
        active_orbitals=orbitals,
        mapping=arguments.mapping,
        taper=arguments.taper,
    )
    formula = _formula([symbol for symbol, _ in molecule.atoms])
    problem = build_problem(molecule, name=formula, penalty=_penalty(arguments.penalty))
    space = problem["metadata"]["active_space"]
    n_qubits = len(problem["paulis"][0])
    problem["name"] = f"{formula.lower()}-{n_qubits}q"
    problem["metadata"]["description"] = (
        f"{formula}, {molecule.basis}, {space['electrons']} electrons in {space['orbitals']} "
        f"orbitals, {molecule.mapping}{', tapered' if molecule.taper else ''}, {n_qubits} qubits."
    )
    if arguments.start == "zero":
        problem["initial_state"] = None
    return problem


def _active(active: str | None, orbitals: str | None) -> tuple[int | None, Any]:
    """Return the number of active electrons, and the orbitals or their number."""
    electrons, size = None, None
    if active is not None:
        numbers = _whole_numbers("--active", active, "electrons and orbitals, such as 2,3")
        if len(numbers) != 2 or 0 in numbers:
            raise InputError(
                f"--active needs two positive numbers, electrons and orbitals, such as 2,3; "
                f"got {shown(active)}."
            )
        electrons, size = numbers
    if orbitals is None:
        return electrons, size
    chosen = _whole_numbers("--orbitals", orbitals, "orbitals from 0, such as 1,2,5")
    if len(set(chosen)) < len(chosen):
        raise InputError(f"--orbitals names an orbital twice: {orbitals!r}.")
    if size not in (None, len(chosen)):
        raise InputError(
            f"--active asks for {size} orbitals, --orbitals names {len(chosen)} ({orbitals}); "
            "make them agree or leave one out."
        )
    return electrons, tuple(chosen)


def _penalty(text: str) -> str | float:
    """Return a number where one is written; what else there is, `build_problem` checks."""
    try:
        return float(text)
    except ValueError:
        return text


def _whole_numbers(option: str, text: str, what: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) <= _DIGITS for word in words):
        raise InputError(f"{option} needs {what}; got {shown(text)}.")
    return [int(word) for word in words]


def _formula(symbols: list[str]) -> str:
    """Return the usual formula: hydrogen stands before the elements of the last main groups."""
    last = ("O", "S", "Se", "Te", "F", "Cl", "Br", "I")
    counts: dict[str, int] = {}
    for symbol in sorted(symbols, key=lambda s: 1 if s == "H" else 2 * (s in last)):
        counts[symbol] = counts.get(symbol, 0) + 1
    return "".join(symbol + (str(n) if n > 1 else "") for symbol, n in counts.items())
