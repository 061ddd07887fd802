"""Run folders: made, read, and refused when anything in them is damaged."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.cli.main import main
from qrl.errors import InputError
from qrl.search.archive import Archive
from qrl.search.checkpoint import pack
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.run_folder import RunFolder, check_new, default_folder

Copy = Callable[[Path], Path]
CONFIG = SearchConfig("vqe/h2-2q", agent="random", seed=5, budget=Budget("steps", 64))

DAMAGES = {
    "removed": lambda data: None,
    "emptied": lambda data: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "blank": lambda data: b" \n",
    "garbled": lambda data: b"\xff\x00\xfe" * 20,
    "prose": lambda data: b"hello\n",
    "a number": lambda data: b"5",
    "null": lambda data: b"null",
    "an empty list": lambda data: b"[]",
    "an empty object": lambda data: b"{}",
    "a list of null": lambda data: b"[null]",
    "a list of objects": lambda data: b"[{}]",
    "a folder": lambda data: ...,
}
NEEDED = {
    "verify": ("problem.json", "result.json", "archive.json", "circuit.qasm"),
    "show": ("problem.json", "result.json", "archive.json", "trace.jsonl"),
    "export": ("problem.json", "result.json", "archive.json", "trace.jsonl"),
    "resume": ("config.toml", "problem.json", "result.json", "checkpoint/state.npz"),
}
CASES = [
    (command, name, damage)
    for command, names in NEEDED.items()
    for name in names
    for damage in DAMAGES
    # Without a checkpoint a run starts again.
    if (name, damage) != ("checkpoint/state.npz", "removed")
]


def spoil(path: Path, damage: str) -> None:
    content = DAMAGES[damage](path.read_bytes())
    path.unlink()
    if content is ...:
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)


def words(command: str, folder: Path) -> list[str]:
    return {
        "verify": ["verify", str(folder)],
        "show": ["show", str(folder), "--plot", str(folder.parent / "plot.png")],
        "export": ["export", str(folder), "--format", "json"],
        "resume": ["search", "--resume", str(folder)],
    }[command]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command line, which must refuse its input, and return what it says."""
    code = main(arguments)
    told = capsys.readouterr().err
    assert code == 2, told
    assert told.count("qrl: error: ") == 1
    return told.split("qrl: error: ")[1]


@pytest.mark.parametrize(("command", "name", "damage"), CASES, ids=str)
def test_a_damaged_file_is_told(
    crashed_folder: Path,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    damage: str,
) -> None:
    folder = copy_of(crashed_folder)
    spoil(folder / name, damage)
    if name == "checkpoint/state.npz":  # the one before it would do
        spoil(folder / "checkpoint" / "state-previous.npz", damage)
    told = refused(capsys, *words(command, folder))
    assert str(folder) in told
    assert Path(name).name in told


@pytest.mark.parametrize("name", ["problem.json", "result.json", "archive.json", "trace.jsonl"])
@pytest.mark.parametrize("damage", ["removed", "emptied", "cut in half", "garbled"])
def test_load_tells_of_damage(crashed_folder: Path, copy_of: Copy, name: str, damage: str) -> None:
    folder = copy_of(crashed_folder)
    spoil(folder / name, damage)
    with pytest.raises(InputError, match=f"not a complete run folder: {name}"):
        qrl.load(folder)


@pytest.mark.parametrize("command", NEEDED)
def test_the_folder_is_whole_before_it_is_damaged(
    crashed_folder: Path, copy_of: Copy, command: str
) -> None:
    assert main(words(command, copy_of(crashed_folder))) == 0


def test_a_config_cut_between_lines_is_told(crashed_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(crashed_folder)
    text = (folder / "config.toml").read_text()
    lines = text.splitlines(keepends=True)
    complete = tomllib.loads(text)
    for count in range(len(lines)):
        part = "".join(lines[:count])
        if tomllib.loads(part) == complete:  # all that is missing is the empty table at the end
            continue
        (folder / "config.toml").write_text(part)
        with pytest.raises(InputError, match=r"config\.toml"):
            RunFolder(folder).read_config()


@pytest.mark.parametrize("key", ["schema", "task", "cost", "fidelity", "baselines", "circuit"])
def test_a_missing_field_of_the_result_is_named(
    random_run: qrl.Run, copy_of: Copy, key: str
) -> None:
    folder = copy_of(random_run.path)
    result = {k: v for k, v in random_run.result.items() if k != key}
    (folder / "result.json").write_text(json.dumps(result))
    with pytest.raises(InputError, match=f"result.json: {key} missing"):
        qrl.load(folder)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("status", [None, "finished", 3]),
        ("cost", [None, "x", [], float("nan")]),
        ("reference", ["x", [], {}]),
        ("error", ["x", []]),
        ("fidelity", ["x", {}]),
        ("depth", [None, "x", 2.5]),
        ("cnots", [None, "x", {}]),
        ("rotations", [None, []]),
        ("gates", [None, "x"]),
        ("evaluations", [None, "x", []]),
        ("env_steps", [None, "x"]),
        ("seconds", [None, "x", {}]),
        ("seconds_to_target", ["x", []]),
        ("baselines", [None, "x", [], {"a": 1}, {"a": {}}, {"a": {"cost": "x"}}]),
        ("circuit", [None, 3]),
    ],
)
def test_a_field_of_another_kind_is_told(
    random_run: qrl.Run,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
    key: str,
    wrong: list[Any],
) -> None:
    folder = copy_of(random_run.path)
    for value in wrong:
        (folder / "result.json").write_text(json.dumps({**random_run.result, key: value}))
        told = refused(capsys, "show", str(folder))
        assert "result.json" in told
        assert key in told


def test_a_result_of_a_later_schema_is_not_read(random_run: qrl.Run, copy_of: Copy) -> None:
    folder = copy_of(random_run.path)
    (folder / "result.json").write_text(json.dumps({**random_run.result, "schema": 2}))
    with pytest.raises(InputError, match="has schema 2; this version reads schema 1"):
        qrl.load(folder)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"searcher": {}},
        {"recorder": {}, "searcher": {}},
        {"recorder": {"ledger": {}, "archive": [], "trace": []}, "searcher": {}},
    ],
    ids=str,
)
def test_a_checkpoint_that_lacks_a_part_is_told(
    crashed_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str], state: dict[str, Any]
) -> None:
    folder = copy_of(crashed_folder)
    (folder / "checkpoint" / "state.npz").write_bytes(pack(state))
    assert "state.npz" in refused(capsys, *words("resume", folder))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('agent = "random"', 'agent = "ppo"'),
        ("max_gates = 0", "max_gates = 7"),
        ('gates = "cx+rotations"', 'gates = "cx+ry"'),
        ("[options]", "[options]\nnum_envs = 4"),
    ],
)
def test_settings_that_do_not_fit_the_checkpoint_are_told(
    crashed_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    folder = copy_of(crashed_folder)
    text = (folder / "config.toml").read_text()
    assert old in text
    (folder / "config.toml").write_text(text.replace(old, new))
    assert str(folder) in refused(capsys, *words("resume", folder))


@pytest.mark.parametrize("command", NEEDED)
def test_no_folder_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "missing", tmp_path / "file"):
        told = refused(capsys, *words(command, path))
        assert f"There is no run folder {str(path)!r}" in told
    (tmp_path / "empty").mkdir()
    assert "is not a complete run folder" in refused(capsys, *words(command, tmp_path / "empty"))


# -- making one ----------------------------------------------------------------------------


def test_create_writes_settings_and_problem(tmp_path: Path) -> None:
    task = qrl.get_task("vqe/h2-2q")
    folder = RunFolder.create(tmp_path / "a" / "b", CONFIG, task)
    assert {path.name for path in folder.path.iterdir()} == {"config.toml", "problem.json"}
    again = RunFolder(str(tmp_path / "a" / "b"))
    assert again.read_config() == CONFIG
    assert again.read_task() == task
    assert dict(again.read_task().metadata) == dict(task.metadata)


@pytest.mark.parametrize("reference", [None, -1.5])
def test_a_task_reads_back_as_it_was(tmp_path: Path, reference: float | None) -> None:
    task = qrl.Task(
        "mine [1/2]",
        Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.1 + 0.2))),
        reference=reference,
        unit="J",
        family="spins",
        description="Two of them.",
        initial_state="01",
        target_error=0.25,
        metadata={"source": "here"},
    )
    folder = RunFolder.create(tmp_path / "run", CONFIG, task)
    assert folder.read_task() == task
    assert folder.read_task().metadata["source"] == "here"


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    check_new(tmp_path / "new" / "below")
    for name in ("folder", "file", "dangling"):
        with pytest.raises(InputError, match="exists already; name a new one"):
            check_new(tmp_path / name)
    with pytest.raises(InputError, match="file is not a folder"):
        check_new(tmp_path / "file" / "below" / "it")
    with pytest.raises(InputError, match="cannot be made"):
        check_new(tmp_path / ("x" * 300))


def test_default_folders_are_new_and_tell_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = []
    for _ in range(3):
        path = default_folder(SearchConfig("vqe/lih-4q-3.4", agent="random", seed=7))
        assert path.parent == Path("runs")
        assert path.name.startswith("lih-4q-3.4-random-s7-2")
        path.mkdir(parents=True)
        made.append(path)
    assert len(set(made)) == 3
    name = default_folder(SearchConfig("../../my task/ü")).name
    assert name.startswith("..-..-my-task-portfolio-s0-") or name.startswith(
        "my-task-portfolio-s0-"
    )
    assert default_folder(SearchConfig("x" * 400)).name.startswith("x")
    check_new(default_folder(SearchConfig("x" * 400)))


def test_what_is_written_reads_back(random_run: qrl.Run) -> None:
    folder = RunFolder(random_run.path)
    assert folder.read_result() == random_run.result
    assert folder.read_archive().entries == random_run.archive.entries
    assert folder.read_trace() == random_run.trace
    assert (folder.path / "circuit.qasm").read_text() == random_run.result["circuit"]
    assert isinstance(folder.read_archive(), Archive)
    assert folder.read_config().to_dict()["options"] == {}


def test_a_problem_of_another_run_is_noticed(tmp_path: Path) -> None:
    runs = [
        qrl.search(name, agent="random", steps=64, out=tmp_path / str(k), compare=False)
        for k, name in enumerate(("state/ghz-3q", "state/w-3q"))
    ]
    (runs[0].path / "problem.json").write_text((runs[1].path / "problem.json").read_text())
    with pytest.raises(InputError, match=r"problem\.json: it holds 'state/w-3q'"):
        qrl.load(runs[0].path)
    with pytest.raises(InputError, match=r"problem\.json: it holds 'state/w-3q'"):
        qrl.resume(runs[0].path)
