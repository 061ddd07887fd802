"""Policies in files: what is saved comes back, a search begins with it, and damage is told."""

from __future__ import annotations

import io
import json
import pickle
import random
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from reproducibility.records import found
from stable_baselines3.common.callbacks import BaseCallback

import qrl
from qrl.agents.registry import AGENTS, make_agent
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.circuits import dense
from qrl.cli.main import main
from qrl.env import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.search.checkpoint import Checkpoints, pack, unpack
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.policy import Policy, read_policy, with_policy
from qrl.search.recorder import Recorder
from qrl.search.run_folder import RunFolder
from qrl.search.runner import Search

TASK = "vqe/h2-2q"
H2 = qrl.get_task(TASK)
SHORT = EnvConfig(max_gates=6)
KINDS = ("ppo", "dqn", "alphazero", "a3c")


def small(agent: str) -> dict[str, Any]:
    """Options that let an agent learn within 600 steps, fast."""
    options: dict[str, Any] = {"num_envs": 8, "hidden": 16}
    if agent in ("ppo", "a2c", "a3c", "tppo", "trpo"):
        options["n_steps"] = 16
    if agent in ("ppo", "tppo"):
        options["batch_size"] = 32
    if agent == "alphazero":
        options |= {"simulations": 4, "batch_size": 16}
    if agent not in ("ppo", "a2c", "a3c", "tppo", "trpo", "alphazero"):
        options |= {"batch_size": 16, "learning_starts": 100}
    return options


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], qrl.Run]:
    """Runs of 600 steps, one for each agent; nobody may change their folders."""
    runs: dict[str, qrl.Run] = {}
    folder = tmp_path_factory.mktemp("trained")

    def run(agent: str) -> qrl.Run:
        if agent not in runs:
            runs[agent] = qrl.search(
                TASK,
                agent=agent,
                steps=600,
                out=folder / agent,
                compare=False,
                options=small(agent),
                max_gates=6,
            )
        return runs[agent]

    return run


class Look(BaseCallback):
    """Keeps the parameters with which training begins, and whatever else is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.parameters: dict[str, bytes] = {}
        self.exploration = -1.0

    def _on_training_start(self) -> None:
        self.parameters = bits(self.model.policy.state_dict())
        self.exploration = getattr(self.model, "exploration_rate", -1.0)

    def _on_step(self) -> bool:
        return True


def bits(parameters: dict[str, Any]) -> dict[str, bytes]:
    return {name: np.asarray(part).tobytes() for name, part in parameters.items()}


def outputs(model: Any, rows: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the numbers that an agent chooses its actions by."""
    policy = model.policy
    with torch.no_grad():
        if hasattr(policy, "q_net"):
            values: np.ndarray = policy.q_net(torch.tensor(rows), torch.tensor(masks)).numpy()
            return values
        if hasattr(policy, "evaluate"):  # of AlphaZero
            return np.asarray(policy.evaluate(rows, masks)[0])
        logits: np.ndarray = policy.get_distribution(torch.tensor(rows), masks).distribution.logits
        return np.asarray(logits)


# -- what is written and read ------------------------------------------------------------------


@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_leaves_a_policy_that_builds_circuits(
    trained: Callable[[str], qrl.Run], agent: str
) -> None:
    run = trained(agent)
    policy = read_policy(run.path)
    assert (policy.agent, policy.task, policy.n_qubits) == (agent, TASK, H2.n_qubits)
    assert policy.env_steps == run.result["env_steps"] >= 600
    assert policy.options == make_agent(agent, small(agent)).plain_options()
    assert policy.env["gates"] == H2.gates
    built = policy.build(H2)
    (circuit,) = built.circuits
    assert len(circuit) == len(H2.start) + 6
    exact = dense.expectation(circuit, H2.objective.observable)
    assert built.cost[0] == pytest.approx(exact, abs=1e-10)
    assert built.cnots[0] == circuit.two_qubit_count
    assert built.depth[0] == circuit.depth
    again = policy.build(H2)
    assert again.circuits == built.circuits
    assert again.returns.tolist() == built.returns.tolist()


@pytest.mark.parametrize("agent", KINDS)
def test_a_policy_read_back_predicts_the_same_to_the_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the log of stable-baselines3
    made = make_agent(agent, small(agent))
    env = CircuitVecEnv(H2, SHORT, num_envs=8)
    first = made.make(SB3CircuitEnv(env), 0).learn(300)
    Policy.of(made, first, env, 300).save(tmp_path / "p.npz")
    other = CircuitVecEnv(H2, SHORT, num_envs=8)
    second = made.make(SB3CircuitEnv(other), 5)
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (40, env.observation.size)).astype(np.float32)
    masks = rng.random((40, env.build.n_actions)) < 0.7
    masks[:, 0] = True
    wanted = outputs(first, rows, masks)
    assert not np.array_equal(outputs(second, rows, masks), wanted)
    read_policy(tmp_path / "p.npz").put_into(second, other)
    assert outputs(second, rows, masks).tobytes() == wanted.tobytes()
    chosen = [
        model.predict(rows, action_masks=masks, deterministic=True)[0] for model in (first, second)
    ]
    assert np.array_equal(*chosen)
    assert masks[np.arange(40), chosen[0]].all()


def test_a_policy_is_written_and_read_without_loss(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    policy = read_policy(trained("ppo").path / "policy.npz")
    policy.save(tmp_path / "copy.npz")
    copy = read_policy(str(tmp_path / "copy.npz"))
    assert bits(copy.network) == bits(policy.network)
    assert replace(copy, network={}).__dict__ == replace(policy, network={}).__dict__


def test_building_leaves_the_global_generators_alone(trained: Callable[[str], qrl.Run]) -> None:
    policy = read_policy(trained("a3c").path)
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(7)
    expected = random.random(), np.random.random(), torch.rand(1).item()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(7)
    threads = torch.get_num_threads()
    policy.build(H2, seed=3, episodes=3)
    assert (random.random(), np.random.random(), torch.rand(1).item()) == expected
    assert torch.get_num_threads() == threads


# -- beginning with one ------------------------------------------------------------------------


@pytest.mark.parametrize("agent", KINDS)
def test_a_search_begins_with_exactly_the_policy(
    trained: Callable[[str], qrl.Run], tmp_path: Path, agent: str
) -> None:
    policy = read_policy(trained(agent).path)
    look, plain = Look(), Look()
    for callback, start in ((look, trained(agent).path), (plain, None)):
        named: dict[str, Any] = (
            {"policy": start}
            if start
            else {"agent": agent, "options": small(agent), "max_gates": 6}
        )
        run = qrl.search(
            TASK,
            steps=50,
            seed=3,
            out=tmp_path / str(start is None),
            compare=False,
            callbacks=[callback],
            **named,
        )
        assert run.result["agent"] == agent
    assert look.parameters == bits(policy.network)
    assert plain.parameters != look.parameters
    kept = RunFolder(tmp_path / "False").read_config()
    assert kept.env.max_gates == 6
    assert bits(read_policy(kept.policy).network) == look.parameters


def test_a_dqn_does_not_begin_with_random_actions(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    policy = trained("dqn").path
    rates = {}
    for name, settings in {
        "with": {"policy": policy},
        "without": {"agent": "dqn"},
        "asked for": {"policy": policy, "options": {"exploration_initial_eps": 0.5}},
    }.items():
        look = Look()
        qrl.search(TASK, steps=16, out=tmp_path / name, compare=False, callbacks=[look], **settings)
        rates[name] = look.exploration
    defaults = make_agent("dqn", {}).options
    assert rates == {
        "with": defaults.exploration_final_eps,
        "without": defaults.exploration_initial_eps,
        "asked for": 0.5,
    }
    assert rates["with"] < 0.1 < rates["without"]


def test_the_first_actions_of_a_dqn_are_the_policys(tmp_path: Path) -> None:
    options = small("dqn") | {"exploration_final_eps": 0.0, "learning_starts": 10_000}
    first = qrl.search(
        TASK, agent="dqn", steps=400, out=tmp_path / "a", compare=False, options=options
    )
    policy = read_policy(first.path)
    env = CircuitVecEnv(H2, EnvConfig.from_dict(policy.env), num_envs=8)
    twin = make_agent("dqn", policy.options).make(SB3CircuitEnv(env), 1)
    policy.put_into(twin, env)

    class Compare(BaseCallback):
        steps = 0

        def _on_rollout_start(self) -> None:
            model: Any = self.model
            self.wanted = twin.policy.greedy(model._rows, model._legal)

        def _on_step(self) -> bool:
            assert np.array_equal(self.locals["actions"], self.wanted)
            self.steps += 1
            return True

    compare = Compare()
    qrl.search(
        TASK, policy=first.path, steps=160, out=tmp_path / "b", compare=False, callbacks=[compare]
    )
    assert compare.steps == 20


def test_a_file_of_settings_may_name_the_policy(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(f'policy = "{trained("dqn").path}"\ncompare = false\n[budget]\nsteps = 16\n')
    assert main(["search", TASK, "--config", str(file), "--out", str(tmp_path / "run")]) == 0
    kept = RunFolder(tmp_path / "run").read_config()
    assert kept.agent == "dqn"
    assert kept.options["hidden"] == 16
    assert kept.options["exploration_initial_eps"] == kept.options["exploration_final_eps"]


def test_a_trained_policy_begins_better_on_a_problem_that_it_has_not_seen(tmp_path: Path) -> None:
    other = qrl.get_task("vqe/tfim-3q-0.5")
    settings: dict[str, Any] = {"max_gates": 9, "compare": False}
    for name, steps in (("untrained", 1), ("trained", 6000)):
        qrl.search("vqe/tfim-3q", agent="ppo", steps=steps, out=tmp_path / name, **settings)
    untrained, trained = (read_policy(tmp_path / name) for name in ("untrained", "trained"))
    assert other.reference is not None
    before, after = (p.build(other).cost[0] - other.reference for p in (untrained, trained))
    assert 0 <= after < before / 2
    # The same is what a search that begins with it tells first.
    run = qrl.search(
        other, policy=tmp_path / "trained", steps=1, evaluate_every=1, out=tmp_path / "next",
        compare=False,
    )  # fmt: skip
    first = json.loads((run.path / "evaluations.jsonl").read_text().splitlines()[0])
    assert (first["env_steps"], first["error"]) == (0, after)


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.mark.parametrize("every", [0.0, 1000.0], ids=["checkpoint", "no checkpoint"])
def test_a_killed_run_goes_on_without_the_original_file(
    trained: Callable[[str], qrl.Run], tmp_path: Path, every: float
) -> None:
    file = tmp_path / "p.npz"
    shutil.copy(trained("ppo").path / "policy.npz", file)
    settings = with_policy({"task": TASK, "compare": False}, file)
    config = replace(SearchConfig.from_dict(settings), budget=Budget("steps", 500))
    Search(H2, config, tmp_path / "whole").start()

    def watch(recorder: Recorder) -> None:
        if work.folder.checkpoints.every != every:
            work.folder.checkpoints = Checkpoints(work.out / "checkpoint", every)
        if recorder.ledger.env_steps >= 300:
            raise Crash

    work = Search(H2, config, tmp_path / "killed", (watch,))
    with pytest.raises(Crash):
        work.start()
    assert (work.out / "checkpoint").exists() == (every == 0.0)
    kept = read_policy(work.out / "start-policy.npz")
    assert bits(kept.network) == bits(read_policy(file).network)
    file.unlink()
    assert qrl.resume(work.out).status == "done"
    assert found(tmp_path / "killed") == found(tmp_path / "whole")


# -- what is refused ---------------------------------------------------------------------------


def spoilt(data: bytes, **changes: Any) -> bytes:
    """Return a policy's bytes with some of its parts changed, or left out where None."""
    tree = unpack(data) | changes
    return pack({name: part for name, part in tree.items() if part is not None})


def network(data: bytes, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """Return a policy's bytes with its first parameters changed."""
    parts = unpack(data)["network"]
    name = next(iter(parts))
    return spoilt(data, network=parts | {name: change(parts[name])})


def with_nan(array: np.ndarray) -> np.ndarray:
    array.flat[0] = np.nan
    return array


def env_of(data: bytes, **changes: Any) -> dict[str, Any]:
    env = unpack(data)["env"] | changes
    return {name: value for name, value in env.items() if value is not None}


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: b"", "no NPZ file"),
        (lambda data: b'{"format": "qrl-policy-1"}', "no NPZ file"),
        (lambda data: data[:-30], "policy"),
        (lambda data: data[: len(data) // 2], "policy"),
        (lambda data: pickle.dumps({"network": 1}), "no NPZ file"),
        (lambda data: npz(weights=np.ones(3)), "it holds no entry '.*tree"),
        (lambda data: zipped(tree=b"{}"), "policy"),
        (lambda data: npz(tree=np.array("[1, 2]")), "holds list, not names and values"),
        (lambda data: npz(tree=np.array("{")), "policy"),
        (lambda data: pack({"recorder": {}, "searcher": {}}), "format is None, not 'qrl-policy-1'"),
        (lambda data: spoilt(data, format="qrl-policy-9"), "format is 'qrl-policy-9', not"),
        (lambda data: spoilt(data, format=["qrl"]), "format is"),
        (lambda data: spoilt(data, actions=None), "it lacks actions"),
        (lambda data: spoilt(data, agent=None, words=None), "it lacks agent, words"),
        (lambda data: spoilt(data, colour="red"), "holds the unknown colour"),
        (lambda data: spoilt(data, agent=3), "agent is 3, not of type str"),
        (lambda data: spoilt(data, options=[]), "options is .*, not of type dict"),
        (lambda data: spoilt(data, env_steps="many"), "env_steps is 'many', not of type int"),
        (lambda data: spoilt(data, network=[1]), "network is .*, not of type dict"),
        (lambda data: spoilt(data, network={"a": 1.0}), "'a' are not numbers of 32 bits"),
        (lambda data: spoilt(data, env=env_of(data, mode=None)), "env must hold gates"),
        (lambda data: spoilt(data, env=env_of(data, noise="none")), "env must hold gates"),
        (lambda data: spoilt(data, env=env_of(data, max_gates=-1)), "max_gates"),
        (lambda data: spoilt(data, env=env_of(data, mode="paint")), "Unknown mode 'paint'"),
        (lambda data: network(data, with_nan), "are not all finite"),
        (lambda data: network(data, lambda a: a * np.inf), "are not all finite"),
        (lambda data: network(data, lambda a: a.astype(np.float64)), "not numbers of 32 bits"),
        (lambda data: network(data, lambda a: a.astype(np.int64)), "not numbers of 32 bits"),
        (lambda data: network(data, lambda a: a.astype("U8")), "not numbers of 32 bits"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_files_that_hold_no_policy(
    trained: Callable[[str], qrl.Run],
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
    message: str,
) -> None:
    file = tmp_path / "p.npz"
    file.write_bytes(spoil((trained("ppo").path / "policy.npz").read_bytes()))
    with pytest.raises(InputError, match=message) as error:
        read_policy(file)
    assert str(error.value).startswith(f"{file}: cannot be read as a policy: ")
    out = tmp_path / "run"
    with pytest.raises(InputError, match=message):
        qrl.search(TASK, policy=file, steps=1, out=out)
    assert not out.exists()


def test_every_cut_is_noticed(trained: Callable[[str], qrl.Run], tmp_path: Path) -> None:
    data = (trained("ppo").path / "policy.npz").read_bytes()
    file = tmp_path / "p.npz"
    for length in [*range(0, len(data), 211), len(data) - 1]:
        file.write_bytes(data[:length])
        with pytest.raises(InputError, match="cannot be read as a policy"):
            read_policy(file)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_reading_a_policy_runs_no_code(tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", tmp_path / "p.npz"
    bare = pickle.dumps(Trap(mark))
    inside = npz(tree=np.array([Trap(mark)], dtype=object))
    for content in (bare, inside):
        file.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read as a policy"):
            read_policy(file)
        assert not mark.exists()
        # The trap is a good one.
        np.load(file, allow_pickle=True)["tree"] if content is inside else pickle.loads(content)
        assert mark.exists()
        mark.unlink()


def test_paths_that_lead_to_no_policy(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.npz", tmp_path):
        with pytest.raises(InputError, match=r"There is no policy .* A search by a reinforcement"):
            read_policy(path)
    for path in ("a\0b", 3):
        with pytest.raises(InputError, match="cannot be read as a policy"):
            read_policy(path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("vqe/h2-4q", {}, "trained on vqe/h2-2q with 2 qubits.*vqe/h2-4q has 4 qubits"),
        (TASK, {"gates": "cx,ry"}, "and 4 actions"),
        (TASK, {"gates": "cz,rx,ry,rz"}, "7 actions|knows other actions"),
        (TASK, {"observation": "tensor"}, "observations of"),
        (TASK, {"mode": "edit"}, "actions"),
        (TASK, {"agent": "dqn"}, "is of agent 'ppo'; got 'dqn'. Name no agent, or that one"),
        (TASK, {"agent": "random"}, "is of agent 'ppo'; got 'random'"),
        (TASK, {"options": {"hidden": 32}}, "The policy's network is not the one of .*`hidden`"),
    ],
)
def test_a_policy_that_does_not_fit(
    trained: Callable[[str], qrl.Run],
    tmp_path: Path,
    task: str,
    settings: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        qrl.search(task, policy=trained("ppo").path, steps=1, out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_as_many_but_other_actions_are_refused(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    run = qrl.search(
        TASK, agent="ppo", steps=1, out=tmp_path / "a", compare=False, options=small("ppo"),
        gates="cx,ry,rz",
    )  # fmt: skip
    policy = read_policy(run.path)
    alike = CircuitVecEnv(H2, EnvConfig(gates="cx,ry,rz"))
    others = CircuitVecEnv(H2, EnvConfig(gates="cx,rx,ry"))
    assert alike.build.n_actions == others.build.n_actions == policy.actions
    assert alike.observation.size == others.observation.size
    policy.check(alike)
    with pytest.raises(InputError, match=r"other actions.*gates cx,ry,rz.*got gates cx,rx,ry"):
        policy.check(others)
    with pytest.raises(InputError, match="other actions"):
        qrl.search(TASK, policy=run.path, gates="cx,rx,ry", steps=1, out=tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_check_looks_at_the_network_where_the_agent_is_given(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    for agent in KINDS:
        policy = read_policy(trained(agent).path)
        env = CircuitVecEnv(H2, SHORT)
        policy.check(env, make_agent(agent, policy.options))
        with pytest.raises(InputError, match="network is not the one of agent"):
            policy.check(env, make_agent(agent, policy.options | {"hidden": 24}))


def test_parameters_of_other_names_or_shapes_are_refused(
    trained: Callable[[str], qrl.Run],
) -> None:
    policy = read_policy(trained("ppo").path)
    name = next(iter(policy.network))
    fewer = {n: a for n, a in policy.network.items() if n != name}
    for parts in (
        fewer,
        policy.network | {"extra": np.zeros(2, np.float32)},
        policy.network | {name: policy.network[name][:, :-1]},
        policy.network | {name: policy.network[name].T},
    ):
        with pytest.raises(InputError, match="The policy's network is not the one of agent 'ppo'"):
            replace(policy, network=parts).build(H2)


def test_a_policy_of_what_does_not_learn_is_refused(
    trained: Callable[[str], qrl.Run], tmp_path: Path
) -> None:
    data = (trained("ppo").path / "policy.npz").read_bytes()
    for agent, message in (
        ("random", "policy is for agents that learn"),
        ("ppoo", "Unknown agent"),
    ):
        file = tmp_path / f"{agent}.npz"
        file.write_bytes(spoilt(data, agent=agent, options={}))
        with pytest.raises(InputError, match=message):
            qrl.search(TASK, policy=file, steps=1, out=tmp_path / "run")
        with pytest.raises(InputError, match="Unknown agent"):
            read_policy(file).build(H2)
    assert not (tmp_path / "run").exists()
