"""Coupling maps by name, file, graph and list."""

import json
from pathlib import Path

import networkx as nx
import pytest

from qrl.circuits.coupling import coupling_map, edges_text
from qrl.errors import InputError


def _edges(graph: nx.Graph) -> set[tuple[int, int]]:
    return {(min(edge), max(edge)) for edge in graph.edges}


@pytest.mark.parametrize(
    ("source", "n_qubits", "expected"),
    [
        ("all", 4, nx.complete_graph(4)),
        ("line", 5, nx.path_graph(5)),
        ("ring", 5, nx.cycle_graph(5)),
        ("ring", 3, nx.complete_graph(3)),
        ("grid", 4, nx.grid_2d_graph(2, 2)),
        ("grid", 6, nx.grid_2d_graph(2, 3)),
        ("grid", 12, nx.grid_2d_graph(3, 4)),
        ("grid:2x4", 8, nx.grid_2d_graph(2, 4)),
        ("grid:4x2", 8, nx.grid_2d_graph(4, 2)),
        ("grid:1x3", 3, nx.path_graph(3)),
        ("grid:3x1", 3, nx.path_graph(3)),
    ],
)
def test_named_maps(source: str, n_qubits: int, expected: nx.Graph) -> None:
    graph = coupling_map(source, n_qubits)
    rows_first = nx.convert_node_labels_to_integers(expected, ordering="sorted")
    assert list(graph.nodes) == list(range(n_qubits))
    assert _edges(graph) == _edges(rows_first)


def test_pairs_as_text() -> None:
    assert _edges(coupling_map("edges:0-1,1-2", 3)) == {(0, 1), (1, 2)}
    assert _edges(coupling_map("edges: 3-1, 1 - 0,2-1,0-1", 4)) == {(0, 1), (1, 2), (1, 3)}
    for graph in (nx.cycle_graph(12), nx.path_graph(2), nx.complete_graph(5)):
        text = edges_text(graph.edges)
        assert _edges(coupling_map(text, len(graph))) == _edges(graph)
    assert edges_text([(0, 1), (1, 12)]) == "edges:0-1,1-12"


def test_grid_with_a_short_last_row() -> None:
    graph = coupling_map("grid", 5)
    assert _edges(graph) == {(0, 1), (1, 2), (3, 4), (0, 3), (1, 4)}


@pytest.mark.parametrize("name", ["all", "line", "ring", "grid"])
@pytest.mark.parametrize("n_qubits", range(1, 15))
def test_names_work_at_every_size(name: str, n_qubits: int) -> None:
    graph = coupling_map(name, n_qubits)
    assert list(graph.nodes) == list(range(n_qubits))
    assert nx.is_connected(graph)
    assert nx.number_of_selfloops(graph) == 0
    if n_qubits <= 2:
        assert graph.number_of_edges() == n_qubits - 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("map.json", json.dumps([[0, 1], [1, 2]])),
        ("map.json", json.dumps({"edges": [[0, 1], [2, 1]]})),
        ("map.txt", "# a line of three\n0 1\n\n1 2  # the second pair\n"),
        ("map.csv", "0,1\n1, 2\n"),
        ("map.edges", "\ufeff[[0, 1], [1, 2]]"),
        ("no_suffix", "0\t1\r\n1\t2\r\n"),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    for source in (path, str(path)):
        assert _edges(coupling_map(source, 3)) == {(0, 1), (1, 2)}


def test_files_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("device").write_text("0 1\n", encoding="utf-8")
    Path("line").write_text("0 2\n", encoding="utf-8")
    assert _edges(coupling_map("device", 2)) == {(0, 1)}
    assert _edges(coupling_map("line", 3)) == {(0, 1), (1, 2)}


@pytest.mark.parametrize(
    "source",
    [
        [(0, 1), (1, 2)],
        [[1, 0], [2, 1], [0, 1]],
        ((0, 1), (1, 2)),
        nx.path_graph(3),
        nx.DiGraph([(0, 1), (1, 0), (2, 1)]),
        nx.MultiGraph([(0, 1), (0, 1), (1, 2)]),
        nx.Graph([(2, 1), (1, 0)]),
    ],
)
def test_graphs_and_lists_become_undirected(source: object) -> None:
    graph = coupling_map(source, 3)  # type: ignore[arg-type]
    assert type(graph) is nx.Graph
    assert list(graph.nodes) == [0, 1, 2]
    assert _edges(graph) == {(0, 1), (1, 2)}
    assert graph.has_edge(0, 1)
    assert graph.has_edge(1, 0)


def test_a_graph_given_is_not_changed() -> None:
    given = nx.path_graph(3)
    coupling_map(given, 3).remove_edge(0, 1)
    assert given.has_edge(0, 1)


def test_one_qubit_needs_no_edge() -> None:
    assert list(coupling_map([], 1).nodes) == [0]


@pytest.mark.parametrize(
    ("source", "n_qubits", "message"),
    [
        ("rnig", 4, "Unknown coupling map 'rnig'. Did you mean 'ring'.*path to a file"),
        ("", 4, "Unknown coupling map"),
        ("line", 0, "qubits of a coupling map must be .* at least 1; got 0"),
        ("line", 2.0, "whole number of at least 1; got 2.0"),
        ("grid:2x3", 5, "has 6 qubits; the circuit has 5"),
        ("grid:2", 2, "such as 'grid:2x3'; got 'grid:2'"),
        ("grid:0x0", 1, "has 0 qubits"),
        ("edges:", 2, "written 'edges:0-1,1-2'; got 'edges:'"),
        ("edges:0-1,", 2, "written 'edges:0-1,1-2'"),
        ("edges:0-1-2", 3, "written 'edges:0-1,1-2'"),
        ("edges:0-a", 2, "written 'edges:0-1,1-2'"),
        ("edges:0-1,1-3", 3, r"from 0 to 2; got \(1, 3\)"),
        ("edges:0-1,2-2", 3, r"two different qubits; got \(2, 2\)"),
        ("edges:0-1", 3, "no path leads to 2"),
        ("edge:0-1", 2, "Unknown coupling map 'edge:0-1'"),
        ("missing.json", 3, "'missing.json' cannot be read: .*No such file"),
        (nx.path_graph(4), 3, "needs the nodes 0 to 2; the graph has 4: 0, 1, 2, 3"),
        (nx.path_graph(2), 3, "the graph has 2"),
        (nx.Graph([("a", "b")]), 2, "convert_node_labels_to_integers"),
        ([(0, 1), (1, 3)], 3, r"from 0 to 2; got \(1, 3\)"),
        ([(0, -1)], 2, r"from 0 to 1; got \(0, -1\)"),
        ([(0, 1), (1, 1)], 2, r"two different qubits; got \(1, 1\)"),
        (nx.Graph([(0, 1), (1, 1)]), 2, "two different qubits"),
        ([(0, 1), (2, 3)], 5, "from qubit 0 no path leads to 2, 3, 4"),
        ([], 30, r"leads to 1, 2, .*, 12, \.\.\. \(29 in all\)"),
        ([(0, 1, 2)], 3, r"pair of integers, such as \[0, 1\]; got \(0, 1, 2\)"),
        ([(0, 1.0)], 2, "pair of integers"),
        ([(False, True)], 2, "pair of integers"),
        (["01"], 2, "pair of integers"),
        ([3], 2, "pair of integers"),
        (None, 2, "must be a list of pairs.*got None"),
        ({0: 1}, 2, "must be a list of pairs"),
    ],
)
def test_refusals_say_what_was_needed(source: object, n_qubits: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        coupling_map(source, n_qubits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("map.json", "[[0, 1]", "malformed. It is not JSON"),
        ("map.json", "", "malformed. It is not JSON"),
        ("map.json", "3", "malformed. Edges must be a list"),
        ("map.json", '{"pairs": []}', "needs the field 'edges'; it has .'pairs'"),
        ("map.json", '[["0", "1"]]', "malformed. Each edge must be a pair of integers"),
        ("map.txt", "0 1\n1 two\n", "line 2 is '1 two'"),
        ("map.txt", "0 1 2\n", "line 1 is '0 1 2'"),
        ("map.txt", "0-1\n", "line 1 is '0-1'"),
    ],
)
def test_malformed_files(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        coupling_map(path, 3)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        coupling_map(tmp_path, 3)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        coupling_map(tmp_path / "binary.txt", 3)
