"""Benchmarks on a real Ray cluster of several nodes, one of which is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from bench.cluster_benchmarks import check_complete, save_problem, wait_for
from bench.small_benchmarks import Told, opened

import qrl
from qrl.bench import ray_cluster
from qrl.bench.choose_workers import on_ray, on_this_machine
from qrl.bench.journal import JOURNAL
from qrl.bench.one_run import Ended
from qrl.bench.ray_cluster import RayWorkers
from qrl.bench.ray_task import remote_run
from qrl.bench.run_archive import pack, pack_run, sweep, unpack
from qrl.errors import InputError, MissingExtra

pytest.importorskip("ray")


@dataclass
class Nodes:
    """A cluster: a head without cores, and nodes of one core with folders of their own."""

    cluster: Any
    temporary: Path

    def add(self, temporary: Path) -> Any:
        temporary.mkdir(exist_ok=True)
        node = self.cluster.add_node(num_cpus=1, env_vars={"TMPDIR": str(temporary)})
        self.cluster.wait_for_nodes()
        return node


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    try:
        made = Nodes(cluster, tmp_path_factory.mktemp("first"))
        made.add(made.temporary)
        yield made
    finally:
        cluster.shutdown()


def _run_on(temporary: Path) -> str:
    """Return the name of the run that a node searches for."""
    return next((path.parent.name for path in temporary.glob("qrl-*/runs/*/config.toml")), "")


def _cut_power(temporary: Path) -> None:
    """Stop a node's processes, so that none reports a result while the node is being removed.

    Without it a worker outlives its killed raylet by seconds on a busy machine and answers.
    """
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == str(temporary):
                process.suspend()


def test_a_benchmark_survives_a_node(nodes: Nodes, tmp_path: Path) -> None:
    settings = {"agents": ["random"], "seeds": 2, "budget": {"seconds": 9}}
    temporary, folder, told = tmp_path / "second", tmp_path / "benchmark", Told()
    node, lost = nodes.add(temporary), []

    def kill() -> None:
        wait_for(lambda: (folder / JOURNAL).exists() and (folder / JOURNAL).stat().st_size)
        lost.append(wait_for(lambda: _run_on(temporary)))
        _cut_power(temporary)
        nodes.cluster.remove_node(node, allow_graceful=False)

    killer = threading.Thread(target=kill)
    killer.start()
    opened(folder, **settings).run(on_ray(nodes.cluster.address), told)
    killer.join()

    benchmark = check_complete(folder, **settings)
    assert len(told.rows) == len(benchmark.jobs) == 4
    [job] = [job for job in benchmark.jobs if job.folder == lost[0]]
    [said] = told.words
    assert said.startswith(f"{job.label} on {job.cell}, seed {job.config.seed}: Its worker was")
    assert said.endswith("Once more.")
    again = Told()
    opened(folder, **settings).run(_nobody, again)
    assert not again.rows


def test_results_are_those_of_processes(nodes: Nodes, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"agents": ["random", "evolve"], "seeds": 1}
    there, here = tmp_path / "there", tmp_path / "here"
    opened(there, **settings).run(on_ray(nodes.cluster.address), Told())
    opened(here, **settings).run(on_this_machine(workers=1), Told())
    pairs = zip(
        check_complete(there, **settings).rows, check_complete(here, **settings).rows, strict=True
    )
    for one, other in pairs:
        names = ("key", "run", "cost", "error", "cnots", "evaluations", "parts", "threads")
        assert [one[name] for name in names] == [other[name] for name in names]
    assert not list(nodes.temporary.glob("qrl-*"))  # nothing stays on the node


def test_problem_files_travel_and_a_run_that_fails_stops_no_other(
    nodes: Nodes, tmp_path: Path
) -> None:
    folder = tmp_path / "benchmark"
    settings: dict[str, Any] = {
        "tasks": [save_problem(tmp_path / "mine.json")],
        "agents": [{"agent": "evolve", "options": {"nonsense": 1}}, "random"],
        "seeds": 1,
    }
    benchmark = opened(folder, **settings)
    benchmark.run(on_ray(nodes.cluster.address), Told())
    failed, done = benchmark.rows
    assert (failed["status"], done["status"]) == ("failed", "done")
    assert "nonsense" in failed["reason"]
    assert "Traceback" in (folder / "failures" / f"{failed['key']}.txt").read_text()
    assert qrl.load(folder / done["run"]).task.reference == done["reference"]


class _Interrupting(Told):
    """Ctrl-C as soon as a node has searched for half a second."""

    def __init__(self, temporary: Path) -> None:
        super().__init__()
        self.temporary, self.run, self.due = temporary, "", 0.0

    def refresh(self) -> None:
        if not self.run and (run := _run_on(self.temporary)):
            self.run, self.due = run, time.monotonic() + 0.5
        if self.due and time.monotonic() > self.due:
            self.due = 0.0
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_keeps_what_a_run_has_found(nodes: Nodes, tmp_path: Path) -> None:
    """Stopped on Ray, gone on with in a process or on Ray, to what it would have found."""
    settings: dict[str, Any] = {
        "tasks": ["vqe/h2-2q"], "agents": ["anneal"], "seeds": 1, "budget": {"evaluations": 300_000}
    }  # fmt: skip
    stopped, again, straight = (tmp_path / name for name in ("stopped", "again", "straight"))
    told = _Interrupting(nodes.temporary)
    benchmark = opened(stopped, **settings)
    benchmark.run(on_ray(nodes.cluster.address), told)
    assert benchmark.stopped
    assert not told.rows
    assert told.run == benchmark.jobs[0].folder
    half = qrl.load(stopped / "runs" / told.run)
    assert half.status == "interrupted"
    assert 0 < half.result["evaluations"] < 300_000

    shutil.copytree(stopped, again)
    rows = []
    for folder, hire in (
        (stopped, on_this_machine(workers=1)),
        (again, on_ray(nodes.cluster.address)),
        (straight, on_this_machine(workers=1)),
    ):
        opened(folder, **settings).run(hire, Told())
        rows += check_complete(folder, **settings).rows
    assert [row["parts"] for row in rows] == [2, 2, 1]
    for name in ("cost", "cnots", "evaluations", "evaluations_to_target"):
        assert len({row[name] for row in rows}) == 1


def test_a_cluster_that_goes_stops_the_benchmark_with_nothing_lost(
    nodes: Nodes, tmp_path: Path
) -> None:
    hired: list[RayWorkers] = []

    def hire(root: Path, jobs: int) -> RayWorkers:
        hired.append(RayWorkers(root, nodes.cluster.address, 1))
        return hired[0]

    class Cutting(Told):
        def ended(self, job: Any, row: dict[str, Any]) -> None:
            super().ended(job, row)
            hired[0]._process.kill()

    told = Cutting()
    with pytest.raises(InputError, match=r"cluster has gone.*the same command goes on"):
        opened(tmp_path / "out").run(hire, told)
    assert told.rows
    opened(tmp_path / "out").run(on_ray(nodes.cluster.address), told)
    assert len({row["key"] for row in told.rows}) == len(told.rows) == 8
    check_complete(tmp_path / "out")


def test_more_cores_than_any_machine_has(nodes: Nodes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No machine of the Ray cluster has 3 cores"):
        opened(tmp_path / "out", threads=3).run(on_ray(nodes.cluster.address, threads=3), Told())


def test_a_machine_without_the_same_qrl(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def order_of_another_version(self: Any) -> dict[str, Any]:
        return {"label": "random"}

    benchmark = opened(tmp_path / "out")
    monkeypatch.setattr(type(benchmark.jobs[0]), "to_dict", order_of_another_version)
    with pytest.raises(InputError, match=r"Ray cannot run qrl on its machines: KeyError.*same qrl"):
        benchmark.run(on_ray(nodes.cluster.address), Told())


def test_a_cluster_of_this_machine_alone(tmp_path: Path) -> None:
    opened(tmp_path / "out", seeds=1).run(on_ray("local", workers=1), Told())
    check_complete(tmp_path / "out", seeds=1)


@pytest.mark.parametrize(
    "address", ["nowhere", "", "host:", ":6379", "host:port", "host:6379:x", "127.0.0.1:-1"]
)
def test_malformed_addresses(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be local, auto or host:port; got"):
        RayWorkers(tmp_path, address, 1)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999999"])
def test_an_address_where_nobody_listens(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"Nobody answers at '{address}'"):
        opened(tmp_path / "out").run(on_ray(address), Told())
    assert len(opened(tmp_path / "out").missing()) == 8


def test_something_else_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "_CONNECT_SECONDS", 4.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(InputError, match=f"no Ray cluster at '{address}' that can be used"):
            RayWorkers(tmp_path, address, 1)


def test_ray_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r'pip install "qrl\[ray\]"'):
        opened(tmp_path / "out").run(on_ray("local"), Told())


def test_a_parcel_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    job = opened(tmp_path / "out", seeds=1).jobs[0]
    ended, parcel = remote_run(job.to_dict(), None, b"")
    assert isinstance(ended, Ended)
    place = tmp_path / "runs" / job.folder
    (place / "half").mkdir(parents=True)
    for name in (".arriving-of-a-killed-process", f"runs/{job.folder}.damaged-1"):
        (tmp_path / name).mkdir()
    unpack(parcel, tmp_path)
    sweep(tmp_path)
    assert qrl.load(place).status == "done"
    assert not (place / "half").exists()
    assert not list(tmp_path.glob(".arriving*"))

    before = (place / "result.json").read_bytes()
    again, _ = remote_run(job.to_dict(), None, pack_run(tmp_path, job.folder))
    assert again.row is not None  # a run that is done is not run again
    assert (again.row["seconds"], again.row["parts"]) == (ended.row["seconds"], 2)  # type: ignore[index]
    assert (place / "result.json").read_bytes() == before
    (tmp_path / "other" / "runs" / f"{job.folder}.damaged-1").mkdir(parents=True)
    unpack(pack(tmp_path / "other", finished=True), tmp_path)
    assert (tmp_path / "runs" / f"{job.folder}.damaged-2").is_dir()


def _nobody(root: Path, jobs: int) -> Any:
    raise AssertionError("nothing is to be run")
