"""Before a search for a device: circuits that are found without its noise, brought onto it.

Under noise each gate costs before a circuit has all gates that it needs, so that a search from a basis
state seldom leaves it. Without noise the way there is open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import gate_set
from qrl.errors import InputError
from qrl.search.archive import Found
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder, Scored, Watcher
from qrl.search.refining.batches import BatchTuner
from qrl.search.refining.native import in_gates
from qrl.search.scoring import Scoring
from qrl.search.searchers import make_searcher
from qrl.tasks.qiskit_transpiling import transpiled_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qrl.circuits.circuit import Circuit
    from qrl.search.context import SearchContext
    from qrl.tasks.task import Task

SHARE = 0.5
"""Part of the budget that is spent without noise."""
SCOUTS = ("adapt", "anneal", "beam", "evolve", "exchange", "greedy", "portfolio", "tempering")
"""Searchers that do so; agents learn the noise from the beginning, and random search stays random."""
MOST_ALIKE, MORE_CNOTS = 200, 2
"""Circuits that are kept without noise, and by how many CNOTs they may exceed the smallest good one."""
COMPILED = 24
"""Circuits that Qiskit's compiler writes for the device, too."""
_BRANCH = 2**31 + 1
"""Of the seed sequence; no environment of the search has it."""


def begins_without_noise(context: SearchContext) -> bool:
    """Return whether a search begins without noise: under a device's, where costs are exact."""
    noise, config = context.scoring.noise, context.config
    device = noise is not None and noise.n_qubits is not None
    return device and not config.env.shots and config.agent in SCOUTS and config.budget.amount > 1


def search_without_noise(context: SearchContext, watchers: tuple[Watcher, ...] = ()) -> None:
    """Search without noise on the device's pairs, in the task's gates, and offer what that brings.

    Each circuit of the front, and others that are as good without noise, which the noise tells apart, are
    written in the gates of the search, exactly, and tuned under the noise.

    Args:
        context: of the search; it pays, and its recorder gets the circuits.
        watchers: told of the progress.
    """
    main, config = context.recorder, context.config
    engine = "exact" if config.env.engine == "noisy" else config.env.engine
    env = replace(config.env, noise="none", gates=context.task.gates, engine=engine)
    amount = SHARE * config.budget.amount
    kind = config.budget.kind
    budget = Budget(kind, amount if kind == "seconds" else int(amount))

    def watch(recorder: Recorder) -> None:
        for watcher in watchers:
            watcher(main)
        recorder.stopped = main.stopped

    recorder = _Alike(context.task, budget, (watch,))
    recorder.ledger = main.ledger
    entropy = np.random.SeedSequence(
        context.entropy.entropy, spawn_key=(*context.entropy.spawn_key, _BRANCH)
    )
    own = replace(
        context, config=replace(config, env=env, budget=budget), recorder=recorder, entropy=entropy,
        scoring=Scoring.of(context.task.objective, env), saved=None, folder=None, callbacks=(),
        on_checkpoint=lambda state: None, envs=[],
    )  # fmt: skip
    make_searcher(config.agent, config.options).run(own)
    front = [entry.circuit for entry in recorder.archive.entries]
    _bring([*front, *recorder.alike()], context)
    main.ledger.stop()


class _Alike(Recorder):
    """Keeps circuits of nearly the lowest cost and CNOTs, not only one of each."""

    def __init__(self, task: Task, budget: Budget, watchers: tuple[Watcher, ...]) -> None:
        super().__init__(task, budget, watchers)
        self._kept: dict[str, tuple[int, float, Circuit]] = {}

    def scored(self, build: Scored) -> None:
        """Take in circuits that were just scored, and look for those that are nearly the best."""
        super().scored(build)
        limit = self.archive.lowest_cost + self.task.target_error
        fewest = min((e.cnots for e in self.archive.entries if e.cost <= limit), default=0)
        near = (build.cost <= limit) & (build.cnots <= fewest + MORE_CNOTS)
        for index in np.flatnonzero(near):
            circuit = build.circuit(int(index))
            key = str(circuit.canonical().gates)
            size, cost = int(build.cnots[index]), float(build.cost[index])
            if key not in self._kept or cost < self._kept[key][1]:
                self._kept[key] = size, cost, circuit
        if len(self._kept) > 2 * MOST_ALIKE:
            self._kept = dict(self._best())

    def alike(self) -> list[Circuit]:
        """Return what was kept, fewest CNOTs first."""
        return [circuit for _, (_, _, circuit) in self._best()]

    def _best(self) -> list[tuple[str, tuple[int, float, Circuit]]]:
        limit = self.archive.lowest_cost + self.task.target_error
        good = [item for item in self._kept.items() if item[1][1] <= limit]
        order = sorted(good, key=lambda item: (item[1][0], len(item[1][2]), item[1][1]))
        return order[:MOST_ALIKE]


def _bring(found: list[Circuit], context: SearchContext) -> None:
    """Write circuits for the device, tune them under its noise and offer them."""
    main, noise = context.recorder, context.scoring.noise
    written: dict[str, Circuit] = {}
    for number, circuit in enumerate(found):
        for own in _on_device(circuit, context, by_qiskit=number < COMPILED):
            if noise is None or all(noise.covers(gate) for gate in own.gates):
                written.setdefault(own.qasm(), own)
        if main.finished:
            break
    tuner = BatchTuner(context.scoring.engine(), main.ledger, lambda: main.finished)
    for circuit, cost in tuner.tuned(list(written.values()), np.inf):
        if np.isfinite(cost):
            ledger = main.ledger
            main.offer(
                Found(
                    circuit, cost, circuit.two_qubit_count, circuit.depth,
                    ledger.evaluations, ledger.env_steps, ledger.seconds,
                )
            )  # fmt: skip


def _on_device(circuit: Circuit, context: SearchContext, *, by_qiskit: bool) -> Iterator[Circuit]:
    """Yield the circuit in the gates of the search; Qiskit may find a smaller one, and takes longer."""
    env, task = context.config.env, context.task
    gates = gate_set(env.gates)
    try:
        yield in_gates(circuit, frozenset(gates))
    except InputError:
        return  # a set of the user's that cannot express it
    if not by_qiskit:
        return
    from qiskit.exceptions import QiskitError

    pairs = list(coupling_map(env.coupling, task.n_qubits).edges)
    from_zero = task.objective.head().inputs is None
    try:
        yield transpiled_to(circuit.qiskit(), gates, pairs, from_zero=from_zero)
    except (QiskitError, InputError):
        return
