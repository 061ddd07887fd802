"""The trials of a study: the defaults first, then what the sampler proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.tuning.objective import Figures
from qrl.bench.tuning.storage import optuna
from qrl.bench.tuning.trial import Attempt, Judge, Pruned, Refused, Stopped, plain

if TYPE_CHECKING:
    from qrl.bench.tuning.plan import Plan
    from qrl.bench.tuning.space import Settings

DEFAULTS, REASON, FIGURES, SETTINGS, REPEATS = "defaults", "reason", "runs", "settings", "repeats"
"""What trials are marked with."""
KILLED = "killed"
"""Numbers of trials that did not come to an end, a mark of the study."""
_STARTUP = 10
"""Trials before the sampler learns from them; half as many before any is pruned."""
_POPULATION = 50


def run_trials(
    study: Any, plan: Plan, say: Callable[[str], None], stopped: Callable[[], bool]
) -> None:
    """Go on to as many trials as the plan has.

    What each proposes depends on the finished ones and on the first seed alone, so that a study that was
    killed ends as it would have ended.

    Args:
        study: of Optuna.
        plan: what is tuned.
        say: told what is being done.
        stopped: tells whether the user wants an end.

    Raises:
        Stopped: the user ended it; finished trials are kept.
    """
    forget_killed(study)
    while (done := len(counted(study))) < plan.trials:
        if stopped():
            raise Stopped
        study.sampler, study.pruner = _sampler(plan, done), _pruner(plan)
        trial, settings = _next(study, plan)
        try:
            say(f"Trial {done + 1} of {plan.trials}: {_told(trial, settings)}")
            _perform(study, plan, trial, settings, stopped)
        except BaseException:
            _give_up(study, trial.number)
            raise


def counted(study: Any) -> list[Any]:
    """Return the trials that ended, those included that were pruned or broke down."""
    killed = study.user_attrs.get(KILLED, [])
    trials = study.get_trials(deepcopy=False)
    return [t for t in trials if t.state.is_finished() and t.number not in killed]


def complete(study: Any) -> list[Any]:
    """Return the trials whose runs are all done, in their order."""
    state = optuna().trial.TrialState.COMPLETE
    return list(study.get_trials(deepcopy=False, states=(state,)))


def figures(trial: Any) -> list[Figures]:
    """Return what the runs of a trial found."""
    return [Figures(**one) for one in trial.user_attrs.get(FIGURES, [])]


def forget_killed(study: Any) -> None:
    """Mark trials of a process that was killed as failed, and let them be repeated."""
    running = (optuna().trial.TrialState.RUNNING,)
    for trial in study.get_trials(deepcopy=False, states=running):
        _give_up(study, trial.number)
    killed, trials = study.user_attrs.get(KILLED, []), study.get_trials(deepcopy=False)
    repeated = {t.user_attrs.get(REPEATS) for t in trials}
    for trial in trials:
        lost = trial.number in killed and trial.number not in repeated
        # The defaults have a rule of their own; of others, what was not chosen to the end is drawn anew.
        if lost and DEFAULTS not in trial.user_attrs and SETTINGS in trial.user_attrs:
            study.enqueue_trial(trial.params, user_attrs={REPEATS: trial.number})


def _give_up(study: Any, number: int) -> None:
    """Mark a trial as one that was killed; that it failed is not its settings' fault."""
    study.set_user_attr(KILLED, [*study.user_attrs.get(KILLED, []), number])
    study.tell(number, state=optuna().trial.TrialState.FAIL, skip_if_finished=True)


def _next(study: Any, plan: Plan) -> tuple[Any, Settings]:
    if not any(DEFAULTS in t.user_attrs for t in counted(study)):
        settings = plan.defaults
        parameters = plan.space.parameters(settings)
        if parameters is not None:
            study.enqueue_trial(parameters, user_attrs={DEFAULTS: True})
        trial = study.ask()
        trial.set_user_attr(DEFAULTS, True)
        if parameters is not None:
            plan.space.suggest(trial)
        # Defaults outside the space are tried all the same; the sampler learns nothing from them.
    else:
        trial = study.ask()
        settings = plan.space.suggest(trial)
    trial.set_user_attr(SETTINGS, settings)
    return trial, settings


def _perform(
    study: Any, plan: Plan, trial: Any, settings: Settings, stopped: Callable[[], bool]
) -> None:
    states = optuna().trial.TrialState
    folder = plan.folder / "trials" / str(trial.number)
    judge = None if plan.pruner == "none" else _judge(trial, plan)
    attempt = Attempt(plan, settings, folder, stopped, judge)
    try:
        found = attempt.run(plan.seeds)
    except Pruned:
        trial.set_user_attr(FIGURES, plain(attempt.found))
        study.tell(trial, state=states.PRUNED)
    except Refused as cause:
        if DEFAULTS in trial.user_attrs:
            raise
        trial.set_user_attr(REASON, str(cause))
        study.tell(trial, state=states.FAIL)
    else:
        trial.set_user_attr(FIGURES, plain(found))
        study.tell(trial, plan.objective.values(found))


def _judge(trial: Any, plan: Plan) -> Judge:
    def judge(step: int, error: float) -> bool:
        trial.report(plan.objective.height(error), step)
        # The defaults are what all others are compared with.
        return DEFAULTS not in trial.user_attrs and bool(trial.should_prune())

    return judge


def _sampler(plan: Plan, done: int) -> Any:
    samplers = optuna().samplers
    entropy = np.random.SeedSequence((plan.config.seed, done))
    seed = int(entropy.generate_state(1)[0])
    if plan.sampler == "random":
        return samplers.RandomSampler(seed=seed)
    if plan.sampler == "nsga2":
        size = min(_POPULATION, max(4, plan.trials // 5))
        return samplers.NSGAIISampler(population_size=size, seed=seed)
    return samplers.TPESampler(n_startup_trials=_STARTUP, seed=seed)


def _pruner(plan: Plan) -> Any:
    pruners = optuna().pruners
    if plan.pruner == "none":
        return pruners.NopPruner()
    return pruners.MedianPruner(n_startup_trials=_STARTUP // 2)


def _told(trial: Any, settings: Settings) -> str:
    if DEFAULTS in trial.user_attrs:
        return "the defaults"
    return described(settings)


def described(settings: Settings) -> str:
    """Return settings in a line."""
    return ", ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for section in settings.values()
        for name, value in section.items()
    )
