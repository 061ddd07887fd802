"""Refines the front of a finished run into a run folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError
from qrl.files import to_json, write_atomically
from qrl.search.choose import choose
from qrl.search.ledger import Ledger
from qrl.search.recorder import Recorder
from qrl.search.refining.front import RefinedFront, refine_front
from qrl.search.refining.refine import TOLERANCE, Figures, Refined, checked_tolerance
from qrl.search.refining.target import Target
from qrl.search.result import make_result
from qrl.search.run import Run, load
from qrl.search.run_folder import RunFolder, check_new
from qrl.search.scoring import Scoring
from qrl.search.verify import recompute

if TYPE_CHECKING:
    from qrl.search.config import SearchConfig

HISTORY = "refinement.json"
"""File of a refined run's folder with the steps that each circuit took."""


@dataclass(frozen=True, slots=True)
class RefinedRun:
    """A refined run beside what became of each circuit.

    Attributes:
        run: the new run.
        front: its front, and the circuits of the old one with what came of them.
    """

    run: Run
    front: RefinedFront


def refine_run(
    path: str | Path,
    out: str | Path | None = None,
    *,
    tolerance: float = TOLERANCE,
    gates: str | None = None,
    coupling: str | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> RefinedRun:
    """Refine the front of a run that is done, and write a new run folder.

    What refining spends is added to what the search spent.

    Args:
        path: folder of the run; it stays as it is.
        out: the new folder; None: beside the run's, with "-refined" behind its name.
        tolerance: by how much a cost may rise, in the task's unit.
        gates: gate set to write the circuits in; None: the run's own.
        coupling: which pairs may be coupled; None: the run's own.
        say: told of the progress.

    Raises:
        InputError: no finished run, a setting that cannot be used, costs from shots, or a folder that
            cannot be made; nothing is written then.
    """
    checked_tolerance(tolerance)
    old = load(path)
    if old.status != "done":
        raise InputError(
            f"Only a run that is done can be refined; that in {str(path)!r} is {old.status}. End it "
            f"with `qrl search --resume {path}`."
        )
    folder = RunFolder(path)
    config = _new_config(folder.read_config(), gates, coupling)
    scoring = Scoring.of(old.task.objective, config.env)
    # Before minutes of work: all that can be wrong with what was asked for.
    Target.of(scoring, old.best.circuit, gates, coupling)
    place = Path(out) if out is not None else _beside(Path(path))
    check_new(place)
    say("Preparing kernels (compiled by the first run, a quarter of a minute)")
    scoring.prepare()
    recorder = _recorder(old, config)
    recorder.ledger.start()
    front = refine_front(
        scoring, old.archive, recorder.ledger, tolerance=tolerance, gates=gates,
        coupling=coupling, say=say,
    )  # fmt: skip
    recorder.ledger.stop()
    recorder.archive = front.archive
    _trace(recorder, old)
    return RefinedRun(_written(place, old, config, scoring, recorder, front, tolerance), front)


def step_records(refined: Refined) -> dict[str, Any]:
    """Return what happened to a circuit as plain data."""
    return {
        "before": asdict(refined.before),
        "after": asdict(refined.after),
        "steps": [
            {"name": s.name, "before": asdict(s.before), "after": asdict(s.after)}
            for s in refined.history
        ],
    }


def _new_config(config: SearchConfig, gates: str | None, coupling: str | None) -> SearchConfig:
    env = replace(
        config.env,
        gates=config.env.gates if gates is None else gates,
        coupling=config.env.coupling if coupling is None else coupling,
    )
    return replace(config, env=env, policy="")


def _beside(path: Path) -> Path:
    stem, number = path.resolve(), 1
    new = stem.with_name(f"{stem.name}-refined")
    while new.exists():
        number += 1
        new = stem.with_name(f"{stem.name}-refined-{number}")
    return new


def _recorder(old: Run, config: SearchConfig) -> Recorder:
    """Return a recorder that stands where the run ended."""
    recorder, result = Recorder(old.task, config.budget), old.result
    recorder.ledger = Ledger.from_dict(
        {
            "evaluations": result["evaluations"],
            "gradients": result.get("gradients", 0),
            "env_steps": result["env_steps"],
            "seconds": result["seconds"],
        }
    )
    recorder.trace = list(old.trace)
    recorder.seconds_to_target = result["seconds_to_target"]
    return recorder


def _trace(recorder: Recorder, old: Run) -> None:
    best = min(recorder.archive.entries, key=lambda e: e.cost)
    if best.cost < min(row["cost"] for row in old.trace):
        ledger = recorder.ledger
        recorder.trace.append(
            {
                "evaluations": ledger.evaluations,
                "env_steps": ledger.env_steps,
                "seconds": round(ledger.seconds, 3),
                "cost": best.cost,
                "cnots": best.cnots,
                "depth": best.depth,
            }
        )


def _written(
    place: Path,
    old: Run,
    config: SearchConfig,
    scoring: Scoring,
    recorder: Recorder,
    front: RefinedFront,
    tolerance: float,
) -> Run:
    task = old.task
    circuit = choose(task, front.archive).circuit
    result = make_result(
        task=task, config=config, recorder=recorder, scoring=scoring, status="done", baselines={},
        metrics=task.metrics(circuit), hit_rate=old.result.get("known_scores_hit_rate"),
    )  # fmt: skip
    result["baselines"] = old.result["baselines"]
    before = Figures.of(old.best.circuit, old.best.cost)
    result["refined"] = {"run": old.folder, "tolerance": tolerance, "before": asdict(before)}
    folder = RunFolder.create(place, config, task, scoring.noise)
    folder.write(result, recorder)
    with folder.writing():
        records = [step_records(refined) for _, refined in front.pairs]
        write_atomically(place / HISTORY, to_json(records))
    checked = recompute(task, circuit)
    return Run(folder, result, front.archive, task, recorder.trace, checked)
