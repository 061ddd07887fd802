"""A search from start to verified result."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.registry import AGENTS, make_agent
from qrl.env.editing import vector_env
from qrl.env.starts import is_warm
from qrl.errors import InputError
from qrl.search.checkpoint import restoring
from qrl.search.choose import choose
from qrl.search.config import NEVER, TARGET, SearchConfig
from qrl.search.context import SearchContext
from qrl.search.ledger import Budget
from qrl.search.policy import GUIDED, read_policy
from qrl.search.random_search import RandomSearch
from qrl.search.recorder import Recorder, Watcher
from qrl.search.result import make_result
from qrl.search.run import Run
from qrl.search.run_folder import RunFolder, check_new
from qrl.search.scoring import Scoring
from qrl.search.scouting import begins_without_noise, search_without_noise
from qrl.search.searchers import make_searcher
from qrl.search.signals import never_lost, stopping
from qrl.search.stepwise import Stepwise
from qrl.search.tidy import tidy_front
from qrl.search.verify import recompute
from qrl.search.warm_start import offer_start, warm_start
from qrl.tasks.baseline import Baseline

if TYPE_CHECKING:
    from qrl.tasks.task import Task

_BASELINE_SHARE = 0.25
"""Where the budget is a time, random search gets at most this part of it, on top."""


def warn(text: str) -> None:
    """Warn in Python's own way, for those who call from Python."""
    warnings.warn(text, stacklevel=2)


@dataclass
class Search:
    """One search: its parts, and the order in which they happen.

    Attributes:
        task: the problem.
        config: all settings.
        out: where everything is written.
        recorder: what is found and spent.
        scoring: how circuits are scored.
        watchers: told of the progress.
        say: told in a few words what is happening.
        warn: told of what goes wrong without ending the search.
        callbacks: of stable-baselines3, for agents.
    """

    task: Task
    config: SearchConfig
    out: Path
    watchers: tuple[Watcher, ...] = ()
    say: Callable[[str], None] = lambda text: None
    warn: Callable[[str], None] = warn
    callbacks: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        # The settings that are kept say which gates are used.
        self.config = replace(self.config, env=self.config.env.of_task(self.task))
        self.recorder = Recorder(self.task, self.config.budget, self.watchers)
        self.recorder.stop_at = self._stopping_cost()
        self.scoring = Scoring.of(self.task.objective, self.config.env)
        self._seeds = _Seeds(self.config.seed)
        self._baselines: dict[str, Baseline] = {}
        self._hit_rate: float | None = None
        self._saved: dict[str, Any] | None = None
        self._start_file: Path | None = None

    def start(self) -> Run:
        """Search in a new folder.

        Raises:
            InputError: a setting cannot be used, or the folder cannot be made; nothing is written then.
        """
        check_new(self.out)
        with never_lost():
            self.check_settings()
            self._prepare()
            start = warm_start(self.task, self.config.env, self.say)
        self.folder = RunFolder.create(self.out, self.config, self.task, self.scoring.noise, start)
        self._start_file = self.folder.start_circuit
        self._keep_start()
        return self._run()

    def resume(self, folder: RunFolder) -> Run:
        """Go on from the newest checkpoint of a run that was stopped."""
        self.check_settings()
        self.folder = folder
        self._saved = folder.checkpoints.read(self.warn)
        self._prepare()
        if self._saved is None:
            self._keep_start()
        else:
            with restoring(self.folder.checkpoints.path):
                self.recorder.restore(self._saved["recorder"])
                self._saved["searcher"].items()
        return self._run()

    # -- parts -----------------------------------------------------------------------------

    def check_settings(self) -> None:
        """Build everything once, so that a wrong setting is told before anything is written."""
        make_searcher(self.config.agent, self.config.options)
        env = vector_env(self.task, self.config.env, num_envs=1, engine=self.scoring.engine())
        for what in ("policy", "evaluate_every", "callbacks"):
            given = self.callbacks if what == "callbacks" else getattr(self.config, what)
            takes = (*AGENTS, *GUIDED) if what == "policy" else AGENTS
            if given and self.config.agent not in takes:
                raise InputError(
                    f"{what} is for agents that learn ({', '.join(takes)}); {self.config.agent!r} does "
                    "not."
                )
        if self.config.policy and self.config.agent in AGENTS:
            agent = make_agent(self.config.agent, self.config.options)
            read_policy(self.config.policy).check(env, agent)

    def _stopping_cost(self) -> float:
        """Return the cost at which the search ends before its budget."""
        error = self.config.stop_at
        if error == NEVER:
            return -math.inf
        if self.task.reference is None:
            raise InputError(
                f"stop_at {error!r} needs a task whose exact answer is known; that of "
                f"{self.task.name} is not. Give a budget alone."
            )
        return self.task.reference + float(self.task.target_error if error == TARGET else error)

    def _prepare(self) -> None:
        self.say("Preparing kernels (compiled by the first run, a quarter of a minute)")
        self.scoring.prepare()
        searcher = make_searcher(self.config.agent, self.config.options)
        if isinstance(
            searcher, Stepwise
        ):  # what it cannot search is told before anything is written
            searcher.begin(
                self._context(Recorder(self.task, self.config.budget), self._seeds.agent)
            )
        self._baselines = self.scoring.score_again(self.task.trivial(), self._seeds.baselines)

    def _run(self) -> Run:
        self.folder.check_every(self.config.checkpoint_seconds)
        context = self._context(self.recorder, self._seeds.agent)
        context.saved = None if self._saved is None else self._saved["searcher"]
        context.saved_in = self.folder.checkpoints.path
        context.on_checkpoint = self._checkpoint
        context.folder, context.callbacks = self.folder.path, self.callbacks
        self.say(
            f"Searching {self.task.name} with {self.config.agent}, {self.config.budget}"
            f"{self.scoring}"
        )
        with stopping(self._stop):
            with self.folder.writing():  # logs and the policy
                if self._saved is None and begins_without_noise(context):
                    self.say("Without noise first")
                    search_without_noise(context, self.watchers)
                make_searcher(self.config.agent, self.config.options).run(context)
            self.recorder.ledger.stop()
            self._hit_rate = context.known_scores_hit_rate
            interrupted = self.recorder.stopped
            self._write("interrupted" if interrupted else "running")
            if not interrupted:
                self._tidy(self.recorder, self._seeds.tidying)
                for compare in (self._compare_with_random, self._compare_with_rivals):
                    if self.config.compare and not self.recorder.stopped:
                        compare()
            status = "interrupted" if interrupted else "done"
            self.say("Verifying with Qiskit")
            circuit = choose(self.task, self.recorder.archive).circuit
            checked = recompute(self.task, circuit)
            self._measure_baselines()
            result = self._write(status, self.task.metrics(circuit))
            for callback in self.callbacks:
                if hasattr(callback, "on_result"):  # trackers tell the final figures
                    callback.on_result(self.folder.path)
        return Run(
            self.folder, result, self.recorder.archive, self.task, self.recorder.trace, checked
        )

    def _context(self, recorder: Recorder, entropy: np.random.SeedSequence) -> SearchContext:
        config = self.config
        if self._start_file is not None:
            # The folder's, so that a run that goes on begins alike whatever became of the user's.
            config = replace(config, env=replace(config.env, start=str(self._start_file)))
        return SearchContext(self.task, config, recorder, self.scoring, entropy)

    def _keep_start(self) -> None:
        """Put the circuit that the search starts from into the archive."""
        # Made as the searcher makes its own, so that shots fall alike.
        env = self._context(self.recorder, self._seeds.agent).make_vec_env(1)
        offer_start(self.recorder, env.build, warm=is_warm(self.config.env.start))

    def _checkpoint(self, searcher_state: Callable[[], dict[str, Any]]) -> None:
        if self.folder.checkpoints.due:
            # The result first: a checkpoint must never be ahead of the files beside it.
            self._write("running")
            state = {"recorder": self.recorder.state(), "searcher": searcher_state()}
            with self.folder.writing():
                self.folder.checkpoints.write(state)

    def _tidy(self, recorder: Recorder, seed: int) -> None:
        """Put the last touch on the front, with an engine of its own."""
        engine = self.scoring.engine(seed)
        recorder.archive = tidy_front(
            engine, recorder.archive, recorder.ledger, self.config.env.tuner,
            lambda: self.recorder.stopped,
        )  # fmt: skip
        recorder.ledger.shots += int(getattr(engine, "total_shots", 0))

    def _compare_with_random(self) -> None:
        """Let random search try as many steps, a quarter as long where time is the budget."""
        if self.config.agent == "random":
            return
        self.say("Random search for comparison")
        entropy, steps = self._seeds.rival, self.recorder.ledger.env_steps
        rival = Recorder(self.task, Budget("steps", max(1, steps)), (self._until(),))
        RandomSearch().run(self._context(rival, entropy))
        rival.ledger.stop()
        if self.config.env.shots:
            # As what was found: the lowest of many samples would flatter it.
            self._tidy(rival, self._seeds.tidying_rival)
        best = choose(self.task, rival.archive)
        spent = rival.ledger
        self._baselines["random-search"] = Baseline(
            best.cost, best.circuit, evaluations=spent.evaluations, seconds=spent.seconds
        )

    def _compare_with_rivals(self) -> None:
        """Let other methods solve the problem, under the same noise and shots."""
        self.say("Other methods for comparison")
        found = choose(self.task, self.recorder.archive).circuit
        rivals = self.task.rivals(found)
        self._baselines |= self.scoring.score_again(rivals, self._seeds.rivals)

    def _measure_baselines(self) -> None:
        for name, baseline in self._baselines.items():
            if baseline.circuit is not None:
                metrics = self.task.metrics(baseline.circuit)
                self._baselines[name] = replace(baseline, metrics=metrics)

    def _until(self) -> Watcher:
        budget = self.config.budget
        limit = budget.amount * _BASELINE_SHARE if budget.kind == "seconds" else float("inf")

        def watch(rival: Recorder) -> None:
            rival.stopped = self.recorder.stopped or rival.ledger.seconds >= limit

        return watch

    def _write(self, status: str, metrics: dict[str, Any] | None = None) -> dict[str, Any]:
        result = make_result(
            task=self.task,
            config=self.config,
            recorder=self.recorder,
            scoring=self.scoring,
            status=status,
            baselines=self._baselines,
            metrics=metrics,
            hit_rate=self._hit_rate,
        )
        self.folder.write(result, self.recorder)
        return result

    def _stop(self) -> None:
        self.recorder.stopped = True


class _Seeds:
    """Parts of a run's seed: one for each that draws, so that none depends on what others draw."""

    def __init__(self, seed: int) -> None:
        self.agent, self.rival, others = np.random.SeedSequence(seed).spawn(3)
        self.baselines, self.tidying, self.tidying_rival, self.rivals = map(
            int, others.generate_state(4)
        )
