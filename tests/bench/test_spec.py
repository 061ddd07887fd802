"""Specs: what they say, and what is said of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench.small_benchmarks import SMALL, Told, opened, small

import qrl
from qrl.bench.choose_workers import on_this_machine
from qrl.bench.job import Job
from qrl.bench.spec import Spec
from qrl.bench.spec_file import folder_of, presets, read_spec
from qrl.errors import InputError


def test_jobs_are_the_product_and_the_first_seed_comes_first() -> None:
    jobs = small(noise=["none", "bit-flip:0.01"], coupling=["all", "line"]).jobs()
    assert len(jobs) == len({job.key for job in jobs}) == 2 * 2 * 2 * 2 * 2
    assert [job.config.seed for job in jobs] == [0] * 16 + [1] * 16
    assert {job.cell for job in jobs} == {
        f"{task}{noise}{coupling}"
        for task in SMALL["tasks"]
        for noise in ("", ", bit-flip:0.01")
        for coupling in ("", ", line")
    }
    assert all(job.config.budget.kind == "evaluations" for job in jobs)
    assert not any(job.config.compare for job in jobs)


def test_all_agents_that_learn_have_one_network_unless_the_spec_says_otherwise() -> None:
    agents = [
        "ppo", "dqn", "random", {"agent": "dqn", "label": "wide", "options": {"hidden": 256}},
    ]  # fmt: skip
    hidden = {
        j.label: j.config.options.get("hidden") for j in small(agents=agents, network=32).jobs()
    }
    assert hidden == {"ppo": 32, "dqn": 32, "random": None, "wide": 256}
    untouched = {j.label: j.config.options for j in small(agents=["ppo"], network=0).jobs()}
    assert untouched == {"ppo": {}}


def test_an_agent_may_have_its_own_rules_and_budget() -> None:
    own = {"agent": "anneal", "label": "long", "budget": {"steps": 70}, "env": {"max_gates": 5}}
    jobs = small(agents=["anneal", own], env={"max_gates": 9, "start": "zero"}).jobs()
    seen = {
        j.label: (str(j.config.budget), j.config.env.max_gates, j.config.env.start) for j in jobs
    }
    assert seen == {"anneal": ("300 evaluations", 9, "zero"), "long": ("70 steps", 5, "zero")}


def test_groups_change_what_is_common() -> None:
    spec = small(
        groups=[
            {"tasks": ["vqe/h2-2q"]},
            {"noise": ["bit-flip:0.1"], "budget": {"seconds": 2}, "seeds": [7]},
        ]
    )
    kinds = {(job.cell, str(job.config.budget), job.config.seed) for job in spec.jobs()}
    assert kinds == {
        ("vqe/h2-2q", "300 evaluations", 0),
        ("vqe/h2-2q", "300 evaluations", 1),
        ("vqe/h2-2q, bit-flip:0.1", "2 seconds", 7),
        ("state/ghz-2q, bit-flip:0.1", "2 seconds", 7),
    }


def test_what_two_groups_have_in_common_is_run_once() -> None:
    assert len(small(groups=[{}, {"tasks": ["vqe/h2-2q"]}]).jobs()) == len(small().jobs())


def test_a_spec_written_out_says_the_same() -> None:
    spec = small(weights={"accuracy": 2, "time": 1}, groups=[{}, {"noise": ["bit-flip:0.1"]}])
    again = Spec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert [job.key for job in again.jobs()] == [job.key for job in spec.jobs()]


def test_a_job_survives_json() -> None:
    for job in small().jobs():
        assert Job.from_dict(json.loads(json.dumps(job.to_dict()))) == job


def test_a_key_follows_what_decides_the_result_and_nothing_else() -> None:
    keys = {job.key for job in small().jobs()}
    assert {job.key for job in small(name="other", description="x", compare=True).jobs()} == keys
    changes: list[dict[str, Any]] = [
        {"budget": {"evaluations": 301}},
        {"env": {"max_gates": 3}},
        {"threads": 2},
        {"noise": ["bit-flip:0.1"]},
    ]
    for change in changes:
        assert not {job.key for job in small(**change).jobs()} & keys, change


def test_two_problems_of_one_name_are_not_mixed(tmp_path: Path) -> None:
    content = {"format": "qrl-problem-1", "qubit_order": "little-endian", "paulis": ["ZZ", "XI"]}
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, weight in zip(files, (0.5, 0.7), strict=True):
        file.write_text(json.dumps(content | {"weights": [1.0, weight], "name": "mine"}))
    with pytest.raises(InputError, match=r"Two problems have the name 'mine'.*b\.json"):
        small(tasks=[str(file) for file in files]).jobs()


def test_a_preset_goes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened(Path("smoke")).run(on_this_machine(workers=1), Told())
    assert folder_of(read_spec("smoke"), "smoke") == Path("runs/bench/smoke")
    assert folder_of(read_spec("./smoke"), "./smoke") == Path("smoke")


def test_a_long_dict_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = {**SMALL, "tasks": ["vqe/h2-2q"], "seeds": 1, "description": "x" * 5000}
    assert qrl.bench(spec, workers=1).folder == Path("runs/bench/small")


def test_a_problem_file_is_found_beside_the_spec_and_its_content_counts(tmp_path: Path) -> None:
    problem = tmp_path / "mine.json"
    content = {"format": "qrl-problem-1", "qubit_order": "little-endian", "paulis": ["ZZ", "XI"]}
    problem.write_text(json.dumps(content | {"weights": [1.0, 0.5], "name": "mine"}))
    spec = tmp_path / "spec.toml"
    spec.write_text(
        'tasks = ["mine.json"]\nagents = ["random"]\nseeds = 1\nbudget = {steps = 20}\n'
    )
    (job,) = read_spec(spec).jobs()
    assert (job.config.task, job.source) == ("mine", str(problem))
    problem.write_text(json.dumps(content | {"weights": [1.0, 0.7], "name": "mine"}))
    assert read_spec(spec).jobs()[0].key != job.key


@pytest.mark.parametrize("name", presets())
def test_presets_are_complete(name: str) -> None:
    spec = read_spec(name)
    jobs = spec.jobs()
    assert spec.name == name
    assert spec.description.endswith(".")
    assert "random" in {job.label for job in jobs}  # the line that every comparison needs
    kinds = {(job.cell, str(job.config.budget)) for job in jobs}
    assert len(kinds) == len({cell for cell, _ in kinds})  # one budget for all agents of a cell
    assert len({job.config.options.get("hidden", spec.network) for job in jobs}) == 1


def test_benchrl_is_what_the_paper_compares() -> None:
    jobs = read_spec("benchrl").jobs()
    nine = {"a2c", "a3c", "ppo", "tppo", "dqn", "ddqn", "dueling-dqn", "dqn-per", "dqn-rank"}
    assert {job.label for job in jobs} - {"random", "portfolio"} == nine
    assert {job.config.task.split("/")[0] for job in jobs} == {"vqe", "diag", "classify", "state"}
    assert {job.config.env.noise for job in jobs} == {"none", "depolarizing:0.01,0.05"}
    sizes = {qrl.get_task(name).n_qubits for name in {job.config.task for job in jobs}}
    assert (min(sizes), max(sizes)) == (2, 8)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"agnets": ["ppo"]}, "Did you mean 'agents'"),
    ({"agents": ["pppo"]}, "Did you mean 'ppo'"),
    ({"agents": [3]}, "An agent is a name or a table"),
    ({"agents": [{"agent": "ppo", "optoins": {}}]}, "Did you mean 'options'"),
    ({"agents": [{"agent": "ppo", "options": 3}]}, "must be a table"),
    ({"agents": [{"agent": "ppo", "label": " "}]}, "label"),
    ({"agents": ["ppo", {"agent": "ppo", "options": {"hidden": 8}}]}, "its own label"),
    ({"tasks": []}, "tasks is empty"),
    ({"agents": []}, "agents is empty"),
    ({"seeds": []}, "seeds is empty"),
    ({"noise": []}, "noise is empty"),
    ({"groups": []}, "groups is empty"),
    ({"tasks": "vqe/h2-2q"}, "tasks must be a list"),
    ({"tasks": [1]}, "list of texts"),
    ({"tasks": ["vqe/h2-2q", "vqe/h2-2q"]}, "twice"),
    ({"seeds": 0}, "seeds must be a whole number"),
    ({"seeds": [1, 1]}, "twice"),
    ({"seeds": [-1]}, "A seed"),
    ({"seeds": 2.5}, "seeds must be a list"),
    ({"budget": {"evaluations": 5, "seconds": 3}}, "Give one budget"),
    ({"budget": {"evals": 5}}, "Unknown budget 'evals'"),
    ({"budget": {}}, "budget must be a table"),
    ({"budget": 300}, "budget must be a table"),
    ({"budget": {"evaluations": float("nan")}}, "positive number"),
    ({"env": {"max_gate": 5}}, "Did you mean 'max_gates'"),
    ({"env": {"noise": "none"}}, "a list of its own"),
    ({"env": 3}, "env must be a table"),
    ({"noise": ["depolarising:0.1"]}, "Unknown noise"),
    ({"network": -1}, "network"),
    ({"threads": 0}, "threads"),
    ({"name": "a/b"}, "names a folder"),
    ({"name": 3}, "name"),
    ({"compare": 1}, "true or false"),
    ({"stop_at": "soon"}, "stop_at"),
    ({"weights": {"acuracy": 1}}, "Did you mean 'accuracy'"),
    ({"counts": "some"}, "whose gates"),
    ({"groups": [{"name": "x"}]}, "setting of a group"),
    ({"groups": {"tasks": []}}, "groups must be a list"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_specs_are_told(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        small(**change).jobs()


@pytest.mark.parametrize("key", ["tasks", "agents", "budget"])
def test_what_a_benchmark_needs(key: str) -> None:
    with pytest.raises(InputError, match=f"needs {key}"):
        Spec.from_dict({name: value for name, value in SMALL.items() if name != key})


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'smoke'"):
        read_spec("smok")
    with pytest.raises(InputError, match="cannot be read"):
        read_spec(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("tasks = [")
    with pytest.raises(InputError, match=r"broken\.toml"):
        read_spec(broken)
    broken.write_text("")
    with pytest.raises(InputError, match="needs tasks"):
        read_spec(broken)
