"""Make or check the bundled problem files: ``python -m qrl.tasks.ground_states.data.build``.

Geometries and active spaces are those of the papers on quantum architecture
search. Some of them gave coordinates meant in ångström to a library that reads
Bohr: both readings are here, the latter as ``…-published``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qrl.tasks.ground_states.chemistry import Molecule, build_problem
from qrl.tasks.ground_states.data import checksum

DATA = Path(__file__).parent
TOLERANCE = 1e-9

_Bundled = tuple[str, Molecule, str]


def bundled() -> Iterator[_Bundled]:
    """Yield the id, molecule and description of every bundled problem."""
    yield from _hydrogen()
    yield (
        "vqe/h4-8q-1.5",
        Molecule(
            tuple(("H", (0.0, 0.0, 1.5 * k)) for k in range(4)),
            active_electrons=4,
            active_orbitals=(0, 1, 2, 3),
        ),
        "Chain of 4 H atoms with 1.5 Å between neighbours, STO-3G, 4 electrons in 4 orbitals: no "
        "single configuration dominates, and no single gate improves Hartree-Fock.",
    )
    yield from _lithium_hydride()
    yield from _in_both_units(
        "vqe/beh2-6q",
        Molecule(
            (("H", (0.0, 0.0, -1.33)), ("Be", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, 1.33))),
            active_electrons=4,
            active_orbitals=(1, 2, 3),
        ),
        "Linear BeH2 with H-Be distances of 1.33 {unit}, STO-3G, 4 electrons in 3 orbitals",
    )
    water = (
        ("H", (-0.021, -0.002, 0.0)),
        ("O", (0.835, 0.452, 0.0)),
        ("H", (1.477, -0.273, 0.0)),
    )
    yield from _in_both_units(
        "vqe/h2o-8q",
        Molecule(water, active_electrons=4, active_orbitals=(3, 4, 5, 6)),
        "Bent H2O with O-H distances of 0.97 {unit}, STO-3G, 4 electrons in 4 orbitals",
    )
    yield from _in_both_units(
        "vqe/h2o-10q",
        Molecule(water, basis="6-31g", active_electrons=4, active_orbitals=(3, 4, 5, 6, 7)),
        "Bent H2O with O-H distances of 0.97 {unit}, 6-31G, 4 electrons in 5 orbitals",
    )


def _hydrogen() -> Iterator[_Bundled]:
    def at(distance: float) -> Molecule:
        return Molecule(
            (("H", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, distance))),
            active_electrons=2,
            active_orbitals=(0, 1),
        )

    yield (
        "vqe/h2-4q",
        at(0.7414),
        "H2 at its equilibrium distance of 0.7414 Å, STO-3G, 2 electrons in 2 orbitals.",
    )
    yield (
        "vqe/h2-4q-2.63",
        at(2.63),
        "H2 stretched to 2.63 Å, STO-3G, 2 electrons in 2 orbitals; the triplet lies only "
        "2.8e-3 Ha above the ground state and holds the best basis state: an energy error of that "
        "size does not prove the right state.",
    )
    yield (
        "vqe/h2-2q",
        replace(at(0.7414), mapping="parity"),
        "H2 at its equilibrium distance of 0.7414 Å, STO-3G, 2 electrons in 2 orbitals, "
        "2 of 4 qubits removed by parity.",
    )


def _lithium_hydride() -> Iterator[_Bundled]:
    def at(distance: float) -> Molecule:
        return Molecule(
            (("Li", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, distance))),
            active_electrons=2,
            active_orbitals=(1, 2, 5),
        )

    for qubits, mapping in ((4, "parity"), (6, "jordan-wigner")):
        for distance, regime in ((1.2, "compressed"), (2.2, "stretched"), (3.4, "far stretched")):
            description = (
                f"LiH {regime} to {distance} Å, STO-3G, 2 electrons in 3 sigma orbitals"
                f"{', 2 of 6 qubits removed by parity' if mapping == 'parity' else ''}"
            )
            if regime == "far stretched":
                description += (
                    "; the first excited state lies only 8.4e-3 Ha above the ground state: an "
                    "energy error of that size does not prove the right state"
                )
            molecule = replace(at(distance), mapping=mapping)
            yield f"vqe/lih-{qubits}q-{distance}", molecule, f"{description}."
    everything = replace(at(3.4), unit="bohr", active_electrons=4, active_orbitals=None)
    yield (
        "vqe/lih-12q-published",
        everything,
        "LiH at 3.4 Bohr, STO-3G, all 4 electrons in all 6 orbitals: the coordinates, meant in "
        "ångström, are read in Bohr as the papers did; vqe/lih-6q-3.4 reads them in ångström, in "
        "a smaller active space.",
    )


def _in_both_units(name: str, molecule: Molecule, what: str) -> Iterator[_Bundled]:
    yield name, molecule, f"{what.format(unit='Å')}."
    published = (
        f"{what.format(unit='Bohr')}: the coordinates, meant in ångström, are read in Bohr as the "
        f"papers did; {name} reads them in ångström."
    )
    yield f"{name}-published", replace(molecule, unit="bohr"), published


def render(problem: dict[str, Any]) -> str:
    """Write a problem as JSON with one term, and one metadata entry, a line.

    Args:
        problem: The content of a problem file.

    Returns:
        The text of the file.
    """
    lines = []
    for key, value in problem.items():
        if isinstance(value, list):
            inner = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value)
            text = f"[\n{inner}\n ]"
        elif isinstance(value, dict):
            inner = ",\n".join(
                f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()
            )
            text = f"{{\n{inner}\n }}"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def differences(stored: Any, rebuilt: Any, *, where: str = "") -> list[str]:
    """List how a stored problem differs from a rebuilt one.

    Numbers may differ by rounding. The checksum, which follows every digit, and
    the versions of the tools are left out.

    Args:
        stored: A problem, or a part of one.
        rebuilt: What it should be.
        where: The path of the part, for the messages.

    Returns:
        One line per difference.
    """
    if where in (".metadata.versions", ".metadata.sha256"):
        return []
    if isinstance(stored, dict) and isinstance(rebuilt, dict) and stored.keys() == rebuilt.keys():
        pairs = [(f"{where}.{key}", stored[key], rebuilt[key]) for key in rebuilt]
    elif isinstance(stored, list) and isinstance(rebuilt, list) and len(stored) == len(rebuilt):
        pairs = [
            (f"{where}[{index}]", *items)
            for index, items in enumerate(zip(stored, rebuilt, strict=True))
        ]
    elif isinstance(stored, float) and isinstance(rebuilt, float):
        same = abs(stored - rebuilt) <= TOLERANCE
        return [] if same else [f"{where}: stored {stored!r}, rebuilt {rebuilt!r}"]
    elif isinstance(rebuilt, list | dict):
        return [f"{where}: other keys or another length than the rebuilt one"]
    else:
        return [] if stored == rebuilt else [f"{where}: stored {stored!r}, rebuilt {rebuilt!r}"]
    return [line for path, old, new in pairs for line in differences(old, new, where=path)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command's words; None for the process's own.

    Returns:
        The exit code: 0 done, 1 a stored file differs.
    """
    parser = argparse.ArgumentParser(
        prog="python -m qrl.tasks.ground_states.data.build", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--out", type=Path, default=DATA, help="folder of the files")
    options = parser.parse_args(arguments)
    failed = False
    for name, molecule, description in bundled():
        problem = build_problem(molecule, name=name, description=description)
        path, text = options.out / f"{name}.json", render(problem)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{name}: {len(problem['paulis'])} terms, {len(text)} bytes", flush=True)
            continue
        lines, verdict = _compare(path, text)
        failed = failed or bool(lines)
        print(f"{name}: {verdict}", *lines, sep="\n  ", flush=True)
    return int(failed)


def _compare(path: Path, rebuilt: str) -> tuple[list[str], str]:
    if not path.exists():
        return [f"{path} does not exist"], "missing"
    stored = path.read_text(encoding="utf-8")
    if stored == rebuilt:
        return [], "identical"
    problem = json.loads(stored)
    lines = differences(problem, json.loads(rebuilt))
    if not lines and problem["metadata"]["sha256"] != checksum(
        problem["paulis"], problem["weights"]
    ):
        lines = [".metadata.sha256: not the checksum of the stored terms"]
    return lines, "different" if lines else "equal up to rounding and versions of the tools"


if __name__ == "__main__":
    sys.exit(main())
