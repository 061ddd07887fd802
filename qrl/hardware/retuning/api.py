"""`qrl.retune`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.hardware.device_names import open_device
from qrl.hardware.offer import remaining_seconds
from qrl.hardware.plain_record import read_json
from qrl.hardware.retuning import folder as f
from qrl.hardware.retuning.offering import RetuneOffer, offer, resumed_offer
from qrl.hardware.retuning.planning import Plan, Sizes
from qrl.hardware.retuning.runners import LocalRunner, RemoteRunner
from qrl.hardware.retuning.settings import AUTO, RetuneSettings
from qrl.hardware.retuning.tuning import Progress, tune
from qrl.hardware.run_layout import loaded_run, qubits_of, with_layout_of_run
from qrl.hardware.sending import Declined
from qrl.hardware.settings import HardwareSettings
from qrl.search.signals import stopping

if TYPE_CHECKING:
    from qrl.hardware.device import Device
    from qrl.hardware.remote import Remote
    from qrl.hardware.retuning.runners import Runner
    from qrl.search.run import Run

Say = Callable[[str], None]


def _silent(what: object) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Retuned:
    """A circuit whose angles were tuned on a device.

    Attributes:
        folder: with all that is known of it.
    """

    folder: f.RetuneFolder

    @property
    def state(self) -> str:
        """One of "done" and "interrupted"."""
        return self.folder.state

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def circuit(self) -> Circuit:
        """The circuit with its new angles; where it was interrupted, with those of that moment."""
        return Circuit.from_dict(read_json(self.path / f.JSON))

    @property
    def result(self) -> dict[str, Any] | None:
        """What the comparison gave (`qrl.hardware.retuning.comparing`); None before it."""
        found = self.folder.data["result"]
        return None if found is None else dict(found)

    def __repr__(self) -> str:
        verdict = "" if self.result is None else f", {self.result['verdict']}"
        return f"Retuned({str(self.path)!r}, {self.state}{verdict})"


def retune(
    run: Run | str | Path,
    *,
    backend: str | None = None,
    shots_budget: int = 500_000,
    method: str = AUTO,
    reserve: float = 0.2,
    out: str | Path | None = None,
    again: bool = False,
    confirm: Callable[[RetuneOffer], bool] = lambda made: True,
    say: Say = _silent,
    watch: Callable[[Progress], None] = _silent,
    **settings: Any,
) -> Retuned:
    """Tune the angles of a run's best circuit on a device, by what the device measures.

    The gates stay. What is lowered is the cost as it is measured, so that the angles also make up for
    errors that the calibration does not know, and for the shift of the minimum by noise. At the end both
    circuits are measured anew with a part of the budget that was kept for it.

    What was measured is kept step by step: the same call goes on with a retuning that was interrupted or
    killed, and returns one that is done. Ctrl-C ends it with what was found by then.

    Args:
        run: a run or its folder; or the folder of a retuning, to go on with it.
        backend: where, as for `qrl.submit`.
        shots_budget: shots of everything together; never exceeded.
        method: "gradient" (parameter shift, for costs that are linear in expectation values), "spsa", or
            "auto": the first where it can be used.
        reserve: share of the budget for the comparison at the end.
        out: folder to write into; by default a new one in `RUN/retuned`.
        again: begin anew although the same was done before.
        confirm: asked with what would be done, before anything is sent; by default it is done.
        say: told in a few words what is happening.
        watch: told how far it is.
        settings: those of `HardwareSettings`: mitigate, layout, seed, ...; without `shots`, circuits get
            1024 or less, so that there are enough steps. A device that may cost money needs
            `max_seconds`, of all jobs together.

    Returns:
        The retuning, "done" or "interrupted".

    Raises:
        InputError: something that was given cannot be used, the budget does not allow one step, a job
            failed, or the service refused it.
        MissingExtra: the libraries for the device are not installed.
    """
    if isinstance(run, str | Path) and f.is_retuned(run):
        words = (backend, out, again, settings, shots_budget, method, reserve)
        if words != (None, None, False, {}, 500_000, AUTO, 0.2):
            raise InputError(
                f"{str(run)!r} is a retuning that was begun, and goes on with its own settings: give no "
                "others, or give the run to begin another one."
            )
        return _resumed(f.RetuneFolder.read(Path(run)), None, None, None, confirm, say, watch)
    if backend is None:
        raise InputError("Tuning needs a device: give a backend, such as 'fake:manila'.")
    loaded = loaded_run(run)
    chosen = HardwareSettings.from_dict(settings)
    device = open_device(backend, qubits_of(loaded.task), seed=chosen.seed)
    tuned = RetuneSettings(shots_budget, method, reserve)
    return retune_on(
        loaded, device, with_layout_of_run(loaded, device, chosen), tuned, shots_given="shots" in settings,
        service=None, out=out, again=again, confirm=confirm, say=say, watch=watch,
    )  # fmt: skip


def retune_on(
    run: Run,
    device: Device,
    settings: HardwareSettings,
    tuned: RetuneSettings,
    *,
    shots_given: bool = True,
    service: Remote | None = None,
    out: str | Path | None = None,
    again: bool = False,
    confirm: Callable[[RetuneOffer], bool] = lambda made: True,
    say: Say = _silent,
    watch: Callable[[Progress], None] = _silent,
) -> Retuned:
    """Tune on a device that is open already; see `retune`.

    Args:
        shots_given: whether the shots of the settings are meant, and not their default.
        service: takes the jobs; None of a simulated device, or for IBM's service.
    """
    circuit = run.best.circuit
    shots = settings.shots if shots_given else None
    asked = {**settings.to_dict(), "shots": shots, "max_seconds": None}
    print_ = f.fingerprint_of(
        run.task.name, circuit.to_dict(), device.asked, asked, tuned.to_dict()
    )
    known = _known(run.path, print_, out, again=again)
    if known is not None:
        return _resumed(known, run, device, service, confirm, say, watch)
    say(f"Transpiling for {device.name}")
    remaining = remaining_seconds(device) if service is None else None
    made = offer(
        run.task, circuit, device, settings, tuned, shots_given=shots_given, remaining=remaining
    )
    if not confirm(made):
        raise Declined("Nothing was measured.")
    path = f.new_path(run.path, made.plan.method) if out is None else Path(out).absolute()
    folder = f.RetuneFolder.new(
        path,
        {
            "task": run.task.name, "unit": run.task.unit, "run": str(run.path.absolute()),
            "backend": device.name, "kind": device.kind, "fingerprint": print_,
            "settings": made.settings.to_dict(), "retuning": tuned.to_dict(),
            "plan": made.plan.to_dict(), "circuit": circuit.to_dict(), "warnings": list(made.warnings),
        },
    )  # fmt: skip
    return _tuned(folder, run, device, service, say, watch)


def _resumed(
    folder: f.RetuneFolder,
    run: Run | None,
    device: Device | None,
    service: Remote | None,
    confirm: Callable[[RetuneOffer], bool],
    say: Say,
    watch: Callable[[Progress], None],
) -> Retuned:
    """Go on with a retuning, on the device that it was begun on, once the user has agreed."""
    if folder.state == f.DONE:
        say(f"This was done before with the same settings: {folder.path} (--again does it anew).")
        return Retuned(folder)
    data = folder.data
    run = loaded_run(_run_of(folder)) if run is None else run
    settings = HardwareSettings.from_dict(data["settings"])
    name = str(data["backend"])
    if device is None or device.name != name:  # least-busy may be another one today
        device = open_device(name, qubits_of(run.task), seed=settings.seed)
    say(f"Going on with {folder.path}")
    remaining = remaining_seconds(device) if service is None else None
    plan, circuit = Plan.from_dict(data["plan"]), Circuit.from_dict(data["circuit"])
    if not confirm(resumed_offer(run.task, circuit, device, settings, plan, remaining)):
        raise Declined("Nothing was measured.")
    return _tuned(folder, run, device, service, say, watch)


def _tuned(
    folder: f.RetuneFolder,
    run: Run,
    device: Device,
    service: Remote | None,
    say: Say,
    watch: Callable[[Progress], None],
) -> Retuned:
    data = folder.data
    settings = HardwareSettings.from_dict(data["settings"])
    circuit, plan = Circuit.from_dict(data["circuit"]), Plan.from_dict(data["plan"])
    sizes, stop = Sizes(run.task, circuit, device, settings), threading.Event()

    def end() -> None:
        if stop.is_set():  # the second Ctrl-C does not wait for the present measurement
            raise KeyboardInterrupt
        stop.set()

    with stopping(end), folder.alone(), _runner(device, service, settings, stop, say) as runner:
        tune(
            folder, run.task, circuit, device, settings, plan, sizes, runner,
            stop=stop, say=say, watch=watch,
        )  # fmt: skip
    return Retuned(folder)


def _known(run: Path, print_: str, out: str | Path | None, *, again: bool) -> f.RetuneFolder | None:
    """Return what was begun before in the same words, to go on with it.

    Raises:
        InputError: the folder to write into holds something else; or what was begun before cannot be read,
            and may be the same.
    """
    if out is None:
        found = None if again else f.find(run, print_)
        damaged = [] if found is not None or again else f.damaged(run)
        if damaged:
            raise InputError(
                f"The record of an earlier retuning cannot be read, and it may be the same one: "
                f"{str(damaged[0])!r}. Repair or remove that folder, or give --again to begin anew."
            )
        return found
    path = Path(out)
    if not f.is_retuned(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputError(f"{str(path)!r} exists already; name a new folder.")
        return None
    found = f.RetuneFolder.read(path)
    if again or found.data["fingerprint"] != print_:
        raise InputError(f"{str(path)!r} holds another retuning; name a new folder.")
    return found


def _run_of(folder: f.RetuneFolder) -> Path:
    """Return the run of a retuning, where it was or where its folder is now."""
    named, above = Path(str(folder.data["run"])), folder.path.absolute().parent
    return above.parent if not named.is_dir() and above.name == f.FOLDER else named


@contextmanager
def _runner(
    device: Device,
    service: Remote | None,
    settings: HardwareSettings,
    stop: threading.Event,
    say: Say,
) -> Iterator[Runner]:
    if device.is_local:
        yield LocalRunner(device)
    elif service is not None:
        yield RemoteRunner(service, stop, say)
    else:
        from qrl.hardware.ibm import open_jobs

        with open_jobs(device, settings.mode, settings.max_seconds) as opened:
            yield RemoteRunner(opened, stop, say)
