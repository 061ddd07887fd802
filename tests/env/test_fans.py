"""Fans: what their CNOTs do to basis states, on any map."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrl.circuits.gates import Gate
from qrl.env.fans import fans
from qrl.errors import InputError


def flipped(word: tuple[Gate, ...], bits: int) -> int:
    """Apply the CNOTs of a word to a basis state, bit q for qubit q."""
    for gate in word[1:]:
        assert gate.name == "cx"
        control, target = gate.qubits
        bits ^= (bits >> control & 1) << target
    return bits


def ends(word: tuple[Gate, ...], n: int) -> set[int]:
    """The qubits that change when the first one is turned over."""
    turned = word[0].qubits[0]
    changes = flipped(word, 1 << turned) ^ flipped(word, 0)
    return {q for q in range(n) if changes >> q & 1}


def test_on_all_pairs_each_cnot_starts_at_the_rotation() -> None:
    words = fans(5, nx.complete_graph(5))
    assert len(words) == len(set(words)) == 5 * 4 + 5 * 4
    for word in words:
        assert word[0].name == "ry"
        assert {gate.qubits[0] for gate in word[1:]} == {word[0].qubits[0]}
        assert len(word) in (2, 4)


@given(st.integers(2, 7), st.integers(0, 2**21 - 1), st.integers(0, 127))
def test_on_any_map_the_same_qubits_turn_and_others_stay(n: int, edges: int, bits: int) -> None:
    coupling = nx.Graph()
    coupling.add_nodes_from(range(n))
    pairs = list(combinations(range(n), 2))
    coupling.add_edges_from(pair for k, pair in enumerate(pairs) if edges >> k & 1)
    if not coupling.number_of_edges():
        return
    parts = [sorted(part) for part in nx.connected_components(coupling)]
    expected = sorted(
        (turned, others)
        for part in parts
        for turned in part
        for size in (1, 3)
        for others in combinations([q for q in part if q != turned], size)
    )
    words = fans(n, coupling)
    found = []
    for word in words:
        turned = word[0].qubits[0]
        assert all(coupling.has_edge(*gate.qubits) for gate in word[1:])
        found.append((turned, tuple(sorted(ends(word, n) - {turned}))))
        # The value of the first qubit goes to the others and nothing else anywhere, whatever the state.
        state = bits % 2**n
        added = sum(1 << q for q in ends(word, n) - {turned}) * (state >> turned & 1)
        assert flipped(word, state) == state ^ added
    assert sorted(found) == expected


def test_on_a_line_a_distant_pair_takes_more_cnots() -> None:
    """From 2 to 1, 5, 6: five edges, three of them twice; and 3, 4 on the way again."""
    words = [word for word in fans(8, nx.path_graph(8)) if ends(word, 8) == {1, 2, 5, 6}]
    assert sorted(word[0].qubits[0] for word in words) == [1, 2, 5, 6]
    counts = {word[0].qubits[0]: len(word) - 1 for word in words}
    assert counts[2] == (5 + 3) + (2 + 1)


def test_a_single_qubit_has_none() -> None:
    with pytest.raises(InputError, match="no two are coupled"):
        fans(1, nx.empty_graph(1))
