"""Cost of one evaluation against qubits and gates, with fitted exponents, as tables and a plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import noisy
from benchmarks.circuits import compiled_gradient, compiled_value, random_circuit
from benchmarks.common import Table, fastest
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.compiled_engine import CompiledEngine
from qrl.circuits.engines.exact import ExactEngine
from qrl.tasks.registry import get_task

PLOT = Path(__file__).parent.parent / "docs" / "images" / "engine-scaling.png"
QUBITS, NOISY_QUBITS = tuple(range(4, 17)), tuple(range(2, 11))
GATES = (20, 40, 60, 100, 150, 200, 300, 400)
_GATES_OF_QUBITS, _QUBITS_OF_GATES = 100, (8, 12)
_NOISY_QUBITS_OF_GATES = 6
_SEEDS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Curve:
    """Seconds of one evaluation at each place of an axis.

    Attributes:
        name: what is evaluated.
        places: qubits or gates.
        seconds: one for each.
        base: what the cost grows with: a number of amplitudes `base**qubits`, or, where it is 0,
            the number of gates itself.
    """

    name: str
    places: tuple[int, ...]
    seconds: tuple[float, ...]
    base: int = 0

    @property
    def sizes(self) -> np.ndarray:
        """Numbers of amplitudes, or of gates."""
        places = np.array(self.places, dtype=float)
        return self.base**places if self.base else places

    @property
    def fit(self) -> tuple[float, float]:
        """Exponent and factor of a power law, by least squares of logarithms in the upper half."""
        half = len(self.places) // 2
        x, y = np.log(self.sizes[half:]), np.log(np.array(self.seconds)[half:])
        exponent, offset = np.polyfit(x, y, 1)
        return float(exponent), float(np.exp(offset))

    @property
    def law(self) -> str:
        """The fitted law in short."""
        size = f"({self.base}ⁿ)" if self.base else "gates"
        return f"∝ {size}^{self.fit[0]:.2f}"


def run(*, quick: bool = False) -> list[Table]:
    """Measure both dependences and draw them; left out if quick."""
    if quick:
        return []
    qubits = [_by_qubits("exact, value and gradient", QUBITS, _exact, _gradient, 2)]
    gates = [_by_gates(f"exact, {n} qubits", _exact(n)) for n in _QUBITS_OF_GATES]
    if noisy.available():
        make, few = noisy.make_engine, _NOISY_QUBITS_OF_GATES
        qubits.append(_by_qubits("noisy, value", NOISY_QUBITS, make, compiled_value, 4))
        qubits.append(_by_qubits("noisy, value and gradient", NOISY_QUBITS, make, _gradient, 4))
        gates.append(_by_gates(f"noisy, {few} qubits", make(few)))
    draw(qubits, gates, PLOT)
    by_qubits = _table(
        f"Cost against qubits: random circuits of {_GATES_OF_QUBITS} gates, one core",
        "qubits",
        qubits,
    )
    by_gates = _table("Cost against gates: value and gradient, one core", "gates", gates)
    by_qubits.notes.append(
        f"Median over {len(_SEEDS)} circuits of the fastest of several runs; the transverse-field "
        "Ising chain at a field of 0.5 (exact), the sum of Z under depolarizing noise (noisy). Last row: "
        "least-squares fit to the upper half of a column. Up to the width of a vector and of the "
        f"caches, larger states cost little more. Drawn in {PLOT.parent.name}/{PLOT.name}."
    )
    by_gates.notes.append(
        "Qubits that no gate has turned yet cost nothing, and a call costs a few microseconds: with few "
        "gates on many qubits the first makes the exponent larger than 1, on few the second smaller."
    )
    return [by_qubits, by_gates]


def draw(qubits: Sequence[Curve], gates: Sequence[Curve], path: Path) -> None:
    """Write a log-log plot of both dependences, with the fits as thin lines."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for axes, curves in ((left, qubits), (right, gates)):
        for index, curve in enumerate(curves):
            color, label = f"C{index}", f"{curve.name}: {curve.law}"
            micro = 1e6 * np.array(curve.seconds)
            axes.plot(curve.sizes, micro, "osD"[index], color=color, ms=4.5, label=label)
            fitted = curve.sizes[len(curve.places) // 2 :]
            exponent, factor = curve.fit
            axes.plot(fitted, 1e6 * factor * fitted**exponent, color=color, lw=0.8)
        axes.set_xscale("log", base=2 if curves is qubits else 10)
        axes.set_yscale("log")
        axes.set_ylabel("time of one evaluation (µs)")
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(fontsize=8, frameon=False)
    left.set_xlabel("size of the state: 2ⁿ amplitudes (exact), 4ⁿ Pauli coefficients (noisy)")
    left.set_title(f"{_GATES_OF_QUBITS} gates, one core")
    right.set_xlabel("gates")
    right.set_xticks(GATES, [str(n) for n in GATES])
    right.minorticks_off()
    right.set_title("value and gradient, one core")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def _exact(n_qubits: int) -> ExactEngine:
    return ExactEngine(get_task(f"vqe/tfim-{n_qubits}q-0.5").objective, threads=1)


def _gradient(engine: CompiledEngine, circuit: Circuit) -> Callable[[], float]:
    return compiled_gradient(engine, circuit)[0]


def _by_qubits(
    name: str,
    qubits: tuple[int, ...],
    engine: Callable[[int], CompiledEngine],
    prepare: Callable[[CompiledEngine, Circuit], Callable[[], float]],
    base: int,
) -> Curve:
    seconds = []
    for n in qubits:
        scorer = engine(n)
        circuits = [random_circuit(n, _GATES_OF_QUBITS, seed) for seed in _SEEDS]
        seconds.append(median(fastest(prepare(scorer, circuit)) for circuit in circuits))
    return Curve(name, qubits, tuple(seconds), base)


def _by_gates(name: str, engine: CompiledEngine) -> Curve:
    seconds = []
    for gates in GATES:
        circuits = [random_circuit(engine.n_qubits, gates, seed) for seed in _SEEDS]
        seconds.append(median(fastest(_gradient(engine, circuit)) for circuit in circuits))
    return Curve(name, GATES, tuple(seconds))


def _table(title: str, axis: str, curves: Sequence[Curve]) -> Table:
    table = Table(title, (axis, *(f"{curve.name} (µs)" for curve in curves)))
    for place in sorted({place for curve in curves for place in curve.places}):
        cells = [dict(zip(c.places, c.seconds, strict=True)).get(place) for c in curves]
        table.rows.append((str(place), *("" if s is None else f"{1e6 * s:.1f}" for s in cells)))
    table.rows.append(("fit", *(curve.law for curve in curves)))
    return table
