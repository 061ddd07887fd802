"""A whole refinement: what it saves, and that the cost stays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.gates import GATE_SETS, Gate
from qrl.circuits.objectives import ProcessInfidelity
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.archive import Archive, Found
from qrl.search.ledger import Ledger
from qrl.search.refining import refine, refine_front
from qrl.search.refining.batches import BatchTuner, Scored
from qrl.search.refining.pair_blocks import short_blocks
from qrl.search.refining.routing import fits
from qrl.search.refining.snapping import is_clifford, snapped
from qrl.search.scoring import Scoring
from qrl.tasks.task import dense_cost

TASK = qrl.get_task("vqe/h2-4q")
ROTATIONS = frozenset({"cx", "rx", "ry", "rz"})


def random_circuit(n_qubits: int, count: int, seed: int) -> Circuit:
    """CNOTs, each with rotations on its qubits."""
    rng = np.random.default_rng(seed)
    gates, angles = [], []
    for _ in range(count):
        a, b = (int(q) for q in rng.permutation(n_qubits)[:2])
        gates += [Gate("cx", (a, b)), Gate("ry", (a,)), Gate("rz", (b,))]
        angles += rng.uniform(-3, 3, 2).tolist()
    return Circuit(n_qubits, tuple(gates), tuple(angles))


def compiling(unitary: np.ndarray) -> Scoring:
    return Scoring.of(ProcessInfidelity(unitary), EnvConfig(gates="cx+rotations"))


def pair_excitation() -> Circuit:
    """Hartree-Fock and the pair excitation of H2 as its own four CNOTs, made longer on purpose."""
    run = TASK.start.append("rz", 0, angle=0.2).append("cx", 0, 1).append("cx", 0, 1)
    run = run.append("ry", 2, angle=0.4).append("ry", 2, angle=-0.4)
    for a, b in ((2, 3), (2, 0), (0, 1)):
        run = run.append("ry", a, angle=0.1).append("cx", a, b).append("rz", b, angle=0.1)
    return run.append("ry", 3, angle=0.0)


def test_a_padded_circuit_loses_what_it_does_not_need() -> None:
    found = pair_excitation()
    ledger = Ledger()
    new = refine(TASK, found, ledger=ledger)
    assert new.after.cnots < new.before.cnots
    assert new.after.gates < new.before.gates
    assert new.cost <= new.before.cost + 1e-9
    assert new.cost == pytest.approx(dense_cost(TASK.objective, new.circuit), abs=1e-10)
    assert ledger.evaluations > ledger.gradients > 0


def test_every_step_stays_within_the_tolerance() -> None:
    found = random_circuit(4, 6, seed=3)
    for tolerance in (0.0, 1e-9, 1e-3):
        new = refine(TASK, found, tolerance=tolerance)
        sizes = [(s.after.cnots, s.after.gates, s.after.depth) for s in new.history]
        assert sizes == sorted(sizes, reverse=True)
        for step in new.history:
            exact = dense_cost(TASK.objective, step.circuit)
            assert exact <= new.before.cost + tolerance + 1e-12
            assert step.after.cost == pytest.approx(exact, abs=1e-10)


def test_two_qubit_blocks_take_three_cnots() -> None:
    """Vidal and Dawson: three for any unitary, two for a real orthogonal one of determinant 1."""
    general = random_circuit(2, 5, seed=0)
    real = Circuit(2)
    for k in range(4):
        real = real.append("cx", 0, 1).append("ry", 0, angle=0.3 + k).append("ry", 1, angle=k - 0.7)
    for found, most in ((general, 3), (real, 2)):
        new = refine(compiling(found.unitary()), found)
        assert new.after.cnots <= most
        overlap = np.vdot(new.circuit.unitary(), found.unitary())
        assert abs(overlap) / 4 == pytest.approx(1.0, abs=1e-8)


def test_a_block_inside_a_circuit_is_found() -> None:
    inner = random_circuit(2, 5, seed=1)
    found = Circuit(3).append("cx", 1, 2).append("rx", 1, angle=0.3)
    found = Circuit(3, found.gates + inner.gates, found.angles + inner.angles).append("cx", 1, 2)
    tuner = BatchTuner(ExactEngine(ProcessInfidelity(found.unitary())), Ledger())
    new = short_blocks(tuner, Scored(found, 0.0), ROTATIONS, 1e-9)
    assert new.circuit.two_qubit_count == 5
    assert new.cost < 1e-9


def test_angles_snap_where_the_others_make_up_for_it() -> None:
    # RX about the control's other axis: 0.3 and -0.3 leave a quarter turn between them.
    wanted = Circuit(1).append("ry", 0, angle=math.pi / 2)
    found = Circuit(1).append("ry", 0, angle=1.2).append("ry", 0, angle=math.pi / 2 - 1.2)
    tuner = BatchTuner(ExactEngine(ProcessInfidelity(wanted.unitary())), Ledger())
    new = snapped(tuner, tuner.tuned([found], 0.0)[0], 1e-9)
    assert any(map(is_clifford, new.circuit.angles))
    assert dense_cost(ProcessInfidelity(wanted.unitary()), new.circuit) < 1e-9


def test_snapped_angles_become_the_fixed_gates_of_the_set() -> None:
    wanted = Circuit(2).append("sx", 0).append("cx", 0, 1).append("z", 1).append("ry", 1, angle=0.3)
    found = Circuit(2).append("rx", 0, angle=1.5707).append("cx", 0, 1)
    found = found.append("rz", 1, angle=3.1415).append("ry", 1, angle=0.3)
    scoring = compiling(wanted.unitary())
    assert refine(scoring, found, gates="cx,rx,ry,rz,sx,z").after.rotations == 1
    kept = refine(scoring, found)
    assert kept.after.rotations == 3
    assert kept.after.clifford == 2


@pytest.mark.parametrize("gates", ["cz+rotations", "ibm-cz", "ibm-ecr"])
def test_native_gates_keep_the_unitary(gates: str) -> None:
    found = random_circuit(3, 3, seed=5)
    new = refine(compiling(found.unitary()), found, gates=gates)
    assert new.moved
    assert set(new.circuit.counts) <= set(GATE_SETS[gates])
    assert dense_cost(ProcessInfidelity(found.unitary()), new.circuit) <= 1e-9
    assert new.after.cnots == new.before.cnots
    written = next(s for s in new.history if s.name == "gate set")
    assert new.after.gates <= written.after.gates


def test_a_coupling_map_is_kept_to_the_end() -> None:
    found, line = random_circuit(3, 4, seed=6), coupling_map("line", 3)
    assert not fits(found, line)
    new = refine(compiling(found.unitary()), found, coupling="line")
    assert fits(new.circuit, line)
    assert new.after.cnots >= new.before.cnots > 0
    assert dense_cost(ProcessInfidelity(found.unitary()), new.circuit) <= 1e-9


def test_gate_sets_without_rotations_or_with_one_qubit() -> None:
    code = qrl.get_task("state/ghz-3q")
    found = Circuit(3).append("h", 0).append("cx", 0, 1).append("cx", 1, 2)
    found = found.append("s", 2).append("s", 2).append("s", 2).append("s", 2)
    new = refine(code, found)
    assert (new.after.cnots, new.after.gates) == (2, 3)
    single = compiling(Circuit(1).append("h", 0).unitary())
    long = Circuit(1).append("rz", 0, angle=math.pi / 2).append("rx", 0, angle=math.pi / 2)
    assert refine(single, long.append("rz", 0, angle=math.pi / 2)).after.gates <= 2


def test_noise_is_scored_and_shots_are_refused() -> None:
    env = EnvConfig(gates="cx+rotations", noise="depolarizing:0.001,0.01")
    scoring = Scoring.of(TASK.objective, env)
    new = refine(scoring, pair_excitation())
    assert new.after.cnots < new.before.cnots
    assert new.cost < new.before.cost  # each gate less is noise less
    with pytest.raises(InputError, match="shots"):
        refine(Scoring.of(TASK.objective, replace(env, shots=100)), pair_excitation())


@pytest.mark.parametrize("tolerance", [-1e-9, math.nan, math.inf, "1e-9", True])
def test_bad_tolerances_are_refused(tolerance: object) -> None:
    with pytest.raises(InputError, match="The tolerance must be a finite number"):
        refine(TASK, TASK.start, tolerance=tolerance)  # type: ignore[arg-type]


def test_bad_circuits_gates_and_maps_are_refused() -> None:
    with pytest.raises(InputError, match="the task needs 4"):
        refine(TASK, Circuit(3))
    with pytest.raises(InputError, match="Unknown gate set"):
        refine(TASK, TASK.start, gates="ibm-cy")
    with pytest.raises(InputError, match="no path leads"):
        refine(TASK, TASK.start, coupling=[(0, 1), (2, 3)])  # type: ignore[arg-type]


def front(*circuits: Circuit) -> Archive:
    archive = Archive()
    for c in circuits:
        cost = dense_cost(TASK.objective, c)
        archive.offer(Found(c, cost, c.two_qubit_count, c.depth, 1, 1, 0.0))
    return archive


@pytest.mark.parametrize("tolerance", [0.0, 1e-9, 1e-4])
def test_a_front_gets_nowhere_worse(tolerance: float) -> None:
    archive = front(TASK.start, pair_excitation(), *(random_circuit(4, k, k) for k in (2, 4, 5)))
    ledger = Ledger()
    scoring = Scoring.of(TASK.objective, EnvConfig(gates="cx+rotations"))
    new = refine_front(scoring, archive, ledger, tolerance=tolerance).archive
    assert ledger.evaluations > 0
    for old in archive.entries:
        assert any(
            e.cost <= old.cost + tolerance and e.cnots <= old.cnots and e.depth <= old.depth
            for e in new.entries
        )
    for entry in new.entries:
        assert entry.cost == pytest.approx(dense_cost(TASK.objective, entry.circuit), abs=1e-10)
        assert (entry.cnots, entry.depth) == (entry.circuit.two_qubit_count, entry.circuit.depth)


def test_stopping_leaves_a_front_that_is_no_worse() -> None:
    archive = front(pair_excitation(), random_circuit(4, 5, 5))
    scoring = Scoring.of(TASK.objective, EnvConfig(gates="cx+rotations"))
    new = refine_front(scoring, archive, Ledger(), stop=lambda: True).archive
    for old in archive.entries:
        assert any(e.cost <= old.cost + 1e-9 and e.cnots <= old.cnots for e in new.entries)
