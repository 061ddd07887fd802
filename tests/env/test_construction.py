"""Circuits under construction, against slow references that know one circuit at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, Expectation, Gate, PauliSum, TuneOptions, dense
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import GATE_SETS, gate_set, gate_spec
from qrl.env.actions import ActionTable
from qrl.env.config import EnvConfig, default_max_gates
from qrl.env.construction import Construction
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task, get_task
from qrl.tasks.ground_states import heisenberg, tfim

H2 = get_task("vqe/h2-4q")
SKEW = Task("skew", Expectation(PauliSum(("XYZ", "YII", "ZZI", "IXX"), (0.7, -0.3, 1.0, 0.5))))
SINGLE = Task("single", Expectation(PauliSum(("Z", "X", "Y"), (1.0, 0.5, -0.25))))


def actions_for(names: str, n_qubits: int, coupling: str = "all") -> ActionTable:
    return ActionTable.build(gate_set(names), n_qubits, coupling_map(coupling, n_qubits))


def build_for(
    task: Task, actions: ActionTable, count: int = 1, start: Circuit | None = None, length: int = 20
) -> Construction:
    return Construction(
        count,
        make_engine("exact", task.objective),
        actions,
        start or Circuit(task.n_qubits),
        length,
        task.objective.lower_bound,
    )


def is_illegal(action: Gate, appended: list[Gate]) -> bool:
    """Tell whether the last gate that touches any of the action's qubits is the action itself.

    "Illegal: the same CNOT (control and target) or a same-axis rotation on a qubit until another
    gate touches those qubits" (CRLQAS, arXiv 2402.03500).
    """
    for gate in reversed(appended):
        if set(gate.qubits) & set(action.qubits):
            return gate == action
    return False


def random_episode(
    build: Construction, length: int, rng: np.random.Generator, *, legal: bool
) -> Any:
    """Step one circuit at random and yield the gates so far, after each step."""
    appended: list[Gate] = []
    for _ in range(length):
        allowed = np.flatnonzero(build.legal()[0]) if legal else np.arange(len(build.actions))
        if not allowed.size:
            return
        action = int(rng.choice(allowed))
        build.step(np.array([action]))
        appended.append(build.actions.gates[action])
        yield list(appended)


# -- actions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_cnots_and_rotations_are_n_times_n_plus_2(n: int) -> None:
    table = actions_for("cx+rotations", n)
    expected = {Gate("cx", (a, b)) for a in range(n) for b in range(n) if a != b}
    expected |= {Gate(name, (q,)) for name in ("rx", "ry", "rz") for q in range(n)}
    assert len(table) == n * (n + 2) == len(set(table.gates))
    assert set(table.gates) == expected


@pytest.mark.parametrize("coupling", ["line", "ring", "grid:2x3"])
@pytest.mark.parametrize("names", GATE_SETS)
def test_two_qubit_gates_stand_on_coupled_pairs(names: str, coupling: str) -> None:
    table = actions_for(names, 6, coupling)
    graph = coupling_map(coupling, 6)
    placed = [g for g in table.gates if len(g.qubits) == 2]
    both_ways = {(a, b) for pair in graph.edges for a, b in (pair, pair[::-1])}
    if {"cx", "ecr"} & set(gate_set(names)):
        assert sorted(g.qubits for g in placed) == sorted(both_ways)
    else:  # exchanging the qubits of CZ and RZZ changes nothing
        assert sorted(g.qubits for g in placed) == sorted(p for p in both_ways if p[0] < p[1])


def test_rows_and_costs_follow_the_gate_table() -> None:
    table = actions_for("cx,cz,swap,rzz,ry,h", 3)
    for gate, row, cnots in zip(table.gates, table.rows, table.cnots, strict=True):
        spec = gate_spec(gate.name)
        assert row[0] == spec.opcode
        assert tuple(row[1 : 1 + spec.n_qubits]) == gate.qubits
        assert (row[2] == -1) == (spec.n_qubits == 1)
        assert bool(row[3]) == spec.parametric
        assert cnots == spec.cnots


def test_nothing_to_place_is_an_error() -> None:
    with pytest.raises(InputError, match="rotation"):
        actions_for("rzz", 1)


# -- legality ---------------------------------------------------------------------------------


@pytest.mark.parametrize("legal", [True, False], ids=["legal moves", "any moves"])
@pytest.mark.parametrize(
    ("names", "n"), [*((names, 3) for names in GATE_SETS), ("cx,swap,h,ry", 4), ("rx,ry", 1)]
)
def test_masks_follow_the_rule_of_the_field(names: str, n: int, legal: bool) -> None:
    task = Task("z", Expectation(PauliSum(("Z" * n, "X" * n), (1.0, 0.5))))
    actions = actions_for(names, n)
    rng = np.random.default_rng(17)
    seen_illegal = 0
    for _ in range(4):
        build = build_for(task, actions, length=25)
        assert build.legal().all()
        for appended in random_episode(build, 25, rng, legal=legal):
            mask = [not is_illegal(gate, appended) for gate in actions.gates]
            assert build.legal()[0].tolist() == mask
            seen_illegal += mask.count(False)
    assert seen_illegal >= 100


def test_a_gate_on_one_of_its_qubits_makes_a_cnot_legal_again() -> None:
    build = build_for(tfim(3), actions_for("cx+rotations", 3))
    ids = {gate: k for k, gate in enumerate(build.actions.gates)}
    same, other_way = ids[Gate("cx", (0, 1))], ids[Gate("cx", (1, 0))]
    build.step(np.array([same]))
    assert not build.legal()[0, same]
    assert build.legal()[0, other_way]
    build.step(np.array([ids[Gate("rx", (2,))]]))  # touches neither
    assert not build.legal()[0, same]
    build.step(np.array([ids[Gate("rx", (1,))]]))
    assert build.legal()[0, same]
    assert not build.legal()[0, ids[Gate("rx", (1,))]]
    assert build.legal()[0, ids[Gate("ry", (1,))]]


def test_a_gate_of_the_start_must_not_be_undone_either() -> None:
    """Two X on a qubit with nothing between them are as useless as two CNOTs."""
    build = build_for(tfim(2), actions_for("x,ry", 2), start=Circuit(2).append("x", 1))
    ids = {gate: k for k, gate in enumerate(build.actions.gates)}
    assert build.legal()[0, ids[Gate("x", (0,))]]
    assert not build.legal()[0, ids[Gate("x", (1,))]]


# -- what is counted and scored ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (H2, "cx+rotations"),
        (SKEW, "cx+rotations"),
        (SKEW, "rzz+rotations"),
        (SKEW, "swap,cz,h,ry"),
        (SINGLE, "cx+rotations"),
    ],
    ids=["h2", "skew", "rzz", "mixed", "single"],
)
@pytest.mark.parametrize("legal", [True, False], ids=["legal", "any"])
def test_cost_and_counts_are_those_of_the_circuit(task: Task, names: str, legal: bool) -> None:
    rng = np.random.default_rng(23)
    start = task.start if task.initial_state else Circuit(task.n_qubits).append("x", 0)
    for _ in range(3):
        build = build_for(task, actions_for(names, task.n_qubits), start=start, length=12)
        assert build.start_cost == pytest.approx(
            dense.expectation(start, task.objective.observable)
        )
        before = build.start_cost
        for appended in random_episode(build, 12, rng, legal=legal):
            circuit = build.circuit(0)
            assert circuit.gates == (*start.gates, *appended)
            cost = dense.expectation(circuit, task.objective.observable)
            assert build.cost[0] == pytest.approx(cost, abs=1e-10)
            assert build.previous_cost[0] == before
            assert build.depth[0] == circuit.depth
            assert build.cnots[0] == circuit.two_qubit_count
            assert build.rotations[0] == circuit.rotation_count
            assert build.steps[0] == len(appended)
            assert build.evaluations[0] >= max(1, build.gradients[0])
            if gate_spec(appended[-1].name).parametric:  # at angle 0 it changes nothing
                assert build.cost[0] <= before + 1e-10
            before = build.cost[0]


def test_rotations_that_can_gain_do_gain() -> None:
    build = build_for(SINGLE, actions_for("rx,ry", 1))
    build.step(np.array([0]))
    build.step(np.array([1]))
    lowest = -np.sqrt(1.0 + 0.5**2 + 0.25**2)
    assert build.start_cost == 1.0
    assert build.cost[0] == pytest.approx(lowest, abs=1e-9)


def test_the_cost_belongs_to_the_circuit_with_the_new_gate() -> None:
    """Tuning before the gate is added, as published code does, would leave the cost at 1."""
    build = build_for(Task("z", Expectation(PauliSum(("Z",), (1.0,)))), actions_for("ry,rx", 1))
    build.step(np.array([0]))
    assert build.cost[0] == pytest.approx(-1.0)


def test_tuning_follows_the_options() -> None:
    actions, rng = actions_for("cx+rotations", 3), np.random.default_rng(0)
    build = Construction(
        1,
        make_engine("exact", SKEW.objective),
        actions,
        Circuit(3),
        12,
        -9.0,
        TuneOptions(max_gradients=2),
    )
    spent = [int(build.gradients[0]) for _ in random_episode(build, 12, rng, legal=True)]
    assert max(spent) <= 2  # the second attempt included


def test_circuits_side_by_side_are_independent() -> None:
    actions = actions_for("cx+rotations", 3)
    rng = np.random.default_rng(5)
    chosen = rng.integers(len(actions), size=(10, 4))
    together = build_for(SKEW, actions, count=4)
    alone = [build_for(SKEW, actions) for _ in range(4)]
    for row in chosen:
        together.step(row)
        for k, build in enumerate(alone):
            build.step(row[k : k + 1])
            assert together.circuit(k) == build.circuit(0)
            assert together.cost[k] == build.cost[0]
            assert together.evaluations[k] == build.evaluations[0]


def test_only_the_marked_circuits_go_back_to_the_start() -> None:
    build = build_for(H2, actions_for("cx+rotations", 4), count=3, start=H2.start)
    rng = np.random.default_rng(6)
    for _ in range(5):
        build.step(rng.integers(len(build.actions), size=3))
    kept = [build.circuit(k) for k in range(3)]
    build.reset(np.array([False, True, False]))
    assert [build.circuit(0), build.circuit(2)] == [kept[0], kept[2]]
    assert build.circuit(1) == H2.start
    assert build.steps.tolist() == [5, 0, 5]
    assert build.cost[1] == build.previous_cost[1] == build.start_cost
    assert build.legal()[1].all()
    assert build.depth[1] == H2.start.depth
    fresh = build_for(H2, build.actions, count=3, start=H2.start)
    row = np.array([0, 13, 2])
    build.step(row)
    fresh.step(row)
    assert build.circuit(1) == fresh.circuit(1)


# -- checkpoints ------------------------------------------------------------------------------


@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
@pytest.mark.parametrize("observation", ["compact", "tensor"])
def test_a_restored_environment_goes_on_identically(observation: str, minimum: str) -> None:
    config = EnvConfig(observation=observation, minimum=minimum, max_gates=7)
    one = CircuitVecEnv(H2, config, num_envs=3)
    rng = np.random.default_rng(9)
    one.reset()
    for _ in range(10):  # into the second episode
        one.step(rng.integers(len(one.actions), size=3))
    state = one.state()
    observations = one.observation.read()
    chosen = rng.integers(len(one.actions), size=(10, 3))
    expected = [one.step(row) for row in chosen]  # must leave `state` alone

    other = CircuitVecEnv(H2, config, num_envs=3)
    other.reset()
    for _ in range(4):
        other.step(rng.integers(len(one.actions), size=3))
    assert np.array_equal(other.restore(state), observations)
    for row, wanted in zip(chosen, expected, strict=True):
        found = other.step(row)
        for a, b in zip(found[:4], wanted[:4], strict=True):
            assert np.array_equal(a, b)
        assert found[4].keys() == wanted[4].keys()
        for key in wanted[4]:
            assert np.array_equal(found[4][key], wanted[4][key])
    for k in range(3):
        assert other.build.circuit(k) == one.build.circuit(k)


# -- observations -----------------------------------------------------------------------------


def slow_tensor(n: int, length: int, appended: list[Gate]) -> np.ndarray:
    """The tensor of CRLQAS: CNOT [target][control], then one row for each of RX, RY, RZ."""
    tensor = np.zeros((length, n + 3, n))
    pointer = [0] * n
    for gate in appended:
        moment = max(pointer[q] for q in gate.qubits)
        if gate.name == "cx":
            control, target = gate.qubits
            tensor[moment, target, control] = 1
        else:
            tensor[moment, n + ("rx", "ry", "rz").index(gate.name), gate.qubits[0]] = 1
        for q in gate.qubits:
            pointer[q] = moment + 1
    return tensor


def place_of_cost(build: Construction) -> float:
    place = (build.start_cost - build.cost[0]) / (build.start_cost - build.lower_bound)
    return float(np.clip(place, -1, 1))


@pytest.mark.parametrize("initial_state", [None, "000", "111", "010", "101"])
def test_the_tensor_shows_each_gate_in_the_first_free_moment(initial_state: str | None) -> None:
    """The starting gates are the same in every episode and take no moments."""
    task = Task("t", heisenberg(3).objective, initial_state=initial_state)
    env = CircuitVecEnv(task, EnvConfig(observation="tensor", max_gates=15))
    assert env.single_observation_space.shape == (15 * 6 * 3 + 1,)
    rng = np.random.default_rng(31)
    for _ in range(6):
        appended: list[Gate] = []
        observations, _ = env.reset()
        for _ in range(14):
            assert observations.shape == (1, 15 * 6 * 3 + 1)
            assert observations.dtype == np.float32
            seen = observations[0, :-1].reshape(15, 6, 3)
            np.testing.assert_array_equal(seen, slow_tensor(3, 15, appended))
            assert observations[0, -1] == pytest.approx(place_of_cost(env.build), abs=1e-6)
            action = int(rng.choice(np.flatnonzero(env.action_masks()[0])))
            appended.append(env.actions.gates[action])
            observations, *_ = env.step(np.array([action]))


@pytest.mark.parametrize("initial_state", ["01", "00"])
def test_different_circuits_have_different_tensors(initial_state: str) -> None:
    """The order of two rotations on one qubit must show, whether or not it is prepared in 1."""
    task = Task("t", heisenberg(2).objective, initial_state=initial_state)
    env = CircuitVecEnv(task, EnvConfig(observation="tensor", max_gates=6))
    ids = {gate: k for k, gate in enumerate(env.actions.gates)}
    for q in (0, 1):
        seen = []
        for names in (("rx", "rz"), ("rz", "rx")):
            env.reset()
            for name in names:
                observations, *_ = env.step(np.array([ids[Gate(name, (q,))]]))
            seen.append(observations[0, :-1])
        assert not np.array_equal(*seen)


def test_the_tensor_has_rows_for_each_gate_of_the_set() -> None:
    env = CircuitVecEnv(tfim(3), EnvConfig(observation="tensor", max_gates=5, gates="cz,swap,ry"))
    ids = {gate: k for k, gate in enumerate(env.actions.gates)}
    env.reset()
    for gate in (Gate("ry", (1,)), Gate("swap", (0, 2)), Gate("cz", (1, 2))):
        observations, *_ = env.step(np.array([ids[gate]]))
    seen = observations[0, :-1].reshape(5, 3 + 3 + 1, 3)
    # CZ in rows 0 to 2, SWAP in rows 3 to 5, RY in row 6; second qubit = row, first = column.
    assert sorted(map(tuple, np.argwhere(seen))) == [(0, 3 + 2, 0), (0, 6, 1), (1, 2, 1)]


def slow_compact(build: Construction, appended: list[Gate], names: list[str]) -> np.ndarray:
    """The last three roles of each qubit, its local expectation values, and progress."""
    n = build.actions.n_qubits
    roles = ["nothing"]
    for name in names:
        roles += [f"{name} control", f"{name} target"] if gate_spec(name).n_qubits == 2 else [name]
    encoded = []
    for q in range(n):
        played = []
        for gate in reversed(appended):
            if q in gate.qubits:
                side = f" {('control', 'target')[gate.qubits.index(q)]}" * (len(gate.qubits) == 2)
                played.append(gate.name + side)
        for role in (played + ["nothing"] * 3)[:3]:
            encoded += [float(role == name) for name in roles]
    circuit = build.circuit(0)
    for q in range(n):
        for letter in "XYZ":
            label = "I" * (n - 1 - q) + letter + "I" * q
            encoded.append(dense.expectation(circuit, PauliSum((label,), (1.0,))))
    change = build.previous_cost[0] - build.cost[0]
    size = np.clip(1 + np.log10(abs(change) + 1e-12) / 12, 0, 1)
    encoded += [len(appended) / build.max_gates, place_of_cost(build), np.sign(change), size]
    return np.array(encoded)


@pytest.mark.parametrize("names", [["cx", "rx", "ry", "rz"], ["cz", "h", "ry"], ["ry", "rzz"]])
def test_the_compact_encoding(names: list[str]) -> None:
    env = CircuitVecEnv(SKEW, EnvConfig(gates=",".join(names), max_gates=12))
    roles = 1 + sum(gate_spec(name).n_qubits for name in names)
    assert env.single_observation_space.shape == (3 * (3 * roles + 3) + 4,)
    rng = np.random.default_rng(41)
    appended: list[Gate] = []
    observations, _ = env.reset()
    for _ in range(11):
        assert observations.dtype == np.float32
        expected = slow_compact(env.build, appended, names)
        np.testing.assert_allclose(observations[0], expected, rtol=0, atol=2e-6)
        action = int(rng.choice(np.flatnonzero(env.action_masks()[0])))
        appended.append(env.actions.gates[action])
        observations, *_ = env.step(np.array([action]))


@pytest.mark.parametrize("observation", ["compact", "tensor"])
@pytest.mark.parametrize("task", [H2, SKEW, SINGLE], ids=["h2", "skew", "single"])
def test_observations_stay_within_their_space(task: Task, observation: str) -> None:
    env = CircuitVecEnv(task, EnvConfig(observation=observation), num_envs=4)
    observations, _ = env.reset()
    rng = np.random.default_rng(2)
    for _ in range(40):
        assert env.observation_space.contains(observations)
        observations, *_ = env.step(rng.integers(len(env.actions), size=4))


# -- rewards along an episode -----------------------------------------------------------------


@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
def test_rewards_follow_from_the_costs(minimum: str) -> None:
    task = Task("near", heisenberg(3).objective, reference=-5.0, target_error=1.5)
    assert task.reference is not None
    env = CircuitVecEnv(task, EnvConfig(minimum=minimum, max_gates=9), num_envs=2)
    env.reset()
    rng = np.random.default_rng(3)
    start = env.build.start_cost
    lowest = {
        "best": start - task.target_error,
        "bound": task.objective.lower_bound,
        "reference": task.reference,
    }[minimum]
    goal = task.reference + task.target_error if minimum == "reference" else -np.inf
    before, length = [start, start], [0, 0]
    ends = set()
    for _ in range(120):
        chosen = [int(rng.choice(np.flatnonzero(mask))) for mask in env.action_masks()]
        _, rewards, terminated, truncated, info = env.step(np.array(chosen))
        for k in range(2):
            cost = float(info["cost"][k])
            length[k] += 1
            gained = (before[k] - cost) / max(abs(before[k] - lowest), 1e-12)
            expected = float(np.clip(gained, -1, 1))
            if cost <= goal:
                expected = 5.0
            elif length[k] == 9:
                expected = -5.0
            assert rewards[k] == pytest.approx(expected, abs=1e-12)
            assert terminated[k] == (cost <= goal)
            assert truncated[k] == (length[k] == 9 and cost > goal)
            before[k] = cost
            if terminated[k] or truncated[k]:
                before[k], length[k] = start, 0
                ends.add("goal" if terminated[k] else "length")
        if minimum == "best":
            lowest = min(lowest, float(info["cost"].min()) - task.target_error)
    assert "length" in ends
    assert ("goal" in ends) == (minimum == "reference")


# -- settings ---------------------------------------------------------------------------------


def test_episodes_have_six_gates_a_qubit_unless_told() -> None:
    assert default_max_gates(4) == 24
    assert CircuitVecEnv(H2).build.max_gates == 24
    assert CircuitVecEnv(H2, EnvConfig(max_gates=5)).build.max_gates == 5


def test_the_start_is_the_tasks_or_nothing() -> None:
    by_task, from_zero = CircuitVecEnv(H2), CircuitVecEnv(H2, EnvConfig(start="zero"))
    assert by_task.build.circuit(0) == H2.start
    assert by_task.build.circuit(0).counts == {"x": 2}
    assert from_zero.build.circuit(0) == Circuit(4)
    observable = H2.objective.observable
    for env in (by_task, from_zero):
        cost = dense.expectation(env.build.circuit(0), observable)
        assert env.build.start_cost == pytest.approx(cost)


def test_settings_survive_plain_data() -> None:
    config = EnvConfig(gates="cx,ry", coupling="line", max_gates=9, minimum="bound")
    assert EnvConfig.from_dict(config.to_dict()) == config
    with pytest.raises(InputError, match=r"environment setting 'max_gate'.*'max_gates'"):
        EnvConfig.from_dict({"max_gate": 3})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("reward", "fixed"),
        ("minimum", "lowest"),
        ("start", "hf"),
        ("max_gates", -1),
        ("tolerance", 0.0),
        ("tolerance", float("nan")),
        ("max_gradients", 0),
    ],
)
def test_a_setting_without_meaning_is_an_error(setting: str, value: Any) -> None:
    with pytest.raises(InputError, match=setting):
        EnvConfig(**{setting: value})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("reward", 5),
        ("minimum", None),
        ("observation", 3),
        ("gates", 5),
        ("engine", 1),
        ("max_gates", "ten"),
        ("max_gates", 2.5),
        ("tolerance", "1e-5"),
        ("max_gradients", "many"),
    ],
)
def test_a_setting_of_the_wrong_type_is_an_input_error(setting: str, value: Any) -> None:
    """They come from files; anything but an `InputError` would be a traceback for the user."""
    with pytest.raises(InputError):
        CircuitVecEnv(H2, EnvConfig(**{setting: value}))


def test_an_episode_is_worth_its_circuit() -> None:
    """Costs along an episode of rotations only ever fall; the sum of gains is the total fall."""
    build = build_for(H2, actions_for("rx,ry,rz", 4), start=H2.start, length=10)
    costs = [build.start_cost]
    for _ in random_episode(build, 10, np.random.default_rng(4), legal=True):
        costs.append(float(build.cost[0]))
    assert all(b <= a + 1e-10 for a, b in pairwise(costs))
