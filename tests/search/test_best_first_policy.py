"""Best-first search guided by the policy of a DQN agent."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from reproducibility.records import found

import qrl
from qrl.agents.registry import make_agent
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.cli.main import main
from qrl.env.config import EnvConfig
from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.search.best_first.frontier import Frontier
from qrl.search.best_first.learned import ActionValues, Situations, regrets
from qrl.search.best_first.nodes import Node
from qrl.search.best_first.queue import ITSELF
from qrl.search.best_first.searcher import BestFirst
from qrl.search.checkpoint import Checkpoints, pack, unpack
from qrl.search.config import SearchConfig
from qrl.search.context import SearchContext
from qrl.search.ledger import Budget
from qrl.search.policy import Policy, read_policy, with_policy
from qrl.search.recorder import Recorder
from qrl.search.runner import Search
from qrl.search.scoring import Scoring
from qrl.search.words import Alphabet

TASK = "vqe/h2-2q"
H2 = qrl.get_task(TASK)
SMALL = {"num_envs": 8, "hidden": 16, "batch_size": 16, "learning_starts": 100}
TRAINED: dict[str, dict[str, Any]] = {
    "dqn": {"agent": "dqn"},
    "dueling": {"agent": "dueling-dqn", "observation": "tensor"},
    "compounds": {"agent": "dqn", "actions": "gates,fans", "observation": "gates:0,angles"},
    "edit": {"agent": "dqn", "mode": "edit"},
    "ppo": {"agent": "ppo", "options": {"n_steps": 16, "num_envs": 8, "batch_size": 32}},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folders with policies, of which "dqn" has learned for 600 steps; nobody may change them."""
    folder = tmp_path_factory.mktemp("trained")

    def make(name: str) -> Path:
        path, settings = folder / name, {"options": SMALL, **TRAINED[name]}
        if name == "dqn" and not path.exists():
            qrl.search(TASK, steps=600, out=path, compare=False, max_gates=6, **settings)
        elif not path.exists():
            path.mkdir()
            agent = make_agent(settings.pop("agent"), settings.pop("options"))
            env = vector_env(H2, EnvConfig(max_gates=6, **settings), num_envs=8)
            model = agent.make(SB3CircuitEnv(env), 1)
            Policy.of(agent, model, env, 0).save(path / "policy.npz")
        return path

    return make


def frontier(path: Path, steps: int = 10**6, **settings: Any) -> Frontier:
    config = SearchConfig.from_dict(
        {**with_policy({"agent": "best-first"}, path), "task": TASK, "budget": {"steps": steps}}
    )
    recorder = Recorder(H2, config.budget)
    entropy = np.random.SeedSequence(3)
    scoring = Scoring.of(H2.objective, config.env)
    return BestFirst(**settings).begin(SearchContext(H2, config, recorder, scoring, entropy))


def q_values(policy: Policy, rows: Any, legal: Any) -> Any:
    """Return what the agent itself says, made as training makes it."""
    agent = make_agent(policy.agent, policy.options)
    env = CircuitVecEnv(H2, EnvConfig.from_dict(policy.env), num_envs=agent.options.num_envs)
    model = agent.make(SB3CircuitEnv(env), 0)
    policy.put_into(model, env)
    with torch.no_grad():
        return model.policy.q_net(torch.tensor(rows), torch.tensor(legal)).numpy()


@pytest.mark.parametrize("name", ["dqn", "dueling", "compounds"])
def test_circuits_are_shown_as_the_agent_saw_them(
    trained: Callable[[str], Path], name: str
) -> None:
    policy = read_policy(trained(name))
    config = EnvConfig.from_dict(policy.env)
    env = CircuitVecEnv(H2, config, num_envs=5, seed=1)
    shown = CircuitVecEnv(H2, config, num_envs=7)
    alphabet = Alphabet(env.actions, env.build.start)
    rng = np.random.default_rng(4)
    observations, info = env.reset(seed=1)
    paths: list[tuple[int, ...]] = [()] * 5
    compared = 0
    for _ in range(14):
        nodes = []
        for k in range(5):
            word = alphabet.word(env.build.circuit(k))
            assert word is not None
            costs = float(env.build.cost[k]), float(env.build.previous_cost[k])
            nodes.append(Node(word, paths[k], *costs))
        rows, legal = Situations(shown, alphabet).show(nodes)
        assert np.allclose(rows, observations, atol=2e-6)
        assert np.array_equal(legal, info["action_mask"])
        values = ActionValues(policy)(rows, legal)
        assert np.allclose(values, q_values(policy, rows, legal), atol=1e-6)
        compared += sum(map(bool, paths))
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in info["action_mask"]])
        observations, _, terminated, truncated, info = env.step(actions)
        done = terminated | truncated
        paths = [
            () if done[k] else (*path, int(actions[k])) for k, path in enumerate(paths)
        ]  # fmt: skip
    assert compared > 30


def test_regrets_are_distances_from_the_best_in_units_of_their_mean() -> None:
    assert regrets(np.array([1.0, 3.0, -2.0])) == pytest.approx([6 / 7, 0.0, 15 / 7])
    assert regrets(np.array([5.0, 5.0])).tolist() == [0.0, 0.0]
    assert regrets(np.zeros(0)).tolist() == []


@pytest.mark.parametrize("name", ["dqn", "compounds"])
def test_children_come_in_the_order_of_their_values(
    trained: Callable[[str], Path], name: str
) -> None:
    policy = read_policy(trained(name))
    search = frontier(trained(name), weight=1e3, batch=1)
    search.step()  # the start is extended
    waiting = search.queue.entries
    env = CircuitVecEnv(H2, EnvConfig.from_dict(policy.env))
    rows, info = env.reset()
    own = q_values(policy, rows, info["action_mask"])[0]
    legal = np.flatnonzero(info["action_mask"][0])
    assert sorted(waiting.action.tolist()) == legal.tolist()
    below = own[legal].max() - own[legal]
    wanted = dict(zip(legal.tolist(), 4.0 * below / below.mean(), strict=True))
    assert waiting.regret == pytest.approx([wanted[k] for k in waiting.action.tolist()], abs=1e-4)
    (f,) = search.queue.priorities(search.weights, lowest=search.lowest, unit=search.unit)
    order = waiting.action[np.argsort(f)].tolist()
    assert [own[k] for k in order] == sorted(own[legal], reverse=True)
    # Nothing is paid for children; of a compound, all gates are.
    assert search.scorer.recorder.ledger.evaluations == 0
    first, start = env.choices.words[order[0]], search.scorer.alphabet.start
    cnots = sum(gate.name == "cx" for gate in first)
    price = waiting.price[waiting.action == order[0]]
    assert price == pytest.approx([cnots + 0.1 * (len(start) + len(first))])
    search.step()
    (number,) = search.queue.entries.node[search.queue.entries.action == ITSELF]
    made = search.scorer.alphabet.circuit(search.nodes[int(number)].word)
    assert made.gates == (*start.gates, *first)


def test_where_values_are_all_that_counts_the_greedy_circuit_comes_first(
    trained: Callable[[str], Path],
) -> None:
    search = frontier(trained("dqn"), weight=1e6, batch=1)
    built = read_policy(trained("dqn")).build(H2)
    seen = []
    for _ in range(1 + 2 * 6):
        search.step()
        itself = search.queue.entries.node[search.queue.entries.action == ITSELF]
        seen += [search.nodes[number] for number in itself.tolist()]
    last = seen[-1]
    # A circuit that another order of commuting gates gave before is not made again.
    assert search.scorer.alphabet.circuit(last.word).gates == built.circuits[0].gates
    assert last.cost == pytest.approx(built.cost[0], abs=1e-9)


def test_compound_actions_make_compound_children(trained: Callable[[str], Path]) -> None:
    search = frontier(trained("compounds"), 400)
    lengths = set()
    while not search.scorer.recorder.finished:
        search.step()
        lengths |= {len(search.guide.words[k]) for k in search.queue.entries.action if k != ITSELF}
    assert lengths == {1, 2}
    most = len(H2.start) + 6
    assert all(len(e.circuit) <= most for e in search.scorer.recorder.archive.entries)


@pytest.mark.parametrize("name", ["dqn", "compounds"])
def test_it_goes_on_from_its_state(trained: Callable[[str], Path], name: str) -> None:
    whole, rest = frontier(trained(name), 400), frontier(trained(name), 400)
    saved, kept = b"", {}
    while not whole.scorer.recorder.finished:
        if whole.scorer.recorder.ledger.env_steps < 200:
            saved, kept = pack(whole.state()), unpack(pack(whole.scorer.recorder.state()))
        whole.step()
    rest.rng.random(9)
    rest.restore(unpack(saved))
    rest.scorer.recorder.restore(kept)
    while not rest.scorer.recorder.finished:
        rest.step()
    assert pack(rest.state()) == pack(whole.state())


# -- how a policy reaches it -------------------------------------------------------------------


def test_the_policy_brings_building_rules_and_best_first_stays(
    trained: Callable[[str], Path], tmp_path: Path
) -> None:
    file = trained("compounds") / "policy.npz"
    run = qrl.search(
        TASK, agent="best-first", policy=file, steps=300, out=tmp_path / "a", compare=False,
        options={"batch": 2},
    )  # fmt: skip
    assert run.verify()
    assert run.best.cost <= H2.reference + H2.target_error  # type: ignore[operator]  # it is known
    arguments = ["search", TASK, "--agent", "best-first", "--policy", str(file)]
    assert main([*arguments, "--steps", "300", "--no-compare", "--out", str(tmp_path / "b")]) == 0
    policy = read_policy(file)
    for name, batch in (("a", {"batch": 2}), ("b", {})):
        kept = tomllib.loads((tmp_path / name / "config.toml").read_text())
        assert kept["agent"] == "best-first"
        assert kept["options"] == batch
        assert {key: kept["env"][key] for key in policy.env} == policy.env
        assert (tmp_path / name / "start-policy.npz").exists()


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.mark.parametrize("shots", [0, 100])
def test_a_run_that_broke_off_goes_on_without_the_file(
    trained: Callable[[str], Path], tmp_path: Path, shots: int
) -> None:
    file = tmp_path / "policy.npz"
    file.write_bytes((trained("dqn") / "policy.npz").read_bytes())
    given = {"agent": "best-first", "env": {"shots": shots, "max_gradients": 5}}
    config = SearchConfig.from_dict({**with_policy(given, file), "task": TASK, "compare": False})
    config = replace(config, budget=Budget("steps", 100))
    whole = Search(H2, config, tmp_path / "whole").start()
    assert bool(whole.result.get("total_shots")) == bool(shots)

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(work.out / "checkpoint", every=0.0)
        if recorder.ledger.env_steps >= 60:
            raise Crash

    work = Search(H2, config, tmp_path / "killed", (watch,))
    with pytest.raises(Crash):
        work.start()
    file.unlink()
    assert qrl.resume(work.out).status == "done"
    assert found(tmp_path / "killed") == found(tmp_path / "whole")


def spoilt(path: Path, to: Path, **changes: Any) -> Path:
    to.write_bytes(pack(unpack((path / "policy.npz").read_bytes()) | changes))
    return to


def test_policies_that_do_not_fit_are_refused(
    trained: Callable[[str], Path], tmp_path: Path
) -> None:
    out, other = tmp_path / "run", tmp_path / "other.npz"
    dqn = trained("dqn")
    parts = unpack((dqn / "policy.npz").read_bytes())["network"]
    missing = {name: part for name, part in parts.items() if "advantage" not in name}
    options = read_policy(dqn).options
    for policy, task, settings, message in (
        (trained("ppo"), TASK, {}, "values actions.*dqn.*got one of 'ppo'.*--agent dqn"),
        (trained("edit"), TASK, {}, "appends gates.*got one of mode 'edit'"),
        (dqn, "vqe/h2-4q", {}, "trained on vqe/h2-2q with 2 qubits"),
        (dqn, TASK, {"gates": "cx,ry"}, "and 4 actions"),
        (dqn, TASK, {"observation": "tensor"}, "observations of"),
        (dqn, TASK, {"agent": "anneal"}, "is of agent 'dqn'; got 'anneal'"),
        (spoilt(dqn, other, network=missing), TASK, {}, "network is not the one of agent 'dqn'"),
        (
            spoilt(dqn, tmp_path / "wide.npz", options=options | {"hidden": 24}), TASK, {},
            "network is not the one",
        ),
        (tmp_path / "none.npz", TASK, {}, "There is no policy"),
    ):  # fmt: skip
        arguments = {"agent": "best-first", **settings}
        with pytest.raises(InputError, match=message):
            qrl.search(task, policy=policy, steps=1, out=out, **arguments)
        assert not out.exists()
