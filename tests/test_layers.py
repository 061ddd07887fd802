"""Imports point down the list of DESIGN: no package knows one that comes after it."""

import ast
from pathlib import Path

import pytest

import qrl

ROOT = Path(qrl.__file__).parent
KNOWN_BY = {
    "circuits": set(),
    "tasks": {"circuits"},
    "env": {"circuits", "tasks"},
    "agents": {"env"},
    "search": {"circuits", "tasks", "env", "agents"},
    "hardware": {"circuits", "tasks", "search"},
    "bench": {"circuits", "tasks", "env", "agents", "search", "hardware"},
    "cli": {"circuits", "tasks", "env", "agents", "search", "hardware", "bench"},
}
EVERYWHERE = {"errors", "checks", "files", "callable_module"}


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where things come from"
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("qrl.")}
    return found


@pytest.mark.parametrize("package", KNOWN_BY)
def test_imports_point_down(package: str) -> None:
    allowed = KNOWN_BY[package] | EVERYWHERE | {package}
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        assert imported_packages(path) <= allowed, path


def test_every_package_is_listed() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(KNOWN_BY)


def test_files_stay_short() -> None:
    long = {p.name: n for p in ROOT.rglob("*.py") if (n := len(p.read_text().splitlines())) > 320}
    assert not long


@pytest.mark.parametrize(
    "heavy", ["torch", "stable_baselines3", "qiskit", "pennylane", "matplotlib"]
)
def test_heavy_libraries_are_imported_where_they_are_used(heavy: str) -> None:
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        at_top = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        names = {a.name for n in at_top if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in at_top if isinstance(n, ast.ImportFrom)}
        roots = {name.split(".")[0] for name in names}
        if heavy in roots:
            # The agents are made of torch; nothing imports them before an agent is asked for.
            assert heavy in {"torch", "stable_baselines3"}, path
            assert "agents" in path.relative_to(ROOT).parts or path.name == "rl.py", path
