"""The settings of an agent tuned on a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from threading import Event
from typing import TYPE_CHECKING, Any

from qrl.bench.tuning.fresh import Judged, judge_again, spread_over
from qrl.bench.tuning.plan import SEEDS, TRIALS, Plan, checked_budget, make_plan
from qrl.bench.tuning.result import Tuning
from qrl.bench.tuning.storage import open_study, optuna
from qrl.bench.tuning.study import DEFAULTS, KILLED, REASON, SETTINGS, complete, figures, run_trials
from qrl.bench.tuning.trial import Stopped
from qrl.search.signals import stopping

if TYPE_CHECKING:
    from qrl.bench.tuning.space import Space

STUDY = "tuning"
_LEAST_FOR_IMPORTANCES = 10


def tune(
    task: Any,
    *,
    agent: str | None = None,
    trials: int = TRIALS,
    seconds: float | None = None,
    steps: int | None = None,
    evaluations: int | None = None,
    seeds: int = SEEDS,
    fresh_seeds: int | None = None,
    space: str | Path | Mapping[str, Any] | Space | None = None,
    objective: str = "error",
    sampler: str = "tpe",
    pruner: str = "none",
    storage: str | None = None,
    study: str = STUDY,
    out: str | Path | None = None,
    config: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Tuning:
    """Tune the settings of an agent on a task with Optuna (Akiba et al., arXiv 1907.10902).

    The first trial has the defaults. Then best settings and defaults search with seeds that took no part.
    The same call goes on with a study that was stopped, or has fewer trials.

    Args:
        task: an id, a problem file, a `Task` or a `PauliSum`.
        agent: an agent or searcher; that of `config` where none is named.
        trials: in all, those of earlier calls and the defaults' included.
        seconds, steps, evaluations: the budget of each run, one of them; 20,000 evaluations where neither
            this nor `config` gives one.
        seeds: runs of each trial; the median over them is what counts.
        fresh_seeds: runs of the best settings and of the defaults in the end; as many as `seeds` and at
            least 5 where it is not given, 0 for none.
        space: which settings over which values, a TOML file or what it holds (`read_space`); None for the
            agent's usual one.
        objective: "error" (median over seeds), "score" (from 0, the best trivial answer, to 1, the target)
            or "error,cnots" (the front of both).
        sampler: "tpe" (of one or two objectives), "nsga2" (of two) or "random".
        pruner: "none" or "median": give up trials whose error is above the median of the others' at the
            same part of the budget; one objective alone.
        storage: "sqlite:///FILE" or "journal:FILE"; `study.db` in the folder where it is not given.
        study: name of the study in the storage.
        out: folder; `runs/tune-TASK-AGENT` where none is named.
        config: settings that are not tuned, parts of a `SearchConfig`; its seed is the first one.
        say: told in a few words what is happening.

    Returns:
        What was found, with `tuning.json` and `best.toml` in its folder. Ctrl-C ends it early:
        `interrupted` is then true, and finished trials are kept.

    Raises:
        InputError: something that was given cannot be used; nothing is run then.
        MissingExtra: Optuna is not installed.
    """
    optuna()
    plan = make_plan(
        task, agent=agent, trials=trials, budget=checked_budget(seconds, steps, evaluations),
        seeds=seeds, fresh_seeds=fresh_seeds, space=space, objective=objective, sampler=sampler,
        pruner=pruner, out=out, config=config,
    )  # fmt: skip
    with open_study(plan, storage, study) as opened:
        ended = Event()
        try:
            with stopping(ended.set):
                run_trials(opened, plan, say, ended.is_set)
                found = _read(opened, plan, interrupted=False)
                found = _with_fresh_seeds(found, say, ended.is_set)
        except KeyboardInterrupt:
            found = _with_fresh_seeds(
                _read(opened, plan, interrupted=True), say, lambda: True, judge=_judge_as_far
            )
        plan.folder.mkdir(parents=True, exist_ok=True)
        found.write()
        return found


def _read(study: Any, plan: Plan, *, interrupted: bool) -> Tuning:
    """Read what the trials found so far."""
    done = [_judged(trial) for trial in complete(study)]
    numbers = {trial.number: trial.values for trial in complete(study)}
    best = min(done, key=lambda one: (numbers[one.trial][0], one.trial), default=None)
    front = [] if best is None else [best]
    if plan.objective.is_multiple:
        # Of equal ones the first.
        unique = {tuple(trial.values): trial.number for trial in reversed(study.best_trials)}
        front = [one for one in done if one.trial in unique.values()]
        front.sort(key=lambda one: numbers[one.trial])
    return Tuning(
        plan=plan,
        best=front[0] if front else None,
        defaults=next((one for one in done if one.is_default), None),
        front=tuple(front),
        rows=tuple(_rows(study, plan)),
        importances=_importances(study, plan),
        interrupted=interrupted,
    )


def _judged(trial: Any) -> Judged:
    settings = trial.user_attrs[SETTINGS]
    return Judged(trial.number, DEFAULTS in trial.user_attrs, settings, tuple(figures(trial)))


def _judge_as_far(
    plan: Plan, chosen: Judged, say: Callable[[str], None], stopped: Callable[[], bool]
) -> Judged:
    """Take the searches with fresh seeds that there are, where all are."""
    try:
        return judge_again(plan, chosen, lambda text: None, stopped)
    except Stopped:
        return chosen


def _with_fresh_seeds(
    found: Tuning,
    say: Callable[[str], None],
    stopped: Callable[[], bool],
    judge: Callable[..., Judged] = judge_again,
) -> Tuning:
    chosen = spread_over(list(found.front))
    others = [one for one in (found.best, found.defaults) if one is not None]
    wanted = {one.trial: one for one in (*others, *chosen)}
    again = {number: judge(found.plan, one, say, stopped) for number, one in wanted.items()}
    return Tuning(
        plan=found.plan,
        best=None if found.best is None else again[found.best.trial],
        defaults=None if found.defaults is None else again[found.defaults.trial],
        front=tuple(again.get(one.trial, one) for one in found.front),
        rows=found.rows,
        importances=found.importances,
        interrupted=found.interrupted,
    )


def _rows(study: Any, plan: Plan) -> list[dict[str, Any]]:
    killed = study.user_attrs.get(KILLED, [])
    rows = []
    for trial in study.get_trials(deepcopy=False):
        if not trial.state.is_finished():
            continue
        found = figures(trial)
        scores = [one.score for one in found if one.score is not None]
        state = "killed" if trial.number in killed else trial.state.name.lower()
        # Of a trial that was pruned, some seeds are missing, and a median would flatter it.
        whole = state == "complete"
        rows.append(
            {
                "trial": trial.number,
                "state": state,
                "is_default": DEFAULTS in trial.user_attrs,
                "median_error": median(one.error for one in found) if whole else None,
                "median_cnots": float(median(one.cnots for one in found)) if whole else None,
                "median_score": median(scores) if whole and scores else None,
                "reason": trial.user_attrs.get(REASON, ""),
                "folder": f"trials/{trial.number}",
                **{d.key: _value(trial, d.section, d.name) for d in plan.space.dimensions},
            }
        )
    return rows


def _value(trial: Any, section: str, name: str) -> Any:
    return trial.user_attrs.get(SETTINGS, {}).get(section, {}).get(name)


def _importances(study: Any, plan: Plan) -> dict[str, float]:
    # The defaults' trial has no parameters where they lie outside the space.
    varied = [trial for trial in complete(study) if trial.params]
    if len(varied) < _LEAST_FOR_IMPORTANCES or len({trial.values[0] for trial in varied}) == 1:
        return {}
    found = optuna().importance.get_param_importances(
        study, target=lambda trial: trial.values[0], params=[d.key for d in plan.space.dimensions]
    )
    return {name: float(share) for name, share in found.items()}
