"""A finished run, for notebooks and for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.circuits.circuit import Circuit
from qrl.search.choose import choose
from qrl.search.run_folder import RunFolder
from qrl.search.verify import Verification, verify_folder

if TYPE_CHECKING:
    from qrl.search.archive import Archive
    from qrl.tasks.task import Task


class Best:
    """The best circuit of a run and its figures.

    `cost` and `error` are what was searched for, `noiseless_cost` and `noiseless_error` those of the
    exact circuit; the two differ under noise or shots. `metrics` are the figures of the task's family.
    """

    def __init__(self, circuit: Circuit, result: dict[str, Any]) -> None:
        self.circuit = circuit
        self.cost: float = result["cost"]
        self.error: float | None = result["error"]
        self.fidelity: float | None = result["fidelity"]
        self.metrics: dict[str, Any] = result.get("metrics", {})
        self.noiseless_cost: float = result.get("noiseless_cost", self.cost)
        self.noiseless_error: float | None = result.get("noiseless_error", self.error)
        self.cnots: int = result["cnots"]
        self.depth: int = result["depth"]
        self.rotations: int = result["rotations"]
        self.gates: int = result["gates"]

    def __repr__(self) -> str:
        error = "" if self.error is None else f", error={self.error:.3g}"
        return f"Best(cost={self.cost:.8f}{error}, cnots={self.cnots}, depth={self.depth})"


class Run:
    """What a search found.

    Attributes:
        folder: where it is written.
        result: the record of `result.json`.
        archive: the Pareto front of cost, CNOTs and depth.
        task: the problem.
        trace: improvements of the lowest cost, in order.
    """

    def __init__(
        self,
        folder: RunFolder,
        result: dict[str, Any],
        archive: Archive,
        task: Task,
        trace: list[dict[str, Any]],
        checked: dict[str, Any] | None = None,
    ) -> None:
        self._folder, self.result, self.archive = folder, result, archive
        self.task, self.trace, self.checked = task, trace, checked
        self.best = Best(choose(task, archive).circuit, result)

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    @property
    def folder(self) -> str:
        """The run folder's path as text."""
        return str(self._folder.path)

    @property
    def status(self) -> str:
        """How it ended: "done", "interrupted" or "running"."""
        return str(self.result["status"])

    def verify(self) -> Verification:
        """Recompute every number of the result with Qiskit, under noise with Qiskit Aer too."""
        return verify_folder(self._folder)

    def plot(self) -> Any:
        """Draw cost against evaluations and the Pareto front, as a matplotlib figure."""
        from qrl.search.plotting import plot_run

        return plot_run(self)

    def __repr__(self) -> str:
        return (
            f"Run({self.task.name!r}, agent={self.result['agent']!r}, {self.status}, {self.best!r})"
        )


def load(path: str | Path) -> Run:
    """Read a run folder.

    Raises:
        InputError: there is none, or it is damaged.
    """
    folder = RunFolder(path)
    result, archive, task = folder.read_result(), folder.read_archive(), folder.read_task()
    folder.check_task(task)
    if any(entry.circuit.n_qubits != task.n_qubits for entry in archive.entries):
        raise folder.damaged("archive.json", f"its circuits are not of {task.n_qubits} qubits")
    return Run(folder, result, archive, task, folder.read_trace())
