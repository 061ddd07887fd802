"""The table of known scores: it saves time and changes nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits

from qrl.circuits import GATES, Circuit, Expectation, Gate, PauliSum, TuneOptions
from qrl.circuits.canonical import commute
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.known_scores import KnownScores
from qrl.circuits.gates import gate_spec
from qrl.circuits.objectives import Infidelity
from qrl.circuits.program import lower

H3 = PauliSum(("ZZI", "IZZ", "XII", "IXI", "IIY", "YXZ"), (1.0, 0.8, 0.5, -0.7, 0.4, 0.3))
SHORT = TuneOptions(max_gradients=6)


class Batch:
    """Circuits as arrays; `score` leaves them as they are."""

    def __init__(
        self, several: list[Circuit], fresh: Any = None, target: Any = None, width: int = 0
    ) -> None:
        lowered = [lower(circuit) for circuit in several]
        self.n_ops = np.array([len(ops) for ops, _ in lowered])
        self.n_theta = np.array([theta.size for _, theta in lowered])
        self.ops = np.full((len(several), max(1, self.n_ops.max()), 4), 99, dtype=np.int32)
        self.theta = np.full((len(several), max(1, width, self.n_theta.max())), np.nan)
        for k, (ops, theta) in enumerate(lowered):
            self.ops[k, : len(ops)], self.theta[k, : theta.size] = ops, theta
        count = len(several)
        self.fresh = np.full(count, -1) if fresh is None else np.asarray(fresh)
        self.target = np.full(count, math.inf) if target is None else np.asarray(target, float)

    def pick(self, order: Any) -> Batch:
        chosen = object.__new__(Batch)
        for name, value in vars(self).items():
            setattr(chosen, name, value[np.asarray(order)])
        return chosen

    def score(self, engine: ExactEngine, options: TuneOptions = SHORT) -> tuple[bytes, ...]:
        """Return results and angles of each circuit, as bytes."""
        ops, theta = self.ops.copy(), self.theta.copy()
        out = engine.tune_arrays(
            ops, self.n_ops, theta, self.n_theta, self.fresh, self.target, options
        )
        assert np.array_equal(ops, self.ops)
        return tuple(
            out[k].tobytes() + theta[k, :used].tobytes() for k, used in enumerate(self.n_theta)
        )


def random_circuit(rng: np.random.Generator, length: int, n: int = 3) -> Circuit:
    names, gates = ["rx", "ry", "rz", "cx", "rzz", "cz", "ecr", "h", "x"], []
    for _ in range(length):
        name = str(rng.choice(names))
        gates.append(Gate(name, tuple(rng.permutation(n)[: gate_spec(name).n_qubits].tolist())))
    count = sum(gate_spec(g.name).parametric for g in gates)
    return Circuit(n, tuple(gates), tuple(rng.uniform(-np.pi, np.pi, count)))


def engine(observable: PauliSum = H3, **options: Any) -> ExactEngine:
    return ExactEngine(Expectation(observable), **options)


def mixed_batch(seed: int, count: int = 40) -> Batch:
    """Circuits of many lengths, each several times over, with various targets and fresh angles."""
    rng = np.random.default_rng(seed)
    several = [random_circuit(rng, int(rng.integers(0, 12))) for _ in range(count)]
    several += [several[k] for k in rng.integers(0, count, count)]
    total = len(several)
    fresh = rng.choice([-1, 0, 2], total)
    return Batch(several, fresh, rng.choice([math.inf, -2.0, -50.0], total))


@pytest.mark.parametrize("tuner", ["lbfgs", "rotosolve", "adam", "none"])
def test_the_same_to_the_bit_with_and_without_a_table(tuner: str) -> None:
    batch, options = mixed_batch(1), TuneOptions(tuner=tuner, max_gradients=8, restart=True)
    expected = batch.score(engine(table_bytes=0, threads=1), options)
    rng = np.random.default_rng(0)
    for table_bytes in (0, 1, 3000, 1 << 22):
        for threads in (1, 2):
            one = engine(table_bytes=table_bytes, threads=threads)
            for _ in range(3):
                order = rng.permutation(len(expected))
                got = batch.pick(order).score(one, options)
                assert got == tuple(expected[k] for k in order)
            assert one.known.lookups == 3 * len(expected)
            assert one.known.hits == 0 if table_bytes < 2 else one.known.hits > 0


def test_hits_are_counted() -> None:
    rng = np.random.default_rng(2)
    several = [random_circuit(rng, 8) for _ in range(6)]
    one = engine()
    assert one.known.hit_rate == 0.0
    batch = Batch([*several, several[0], several[3], several[0]])
    batch.score(one)
    assert (one.known.lookups, one.known.hits) == (9, 3)
    batch.score(one)
    assert (one.known.lookups, one.known.hits) == (18, 12)
    assert one.known.hit_rate == pytest.approx(12 / 18)
    one.tune(several[2], options=SHORT)
    assert (one.known.lookups, one.known.hits) == (19, 13)
    one.value(several[2])
    one.value_and_gradient(several[2])
    assert one.known.lookups == 19


def test_a_wider_batch_starts_the_table_anew_and_stays_right() -> None:
    rng = np.random.default_rng(3)
    several = [random_circuit(rng, 10) for _ in range(8)]
    one, expected = engine(), Batch(several).score(engine(table_bytes=0))
    for width, hits in ((0, 0), (0, 8), (40, 0), (0, 8), (40, 8)):
        before = one.known.hits
        assert Batch(several, width=width).score(one) == expected
        assert one.known.hits - before == hits


def swapped(circuit: Circuit, rng: np.random.Generator, swaps: int = 60) -> Circuit:
    """Exchange neighbouring gates that commute; equal ones keep their order."""
    placed = list(circuit.placed())
    for _ in range(swaps if len(placed) > 1 else 0):
        k = int(rng.integers(0, len(placed) - 1))
        (a, _), (b, _) = placed[k], placed[k + 1]
        turned = gate_spec(a.name).symmetric and a.qubits == b.qubits[::-1]
        alike = a.name == b.name and (a.qubits == b.qubits or turned)
        if commute(a, b) and not alike:
            placed[k], placed[k + 1] = placed[k + 1], placed[k]
        if gate_spec(placed[k][0].name).symmetric and rng.integers(2):
            gate, angle = placed[k]
            placed[k] = Gate(gate.name, gate.qubits[::-1]), angle
    angles = tuple(angle for _, angle in placed if angle is not None)
    return Circuit(circuit.n_qubits, tuple(gate for gate, _ in placed), angles)


def test_circuits_that_differ_in_the_order_of_commuting_gates_are_one() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        circuit = random_circuit(rng, 12)
        others = [swapped(circuit, rng) for _ in range(5)]
        one = engine()
        tuned = [one.tune(c, options=SHORT) for c in (circuit, *others)]
        assert {t.cost for t in tuned} == {tuned[0].cost}
        assert one.known.hits == 5
        alone = [engine(table_bytes=0).tune(c, options=SHORT) for c in (circuit, *others)]
        assert tuned == alone  # each with the angles at its own gates
        for t in tuned:
            assert one.value(t.circuit) == pytest.approx(t.cost, abs=1e-12)


def test_another_start_target_option_or_fresh_angle_is_no_hit() -> None:
    circuit = Circuit(3).append("ry", 0, angle=0.3).append("cx", 0, 1).append("rx", 2, angle=-0.4)
    asked: list[dict[str, Any]] = [
        {}, {"fresh": 0}, {"fresh": 1}, {"target": 0.0}, {"target": -1.0},
        *({"options": TuneOptions(**option)} for option in (
            {"tolerance": 1e-4}, {"max_gradients": 7}, {"tuner": "adam"}, {"tuner": "none"},
            {"tuner": "rotosolve"}, {"restart": True}, {"seed": 3}, {"rate": 0.1},
        )),
    ]  # fmt: skip
    one = engine()
    for _ in range(2):
        for keywords in asked:
            tuned = one.tune(circuit, **keywords)
            assert tuned == engine(table_bytes=0).tune(circuit, **keywords)
    assert (one.known.lookups, one.known.hits) == (2 * len(asked), len(asked))
    near = circuit.with_angles((np.nextafter(0.3, 1), -0.4))
    for other in (near, circuit.with_angles((-0.4, 0.3)), circuit.append("x", 1)):
        before = one.known.hits
        one.tune(other)
        assert one.known.hits == before
    assert one.tune(circuit, fresh=2) == one.tune(circuit)  # neither has a fresh angle
    assert one.known.hits == len(asked) + 2


def test_a_fresh_angle_is_fresh_wherever_its_gate_ends_up() -> None:
    """Normal order puts qubit 0 first: of the first circuit the second angle is fresh, then."""
    observable = PauliSum(("IZ", "ZI"), (1.0, 1.0))
    late = Circuit(2).append("ry", 1, angle=0.2).append("ry", 0, angle=0.4)
    early = Circuit(2).append("ry", 0, angle=0.4).append("ry", 1, angle=0.2)
    one, options = engine(observable), TuneOptions(tuner="none")
    costs = [one.tune(c, fresh=1, options=options).cost for c in (late, early)]
    assert costs == pytest.approx([math.cos(0.2) - 1, math.cos(0.4) - 1])


def test_the_mark_of_a_fresh_angle_is_no_angle() -> None:
    """The bits of 5e-324 are those of the number 1, which marks the second angle as fresh."""
    observable = PauliSum(("IZ", "ZI"), (1.0, 1.0))
    late = Circuit(2).append("ry", 1, angle=5e-324).append("ry", 0, angle=0.4)
    early = Circuit(2).append("ry", 0, angle=0.4).append("ry", 1, angle=0.0)
    one, options = engine(observable), TuneOptions(tuner="none")
    costs = [one.tune(c, fresh=1, options=options).cost for c in (late, early)]
    assert costs == pytest.approx([0.0, math.cos(0.4) - 1], abs=1e-12)


def test_engines_of_other_objectives_share_nothing() -> None:
    circuit = Circuit(1).append("ry", 0, angle=0.3)
    first = ExactEngine(Expectation(PauliSum(("Z",), (1.0,))))
    second = ExactEngine(Infidelity([0.6, 0.8]))
    for _ in range(2):
        assert first.tune(circuit).cost == pytest.approx(-1.0)
        assert second.tune(circuit).cost == pytest.approx(0.0, abs=1e-9)


def test_a_small_table_stays_small_and_right() -> None:
    rng = np.random.default_rng(5)
    pool = [random_circuit(rng, 5, 2) for _ in range(300)]
    observable = PauliSum(("ZZ", "XI", "IY"), (1.0, 0.5, 0.2))
    options = TuneOptions(max_gradients=2)
    expected = Batch(pool).score(engine(observable, table_bytes=0), options)
    whole, one = Batch(pool, width=6), engine(observable, table_bytes=20 * (16 + 8 * (6 + 6)))
    for _ in range(60):
        # Some circuits come more often than others.
        order = (300 * rng.random(60) ** 3).astype(int)
        assert whole.pick(order).score(one, options) == tuple(expected[k] for k in order)
        kept = (one.known._keys, one.known._results, one.known._angles)
        assert sum(part.nbytes for part in kept) <= 20 * (16 + 8 * (6 + 6))
    assert len(one.known._keys) == 20
    assert 0.05 < one.known.hit_rate < 0.9


# -- the normal order -------------------------------------------------------------------------


def normal(several: list[Circuit]) -> list[tuple[bytes, bytes]]:
    """Return gates and angles in the kernels' normal order."""
    b = Batch(several)
    found = KnownScores(0).look_up(
        b.ops, b.n_ops, b.theta, b.n_theta, b.fresh, b.target, np.zeros(7)
    )
    assert list(found.todo) == list(range(len(several)))
    return [
        (found.ops[k, :used].tobytes(), found.theta[k, :angles].tobytes())
        for k, (used, angles) in enumerate(zip(b.n_ops, b.n_theta, strict=True))
    ]


@given(circuit=circuits(4, 14), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_equivalent_circuits_have_one_normal_order(circuit: Circuit, seed: int) -> None:
    other = swapped(circuit, np.random.default_rng(seed))
    first, second = normal([circuit, other])
    assert first == second
    assert circuit.canonical() == other.canonical()


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_normal_order_tells_apart_what_the_canonical_form_does(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(GATES)), min_size=2, max_size=3))
    circuit = data.draw(circuits(3, 6, names, min_qubits=2, min_gates=2, angle=st.just(0.5)))
    gates = data.draw(st.permutations(circuit.gates))
    other = Circuit(circuit.n_qubits, tuple(gates), circuit.angles)
    first, second = normal([circuit, other])
    assert (first == second) == (circuit.canonical() == other.canonical())
