"""Plans of measurements, run with Qiskit's primitives, against the costs' definitions."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import transpile
from qiskit.primitives import StatevectorEstimator, StatevectorSampler
from qiskit.quantum_info import Statevector

from qrl.circuits import Circuit, PauliSum
from qrl.circuits.engines.plain_engine import output_states
from qrl.circuits.measurement import estimate_dephased_purity
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.errors import InputError
from qrl.tasks.measurements import measurements

N = 3
RNG = np.random.default_rng(11)


def states(count: int) -> np.ndarray:
    found = RNG.normal(size=(count, 1 << N)) + 1j * RNG.normal(size=(count, 1 << N))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def observable() -> PauliSum:
    labels = RNG.choice(list("IXYZ"), size=(5, N))
    return PauliSum(tuple("".join(x) for x in labels), tuple(RNG.normal(size=5)))


def unitary() -> np.ndarray:
    matrix = RNG.normal(size=(1 << N, 1 << N)) + 1j * RNG.normal(size=(1 << N, 1 << N))
    return np.linalg.qr(matrix)[0]


def density() -> np.ndarray:
    matrix = RNG.normal(size=(1 << N, 2)) + 1j * RNG.normal(size=(1 << N, 2))
    rho = matrix @ matrix.conj().T
    return rho / np.trace(rho).real


def circuit() -> Circuit:
    found = Circuit(N)
    for layer in range(3):
        for q in range(N):
            found = found.append("ry", q, angle=RNG.uniform(-3, 3))
            found = found.append("rz", q, angle=RNG.uniform(-3, 3))
        found = found.append("cx", layer % N, (layer + 1) % N)
    return found


SHARES = (1.0, 0.0, 3.0)
ESTIMATED = {
    "energy": Expectation(PauliSum(("ZZI", "IXX", "III"), (1.0, 0.5, -0.3))),
    "energy of states": Expectation(observable(), states(3), SHARES),
    "code": CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZII"),
    "code of weights": CodeOverlap(states(3), tuple(observable() for _ in range(3)), SHARES),
    "squared": Classification(states(3), [1, -1, 1], (observable(),), weights=SHARES),
    "logistic": Classification(states(4), [1, -1, 1, 1], (observable(),), "logistic", 2.0),
    "softmax": Classification(
        states(3), np.eye(3), tuple(observable() for _ in range(3)), "softmax", 1.5, SHARES
    ),
    "ratio": ExpectationRatio(
        PauliSum(("III", "ZZZ"), (0.5, 0.5)), PauliSum(("III", "XXI"), (2.0, 0.3))
    ),
}
SAMPLED = {
    "state": Infidelity(states(1)),
    "basis state": Infidelity(np.eye(8)[5] * 1j),
    "states": Infidelity(states(3), states(3), SHARES),
    "process": ProcessInfidelity(unitary()),
    "dephasing": DephasingGap(density()),
    "dephasing of a mixture": DephasingGap(np.diag(np.arange(8) / 28.0)),
}
FOUND = circuit()


def defined(objective) -> float:
    return objective.cost(output_states(FOUND, objective.inputs))


@pytest.mark.parametrize("name", ESTIMATED)
def test_the_estimator_gives_the_cost(name):
    plan = measurements(ESTIMATED[name])
    assert plan.kind == "estimator"
    job = StatevectorEstimator().run(plan.pubs(FOUND))
    cost = plan.cost(plan.read(job.result()))
    assert cost == pytest.approx(defined(ESTIMATED[name]), abs=1e-8)


@pytest.mark.parametrize("name", SAMPLED)
def test_exact_probabilities_give_the_cost(name):
    plan = measurements(SAMPLED[name])
    assert plan.kind == "sampler"
    bare = [c.remove_final_measurements(inplace=False) for c in plan.circuits(FOUND)]
    results = [Statevector(c).probabilities_dict() for c in bare]
    assert plan.cost(results) == pytest.approx(defined(SAMPLED[name]), abs=1e-8)
    arrays = [Statevector(c).probabilities() for c in bare]
    assert plan.cost(arrays) == pytest.approx(defined(SAMPLED[name]), abs=1e-8)


SHOTS = 4000


@pytest.mark.parametrize("name", SAMPLED)
def test_the_sampler_gives_the_cost_within_its_error(name):
    objective = SAMPLED[name]
    plan = measurements(objective)
    counts = plan.read(StatevectorSampler(seed=3).run(plan.pubs(FOUND), shots=SHOTS).result())
    shares = np.array([run.share for run in plan.runs])
    # A share has at most the variance 1/4; the purity's slope by each is at most 2.
    slope = 2.0 if isinstance(objective, DephasingGap) else 1.0
    error = slope * np.sqrt(np.sum(shares**2) / 4 / SHOTS)
    assert plan.cost(counts) == pytest.approx(defined(objective), abs=5 * error)
    assert plan.cost(counts) != defined(objective)


def test_one_eigenvector_has_the_unbiased_estimate_of_the_engine():
    state = states(1)[0]
    plan = measurements(DephasingGap(np.outer(state, state.conj())))
    counts = {"000": 7, "101": 2, "111": 4}
    table = np.array([7, 0, 0, 0, 0, 2, 0, 4])
    expected = 1.0 - estimate_dephased_purity(table).value
    assert plan.cost([counts]) == pytest.approx(expected, abs=1e-12)
    assert plan.cost([table]) == pytest.approx(expected, abs=1e-12)
    assert plan.cost([{0: 7, 5: 2, 7: 4}]) == pytest.approx(expected, abs=1e-12)


def test_counts_of_a_mixture_are_unbiased():
    objective = DephasingGap(np.diag([0.5, 0.3, 0.2, 0.0]))
    plan, found = measurements(objective), Circuit(2).append("ry", 0, angle=1.1)
    p = [np.abs(output_states(found, run.prepare[None])[0]) ** 2
         if run.prepare is not None else np.abs(output_states(found, np.eye(4)[:1])[0]) ** 2
         for run in plan.runs]  # fmt: skip
    rng = np.random.default_rng(0)
    costs = [plan.cost([rng.multinomial(3, q / q.sum()) for q in p]) for _ in range(4000)]
    exact = objective.cost(output_states(found, objective.inputs))
    error = np.std(costs) / np.sqrt(len(costs))
    assert np.mean(costs) == pytest.approx(exact, abs=5 * error)
    assert error < 0.01


def test_inputs_of_no_weight_are_not_run():
    assert len(measurements(SAMPLED["states"]).runs) == 2
    assert [run.share for run in measurements(ESTIMATED["softmax"]).runs] == [0.25, 0.75]


def test_circuits_can_be_transpiled_to_the_gates_of_a_device():
    for objective in (SAMPLED["process"], SAMPLED["states"]):
        for whole in measurements(objective).circuits(FOUND):
            ops = transpile(whole, basis_gates=["cx", "rz", "sx", "x"]).count_ops()
            assert set(ops) <= {"cx", "rz", "sx", "x", "measure", "barrier"}
            assert ops["measure"] == whole.num_qubits


def test_a_basis_state_is_prepared_by_x_gates():
    plan = measurements(SAMPLED["basis state"])
    assert plan.runs[0].after_circuit().count_ops() == {"x": 2}
    assert plan.runs[0].prepare_circuit().count_ops() == {}
    plan = measurements(ESTIMATED["code"])
    assert [run.prepare is None for run in plan.runs].count(True) == 1


def test_the_process_takes_twice_the_qubits():
    (run,) = measurements(SAMPLED["process"]).runs
    assert run.n_qubits == 2 * N
    assert run.prepare_circuit().count_ops() == {"h": N, "cx": N}


def test_the_description():
    (row,) = measurements(ESTIMATED["energy"]).describe()
    assert row == {
        "input": "|000>", "share": 1.0, "kind": "estimator", "qubits": 3,
        "measured": "the observable", "strings": 2, "settings": ["ZZI", "IXX"],
    }  # fmt: skip
    rows = measurements(ESTIMATED["code"]).describe()
    assert [row["input"] for row in rows][:3] == ["|000>", "|001>", "|00+>"]
    assert rows[0]["settings"] == ["ZZZ"]
    assert sorted(rows[2]["settings"]) == ["XXX", "ZZZ"]
    (row,) = measurements(ESTIMATED["ratio"]).describe()
    assert (row["measured"], row["strings"]) == ("2 observables", 2)
    (row,) = measurements(SAMPLED["process"]).describe()
    assert row["input"] == "Bell pairs (q, n + q)"
    assert (row["kind"], row["qubits"]) == ("sampler", 6)
    assert "settings" not in row
    assert measurements(SAMPLED["state"]).describe()[0]["measured"].endswith("the target")
    assert measurements(SAMPLED["dephasing"]).describe()[0]["measured"] == "all bits"


@pytest.mark.parametrize(
    ("name", "results", "message"),
    [
        ("energy", [], "one result for each of 1 runs; got 0"),
        ("energy", [[1.0, 2.0]], "needs 1 finite expectation value"),
        ("energy", [float("nan")], "finite"),
        ("energy", ["high"], "must be numbers"),
        ("state", [{"01": 3}], "strings of 3 bits"),
        ("state", [{"000": 0}], "at least 1 shot"),
        ("state", [{"000": -1, "001": 3}], "not be negative"),
        ("state", [{"000": 0.4}], "add up to 1; these give 0.4"),
        ("state", [{8: 4}], "strings of 3 bits, or numbers; got 8"),
        ("state", [0.5], "counts by bit string"),
        ("state", [{"000": "many"}], "finite numbers"),
        ("dephasing", [{"000": 1}, {"000": 1}], "at least 2 shots"),
    ],
)
def test_results_that_it_refuses(name, results, message):
    plan = measurements((ESTIMATED | SAMPLED)[name])
    with pytest.raises(InputError, match=message):
        plan.cost(results)


def test_circuits_of_another_size_are_refused():
    with pytest.raises(InputError, match="circuits of 3 qubits; got 2"):
        measurements(ESTIMATED["energy"]).circuits(Circuit(2))
