"""The built wheel: one import name, and everything that it needs inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    # Built from a copy of what git tracks: a build leaves files beside its sources.
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(path.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), "."],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_only_import_name_is_qrl(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"qrl"}


def test_every_module_and_data_file_is_inside(wheel: zipfile.ZipFile) -> None:
    kinds = "qrl/**/*.py", "qrl/tasks/ground_states/data/vqe/*.json", "qrl/bench/presets/*.toml"
    kinds += "qrl/bench/report/*.css", "qrl/bench/report/*.js"
    sources = [path for kind in kinds for path in ROOT.glob(kind)]
    expected = {str(path.relative_to(ROOT)) for path in sources} | {"qrl/py.typed"}
    assert len([name for name in expected if name.endswith(".json")]) == 17
    assert len([name for name in expected if name.endswith((".toml", ".css", ".js"))]) == 4 + 1 + 5
    assert expected <= set(wheel.namelist())


def test_metadata(wheel: zipfile.ZipFile) -> None:
    (name,) = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
    text = wheel.read(name).decode()
    assert "License-Expression: Apache-2.0" in text
    for extra in ("chem", "hardware", "ray", "notebooks", "dev"):
        assert f"Provides-Extra: {extra}\n" in text
    (entry,) = [n for n in wheel.namelist() if n.endswith("entry_points.txt")]
    assert "qrl = qrl.cli.main:main" in wheel.read(entry).decode()


def test_links_at_the_top() -> None:
    for name in ("circuits", "tasks"):
        assert (ROOT / name).is_symlink()
        assert (ROOT / name).resolve() == (ROOT / "qrl" / name).resolve()


def test_every_public_name_loads() -> None:
    import qrl

    for name in qrl.__all__:
        assert getattr(qrl, name) is not None
    assert set(qrl.__all__) <= set(dir(qrl))
    with pytest.raises(AttributeError, match="no attribute 'sreach'"):
        _ = qrl.sreach
