"""Tuning: what is judged, what is kept, what a killed study loses (nothing), what is refused."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import optuna
import pytest
from scipy.stats import mannwhitneyu

import qrl
from qrl.bench.tuning import Tuning, tune
from qrl.bench.tuning import study as studies
from qrl.bench.tuning.fresh import Judged, p_value
from qrl.bench.tuning.objective import Figures, Objective
from qrl.errors import InputError
from qrl.search.config import SearchConfig, read_config

TASK = "vqe/tfim-4q-1.0"
SPACE = {
    "options": {"population": {"low": 4, "high": 96, "log": True}, "crossover": [0.0, 0.3, 0.6]},
    "env": {"max_gates": {"low": 0, "high": 24, "step": 4}},
}
COMMON: dict[str, Any] = {
    "agent": "evolve", "evaluations": 300, "seeds": 2, "fresh_seeds": 3, "space": SPACE,
}  # fmt: skip


def small(out: Path, trials: int = 4, **others: Any) -> Tuning:
    return tune(TASK, out=out, trials=trials, **{**COMMON, **others})


def chosen(tuning: Tuning) -> list[tuple[Any, ...]]:
    """Settings and errors of the trials that were not killed."""
    names = [d.key for d in tuning.plan.space.dimensions]
    rows = [row for row in tuning.rows if row["state"] != "killed"]
    return [(*(row[name] for name in names), row["median_error"]) for row in rows]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    """Twelve trials on a small task; nobody may change its folder."""
    return small(tmp_path_factory.mktemp("tuning") / "whole", trials=12)


def test_figures_are_those_of_the_run_folders(tuned: Tuning) -> None:
    table = tuned.trials
    assert list(table["trial"]) == list(range(12))
    for row in tuned.rows:
        runs = [qrl.load(tuned.folder / row["folder"] / f"seed-{seed}") for seed in (0, 1)]
        assert row["median_error"] == median(run.best.error or 0.0 for run in runs)
        assert row["median_cnots"] == median(run.best.cnots for run in runs)
        for run in runs:
            config = (run.path / "config.toml").read_text()
            assert f"population = {row['options.population']}" in config
            assert f"max_gates = {row['env.max_gates']}" in config
            assert run.result["evaluations"] >= 300
    assert tuned.best is not None
    assert tuned.best.error == table["median_error"].min()


def test_the_defaults_are_the_first_trial(tuned: Tuning) -> None:
    first = tuned.rows[0]
    assert first["is_default"]
    assert not any(row["is_default"] for row in tuned.rows[1:])
    assert (first["options.population"], first["options.crossover"]) == (96, 0.3)
    assert tuned.defaults is not None
    alone = qrl.search(
        TASK,
        agent="evolve",
        evaluations=300,
        seed=1,
        compare=False,
        out=tuned.folder.parent / "alone",
    )
    assert tuned.defaults.found[1].error == alone.best.error


def test_fresh_seeds_took_no_part_and_tell_the_gain(tuned: Tuning) -> None:
    assert tuned.best is not None
    assert tuned.defaults is not None
    assert not tuned.best.is_default
    for judged in (tuned.best, tuned.defaults):
        assert [one.seed for one in judged.found] == [0, 1]
        assert [one.seed for one in judged.fresh] == [2, 3, 4]
        path = tuned.folder / "fresh" / f"trial-{judged.trial}"
        errors = [qrl.load(path / f"seed-{seed}").best.error for seed in (2, 3, 4)]
        assert [one.error for one in judged.fresh] == errors
        assert judged.fresh_error == median(e for e in errors if e is not None)
    both = [[one.error for one in judged.fresh] for judged in (tuned.best, tuned.defaults)]
    assert tuned.p_value == pytest.approx(mannwhitneyu(*both).pvalue)


def test_errors_below_any_meaning_are_equal_to_the_test() -> None:
    # Of the smallest size that is told apart from none, 1e-7 Ha and less.
    def judged(*errors: float) -> Judged:
        return Judged(0, False, {}, (), tuple(Figures(0, e, 1, None) for e in errors))

    aim = Objective("error", has_reference=True)
    tiny, small_, large = judged(1e-9, 2e-9, 3e-9), judged(1e-10, 0.0, 2e-10), judged(1, 2, 3)
    assert p_value(tiny, small_, aim.height) == 1.0
    assert p_value(tiny, large, aim.height) == pytest.approx(
        mannwhitneyu([0, 0, 0], [1, 2, 3]).pvalue
    )


def test_the_best_settings_are_a_file_for_search(tuned: Tuning, tmp_path: Path) -> None:
    from qrl.cli.main import main

    assert tuned.best is not None
    file = tuned.folder / "best.toml"
    out = tmp_path / "run"
    words = ["search", "--config", file, "--seed", 3, "--out", out, "--no-compare"]
    assert main([str(word) for word in words]) == 0
    assert qrl.load(out).best.error == tuned.best.fresh[1].error
    assert (
        SearchConfig.from_dict(read_config(file)).options["population"]
        == (tuned.best.settings["options"]["population"])
    )


def test_the_result_is_plain_json(tuned: Tuning) -> None:
    data = json.loads((tuned.folder / "tuning.json").read_text())
    assert data == json.loads(json.dumps(tuned.to_dict()))
    assert data["status"] == "done"
    assert data["best"]["median_fresh_error"] == tuned.best.fresh_error  # type: ignore[union-attr]
    assert sum(data["importances"].values()) == pytest.approx(1.0)
    assert set(data["importances"]) == {d.key for d in tuned.plan.space.dimensions}


def test_a_picture_shows_every_trial(tuned: Tuning) -> None:
    left, right = tuned.plot().axes
    assert sum(len(line.get_xdata()) for line in left.lines) == 12
    assert len(right.patches) == len(tuned.importances)


@pytest.mark.parametrize("scheme", ["sqlite:///", "journal:"])
def test_a_study_in_parts_is_the_study_in_one(tuned: Tuning, tmp_path: Path, scheme: str) -> None:
    storage = f"{scheme}{tmp_path / 'kept'}"
    for trials in (1, 5, 12):
        parts = small(tmp_path / "parts", trials, storage=storage)
        assert len(parts.rows) == trials
    assert chosen(parts) == chosen(tuned)
    assert parts.best == tuned.best
    again = small(tmp_path / "parts", 12, storage=storage)
    assert again.to_dict() == parts.to_dict()


def test_an_extension_that_is_cut_keeps_what_fresh_seeds_have_told(tmp_path: Path) -> None:
    whole = small(tmp_path / "one", 3)

    def say(text: str) -> None:
        if text.startswith("Trial 4 of 9"):
            os.kill(os.getpid(), signal.SIGINT)

    cut = small(tmp_path / "one", 9, say=say)
    assert cut.interrupted
    assert (cut.best, cut.defaults) == (whole.best, whole.defaults)
    assert cut.defaults is not None
    assert cut.defaults.fresh_error is not None


@pytest.mark.parametrize("when", [0, 3])
def test_ctrl_c_keeps_finished_trials_and_repeats_the_one_that_was_cut(
    tuned: Tuning, tmp_path: Path, when: int
) -> None:
    def say(text: str) -> None:
        if text.startswith(f"Trial {when + 1} of 12"):
            os.kill(os.getpid(), signal.SIGINT)

    stopped = small(tmp_path / "cut", 12, say=say)
    assert stopped.interrupted
    assert [row["state"] for row in stopped.rows] == ["complete"] * when + ["killed"]
    assert json.loads((stopped.folder / "tuning.json").read_text())["status"] == "interrupted"
    assert (stopped.folder / "best.toml").exists() == (when > 0)
    went_on = small(tmp_path / "cut", 12)
    assert [row["state"] for row in went_on.rows].count("complete") == 12
    assert chosen(went_on) == chosen(tuned)
    assert not went_on.interrupted


def test_trials_of_a_process_that_was_killed_are_repeated(tuned: Tuning, tmp_path: Path) -> None:
    small(tmp_path / "dead", 3)
    # What a killed process leaves: a trial that runs for ever.
    storage = f"sqlite:///{tmp_path / 'dead' / 'study.db'}"
    kept = optuna.storages.RDBStorage(storage)
    study = optuna.load_study(study_name="tuning", storage=kept)
    study.sampler = studies._sampler(tuned.plan, 3)
    studies._next(study, tuned.plan)
    kept.engine.dispose()
    went_on = small(tmp_path / "dead", 12)
    assert went_on.rows[3]["state"] == "killed"
    assert went_on.rows[4]["options.population"] == went_on.rows[3]["options.population"]
    assert chosen(went_on) == chosen(tuned)


def test_two_objectives_give_a_front_that_nothing_beats(tmp_path: Path) -> None:
    found = small(tmp_path / "two", 8, objective="error,cnots", sampler="nsga2", fresh_seeds=1)
    rows = {row["trial"]: (row["median_error"], row["median_cnots"]) for row in found.rows}
    front = [rows[one.trial] for one in found.front]
    assert [cnots for _, cnots in front] == sorted({cnots for _, cnots in front}, reverse=True)
    aim = Objective("error,cnots", has_reference=True)
    for error, cnots in rows.values():
        assert any(aim.height(e) <= aim.height(error) and c <= cnots for e, c in front)
    for one in found.front:
        file = found.folder / f"front-trial-{one.trial}.toml"
        assert SearchConfig.from_dict(read_config(file)).options == one.settings["options"]
    (found.folder / "front-trial-99.toml").touch()  # of a trial that a later one beat
    small(tmp_path / "two", 8, objective="error,cnots", sampler="nsga2", fresh_seeds=1)
    files = {path.name for path in found.folder.glob("front-*")}
    assert files == {f"front-trial-{one.trial}.toml" for one in found.front}


def test_the_median_pruner_gives_up_trials_but_never_the_defaults(tmp_path: Path) -> None:
    # Two gates are no circuit for this problem: those trials are clearly worse.
    space = {"env": {"max_gates": [0, 1]}}
    found = small(tmp_path / "pruned", 12, space=space, pruner="median", sampler="random")
    pruned = [row for row in found.rows if row["state"] == "pruned"]
    assert pruned
    assert {row["env.max_gates"] for row in pruned} == {1}
    assert found.rows[0]["state"] == "complete"
    for row in pruned:
        runs = [qrl.load(path) for path in (found.folder / row["folder"]).iterdir()]
        assert runs[-1].status == "interrupted"
        assert sum(run.result["evaluations"] for run in runs) < 2 * 300
    assert found.best is not None
    assert found.best.settings["env"]["max_gates"] == 0


def test_defaults_outside_the_space_are_tried_all_the_same(tmp_path: Path) -> None:
    space = {"options": {"population": [4, 8]}}
    found = small(tmp_path / "outside", 3, space=space, fresh_seeds=0)
    assert found.rows[0]["options.population"] == 96
    assert {row["options.population"] for row in found.rows[1:]} <= {4, 8}
    assert found.defaults is not None
    assert found.p_value is None


def test_settings_that_do_not_go_together_are_a_failed_trial(tmp_path: Path) -> None:
    space = {"options": {"hot": [0.05, 0.01, 0.02, 0.03], "cold": [1e-4, 0.015]}}
    found = small(tmp_path / "some", 10, agent="anneal", space=space, fresh_seeds=0, evaluations=50)
    failed = [row for row in found.rows if row["state"] == "fail"]
    assert failed
    for row in failed:
        assert row["options.hot"] < row["options.cold"]
        assert "hot at least cold" in row["reason"]
        assert row["median_error"] is None
    assert len(found.rows) == 10


def test_scores_are_those_of_the_definition(tmp_path: Path) -> None:
    found = small(tmp_path / "score", 3, objective="score", fresh_seeds=0)
    task = qrl.get_task(TASK)
    assert task.reference is not None
    for judged in (found.best, found.defaults):
        assert judged is not None
        for one in judged.found:
            path = found.folder / "trials" / str(judged.trial) / f"seed-{one.seed}"
            baselines = qrl.load(path).result["baselines"]
            trivial = min(b["cost"] for b in baselines.values()) - task.reference
            assert one.score is not None
            if one.error > task.target_error:
                # From the trivial answer's error down to the target's, on a logarithmic scale.
                error = trivial ** (1 - one.score) * task.target_error**one.score
                assert one.error == pytest.approx(error) or one.score == 0.0
            else:
                assert one.score == 1.0
    best = found.trials["median_score"].max()
    assert best == median(one.score for one in found.best.found)  # type: ignore[union-attr]


def test_tasks_without_a_known_answer_are_tuned_by_cost(tmp_path: Path) -> None:
    task = replace(qrl.get_task(TASK), reference=None)
    found = tune(task, out=tmp_path / "cost", trials=2, **{**COMMON, "fresh_seeds": 1})
    assert found.best is not None
    assert found.best.error < 0
    assert found.best.found[0].score is None
    with pytest.raises(InputError, match="exact answer is known"):
        tune(task, out=tmp_path / "no", objective="score", **COMMON)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"agent": "evolv"}, "Unknown agent 'evolv'.*'evolve'"),
        ({"agent": None}, "Name the agent"),
        (
            {"trials": 0},
            "trials must be a whole number of at least 1|trials must be a whole number from 1",
        ),
        ({"seeds": 0}, "seeds must be"),
        ({"fresh_seeds": -1}, "fresh_seeds must be"),
        ({"steps": 5}, "Give one budget; got steps and evaluations"),
        ({"evaluations": 0}, "must be a positive number; got 0"),
        ({"objective": "errors"}, "Unknown objective 'errors'.*'error'"),
        ({"sampler": "gp"}, "Unknown sampler 'gp'"),
        ({"sampler": "nsga2"}, "for two objectives"),
        ({"pruner": "medians"}, "Unknown pruner 'medians'.*'median'"),
        ({"pruner": "median", "objective": "error,cnots"}, "never pruned"),
        ({"storage": "mysql://host/db"}, "must be sqlite:///FILE or journal:FILE; got 'mysql"),
        ({"storage": "journal:"}, "must be sqlite:///FILE or journal:FILE"),
        ({"study": ""}, "needs a name"),
        ({"config": {"options": {"populatio": 3}}}, "Unknown setting.*'population'"),
        ({"config": {"optionss": {}}}, "Unknown setting 'optionss'"),
        ({"space": {"env": {"gates": ["cx+ry", "cxx+ry"]}}}, "cxx"),
    ],
)
def test_bad_input_is_told_before_anything_is_written(
    tmp_path: Path, others: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=f"(?s){said}"):
        small(tmp_path / "bad", **others)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"agent": "anneal", "space": None}, "agent"),
        ({"seeds": 3}, "seeds"),
        ({"evaluations": 301}, "budget"),
        ({"space": {"options": {"kick": [2, 3, 6]}}}, "space"),
        ({"objective": "error,cnots"}, "number of its objectives"),
        ({"objective": "score"}, "objective"),
    ],
)
def test_a_study_of_something_else_is_refused(
    tuned: Tuning, others: dict[str, Any], said: str
) -> None:
    before = (tuned.folder / "tuning.json").read_bytes()
    with pytest.raises(InputError, match=f"of another tuning: .*{said}.*--study"):
        small(tuned.folder, **others)
    assert (tuned.folder / "tuning.json").read_bytes() == before


def test_trials_of_a_study_that_is_gone_are_not_mixed_with_new_ones(
    tuned: Tuning, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="holds the trials of another study"):
        small(tuned.folder, storage=f"journal:{tmp_path / 'new'}")


@pytest.mark.parametrize("scheme", ["sqlite:///", "journal:"])
def test_damaged_storages_are_told(tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "kept"
    file.write_text("This is no study.\n" * 100)
    with pytest.raises(InputError, match="cannot be used as a study of Optuna"):
        small(tmp_path / "out", storage=f"{scheme}{file}")
    with pytest.raises(InputError, match="cannot be"):
        small(tmp_path / "out", storage=f"{scheme}{file / 'below' / 'a-file'}")


def test_a_foreign_study_is_refused(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'foreign.db'}"
    kept = optuna.storages.RDBStorage(storage)
    optuna.create_study(storage=kept, study_name="theirs")
    kept.engine.dispose()
    with pytest.raises(InputError, match="`qrl tune` did not make it"):
        small(tmp_path / "out", storage=storage, study="theirs")
