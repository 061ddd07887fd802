"""Specs by name: TOML files, and those that come with the package."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from qrl.bench.group import resolved
from qrl.bench.spec import Spec
from qrl.bench.table import SPEC, is_benchmark
from qrl.errors import InputError, unknown_name
from qrl.search.config import read_config

DEFAULT_ROOT = Path("runs/bench")
"""Where benchmarks are written that are given no folder."""


def presets() -> tuple[str, ...]:
    """Return the names of the specs that come with the package."""
    return tuple(sorted(_presets()))


def read_spec(spec: str | Path) -> Spec:
    """Read a spec.

    Args:
        spec: a TOML file, a folder of a benchmark, or the name of a preset.

    Raises:
        InputError: there is none, or something in it cannot be used.
    """
    path = Path(spec)
    known = _presets()
    if str(spec) in known and not path.is_file():
        return Spec.from_dict(tomllib.loads(known[str(spec)]), str(spec))
    if is_benchmark(path):
        path = path / SPEC
    elif path.suffix != ".toml":
        raise unknown_name("benchmark", str(spec), known, "Or give a TOML file.")
    try:
        return Spec.from_dict(resolved(read_config(path), path.absolute().parent), path.stem)
    except InputError as cause:
        where = "" if str(cause).startswith(str(path)) else f"{path}: "
        raise InputError(f"{where}{cause}") from cause


def _presets() -> dict[str, str]:
    folder = resources.files("qrl.bench") / "presets"
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return {file.name.removesuffix(".toml"): file.read_text(encoding="utf-8") for file in files}


def folder_of(spec: Spec, name: str) -> Path:
    """Return where a benchmark is written that is given no folder.

    Args:
        spec: the benchmark.
        name: under which it was read; the folder itself where it was that; empty for a dict.
    """
    # A preset goes before a folder of its name, as in `read_spec`.
    if name and name not in _presets() and is_benchmark(Path(name)):
        return Path(name)
    return DEFAULT_ROOT / spec.name
