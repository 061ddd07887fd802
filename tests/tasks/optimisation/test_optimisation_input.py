"""Graphs, matrices and files of the user's own, good and bad."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from qrl.cli.builders import maxcut as build_maxcut
from qrl.cli.builders import qubo as build_qubo
from qrl.errors import InputError
from qrl.tasks.optimisation import ising, maxcut, qubo, read_edges, read_ising, read_qubo

NAN = float("nan")


def test_names_of_nodes_are_kept() -> None:
    graph = nx.Graph([("b", "a"), ("a", 3)])
    task = maxcut(graph)
    assert task.metadata["variables"] == ("b", "a", "3")
    assert task.assignment("010") == {"b": 0, "a": 1, "3": 0}
    assert task.value("010") == 2.0
    clash = maxcut(nx.Graph([(1, "1")]))
    assert clash.metadata["variables"] == ("1", "'1'")


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph(), "2 to 24 nodes"),
        (nx.path_graph(25), "2 to 24 nodes"),
        (nx.DiGraph([(0, 1)]), "directed"),
        (nx.MultiGraph([(0, 1), (0, 1)]), "multigraph"),
        (nx.Graph([(0, 1), (1, 1)]), "itself"),
        (nx.empty_graph(3), "cut above 0"),
        ([(0, 1)], "networkx.Graph"),
    ],
)
def test_graphs_that_cannot_be_cut(graph: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        maxcut(graph)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [NAN, float("inf"), "2", None, True, 1j])
def test_weights_that_are_no_numbers(weight: object) -> None:
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=weight)
    with pytest.raises(InputError, match=r"edge \(0, 1\)"):
        maxcut(graph)


def test_weights_without_a_cut() -> None:
    triangle = nx.Graph()
    triangle.add_weighted_edges_from([("a", "b", 1.0), ("a", "c", -1.0), ("b", "c", -1.0)])
    with pytest.raises(InputError, match="cut above 0"):
        maxcut(triangle)
    triangle["a"]["b"]["weight"] = 1.5
    assert maxcut(triangle).reference == pytest.approx(-0.5)


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n0 1 2.5\n\n1 10  # the last\n10 0 -1\n",
        "source,target,weight\n0,1,2.5\n1,10,1\n10,0,-1\n",
        '"0", "1", 2.5\n10\t1\n10 0 -1',
    ],
)
def test_edge_lists(tmp_path: Path, text: str) -> None:
    file = tmp_path / "edges.txt"
    file.write_text(text)
    graph = read_edges(file)
    assert list(graph.nodes) == ["0", "1", "10"]
    weights = {frozenset(edge[:2]): edge[2] for edge in graph.edges(data="weight")}
    assert weights == {
        frozenset("01"): 2.5, frozenset(("1", "10")): 1.0, frozenset(("0", "10")): -1.0,
    }  # fmt: skip
    assert maxcut(graph).reference == pytest.approx(-3.5)


def test_only_the_first_line_may_be_a_header(tmp_path: Path) -> None:
    file = tmp_path / "edges.txt"
    file.write_text("# nodes\nv w\nu v 2\n")
    assert set(read_edges(file).edges) == {("v", "w"), ("v", "u")}


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("id_1,id_2\n1,2\n2,3\n", {"1", "2", "3"}),
        ("a,b,w\n1,2,0.5\n", {"1", "2"}),
        ("x\ty\n# note\n1\t2\n", {"1", "2"}),
        ("src,dst\nann,bob\n", {"ann", "bob"}),
        ("a,b\n1,c\n", {"a", "b", "1", "c"}),  # a name below: no table of numbers
        ("a b\n1 2\n", {"a", "b", "1", "2"}),  # neither commas nor tabs
        ("a,b\n", {"a", "b"}),
        ("a,1\n1,2\n", {"a", "1", "2"}),
    ],
)
def test_headers_above_numbers(tmp_path: Path, text: str, nodes: set[str]) -> None:
    file = tmp_path / "edges.csv"
    file.write_text(text)
    assert set(read_edges(file).nodes) == nodes


def test_nodes_that_are_long_numbers(tmp_path: Path) -> None:
    file = tmp_path / "edges.txt"
    long = "1" + "0" * 5000  # more digits than Python reads
    file.write_text(f"{long} 10\n10 9\n")
    assert list(read_edges(file).nodes) == ["9", "10", long]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 1\n1\n", "line 2"),
        ("0 1\n\n1 2 3 4\n", "line 3"),
        ("0 1 heavy\n", "line 1.*'heavy'"),
        ("0 1 nan\n", "line 1"),
        ("0 1\n1 0\n", "line 2.*before"),
        ("0 1\n2 2\n", "line 2.*different"),
        ("0,,1\n", "line 1"),
        ("# nothing\n", "got none"),
        ("1 -> 2\n", "line 1: a node needs a name of letters or digits; got '->'.* no arrows"),
        ("a -- b 2\n", "line 1: expected"),
        ("0 1\na <-> b\n", "line 2: a node .* got '<->'"),
        ("0,1\n0,-\n", "line 2: a node .* got '-'"),
        ("1: 2 3\n", "line 1: a node .* got '1:'"),
        ("1; 2\n", "line 1: a node .* got '1;'"),
        ("0 1 1_0\n", "line 1.*'1_0'"),
        ("src dst\n0 1 2 3\n", "line 2"),
    ],
)
def test_malformed_edge_lists(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "edges.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_edges(file)


def test_edge_lists_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    for path in (tmp_path / "none.txt", tmp_path, tmp_path / "binary"):
        with pytest.raises(InputError, match="cannot be read"):
            read_edges(path)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), "shape"),
        (np.ones(4), "shape"),
        (np.ones((0, 0)), "shape"),
        (np.full((2, 2), NAN), "finite"),
        ([["a"]], "numbers"),
        (np.ones((2, 2)) * 1j, "numbers"),
        (np.ones((25, 25)), "At most 24"),
        (np.zeros((3, 3)), "same cost"),
        (np.array([[0.0, 1.0], [-1.0, 0.0]]), "same cost"),
    ],
)
def test_matrices_that_are_no_qubo(matrix: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        qubo(matrix)


def test_other_parts_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="constant"):
        qubo(np.eye(2), constant=NAN)
    for names in (["a", "a"], ["a"], 5, "ab", ["a", " "], np.array([["a", "b"]]), np.array("a")):
        with pytest.raises(InputError, match="list of 2 different names"):
            qubo(np.eye(2), variables=names)  # type: ignore[arg-type]
    assert qubo(np.eye(2), variables=np.array(["u", "v"])).metadata["variables"] == ("u", "v")
    with pytest.raises(InputError, match=r"numpy\.triu"):
        ising(np.ones(2), np.ones((2, 2)))
    with pytest.raises(InputError, match=r"shape \(2,\)"):
        ising(np.ones(3), np.triu(np.ones((2, 2)), 1))


def test_files_of_matrices(tmp_path: Path) -> None:
    matrix = np.array([[1.0, -3.0], [0.0, 0.5]])
    np.save(tmp_path / "q.npy", matrix)
    task = read_qubo(tmp_path / "q.npy")
    assert task.name == "q"
    assert [task.value(label) for label in ("00", "01", "10", "11")] == [0.0, 1.0, 0.5, -1.5]
    spins = read_ising(tmp_path / "q.npy", name="mine")
    assert (spins.name, spins.family) == ("mine", "ising")
    assert [spins.value(label) for label in ("00", "01", "10", "11")] == [-1.5, 2.5, 3.5, -4.5]


def test_files_of_names(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text(
        json.dumps({"linear": {"b": 1.0}, "quadratic": {"a, b": -2.0, "c,b": 4}, "constant": 0.5})
    )
    task = read_qubo(file)
    assert task.metadata["variables"] == ("b", "a", "c")
    assert task.value("011") == pytest.approx(0.5 + 1.0 - 2.0)
    assert task.reference == pytest.approx(-0.5)
    spins = build_qubo.build(parsed(build_qubo, [str(file), "--ising"]))
    assert spins.basis_state_cost("011") == pytest.approx(0.5 - 1.0 - 2.0 - 4.0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "object"),
        ("{", "cannot be read"),
        ('{"linear": [1]}', "objects of numbers"),
        ('{"linear": {"a": "1"}}', "'a'"),
        ('{"linear": {"a": NaN}}', "'a'"),
        ('{"linear": {"a": true}}', "'a'"),
        ('{"linear": {"a": 1}, "offset": 2}', "offset"),
        ('{"quadratic": {"a": 1}}', "two different names"),
        ('{"quadratic": {"a,a": 1}}', "two different names"),
        ('{"quadratic": {"a,b": 1, "b,a": 1}}', "twice"),
        ('{"quadratic": {"a,b": 1, "a, b": 1}}', "twice"),
        ('{"linear": {"a": 1, "a": 2}}', "the key 'a' comes twice"),
        ('{"linear": {"a": 1, " a": 2}}', "the key 'a' comes twice"),
        ('{"linear": {"a": 1}, "linear": {"b": 2}}', "the key 'linear' comes twice"),
        ('{"linear": {"": 1}}', "empty key"),
        ('{"linear": {" ": 1}}', "empty key"),
        ('{"linear": {"a,b": 1}}', "without a comma; got 'a,b'"),
        ('{"linear": {}}', "shape"),
        (json.dumps({"linear": {f"x{k}": 1.0 for k in range(25)}}), "at most 24"),
    ],
)
def test_malformed_problems(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "problem.json"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_qubo(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.npy").write_bytes(b"nothing")
    np.save(tmp_path / "flat.npy", np.ones(3))
    for name in ("none.npy", "none.json", "bad.npy", "flat.npy", "other.txt"):
        with pytest.raises(InputError, match=name.partition(".")[0]):
            read_qubo(tmp_path / name)


def test_command_line_of_maxcut(tmp_path: Path) -> None:
    file = tmp_path / "square.txt"
    file.write_text("0 1\n1 2\n2 3\n3 0\n")
    task = build_maxcut.build(parsed(build_maxcut, [str(file)]))
    assert (task.name, task.reference) == ("square", -4.0)


def parsed(builder: object, words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)  # type: ignore[attr-defined]
    return parser.parse_args(words)


def test_blanks_around_names_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text('{"linear": {" a": 1.0, "b ": 2.0}, "quadratic": {"a, b": -4.0}}')
    assert read_qubo(file).metadata["variables"] == ("a", "b")


def test_damaged_tasks() -> None:
    task = qubo(np.eye(2))
    for maximise in (np.ones(2), 1, None, "yes"):
        with pytest.raises(InputError, match="maximise must be True or False"):
            replace(task, maximise=maximise)
    with pytest.raises(InputError, match="metadata must be a dictionary; got 5"):
        replace(task, metadata=5)
    for names in (5, ("a",), np.ones(2)):
        assert replace(task, metadata={"variables": names}).assignment("01") == {"0": 1, "1": 0}
