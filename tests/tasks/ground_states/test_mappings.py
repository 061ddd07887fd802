"""Encodings of electrons, and tapering, against dense matrices and Qiskit Nature."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.circuits import PauliSum
from qrl.errors import InputError
from qrl.tasks.ground_states import make
from qrl.tasks.ground_states.mappings import (
    MAPPINGS,
    Encoding,
    electrons_of,
    encoding,
    pauli_labels,
    pauli_sum,
    pauli_terms,
    tapered_encoding,
)
from qrl.tasks.ground_states.tapering import find_tapering, taper

MOLECULES = [
    *("h2-2q", "h2-4q", "h2-4q-2.63", "lih-4q-1.2", "lih-6q-3.4", "beh2-6q", "h2o-8q"),
    *("h2o-10q-published", "lih-12q-published"),
]


def isometry(code: Encoding) -> np.ndarray[Any, Any]:
    """Return the map from the qubits to the modes: basis states go to the occupations they mean."""
    matrix = np.zeros((2**code.n_modes, 2**code.n_qubits))
    for occupation in range(2**code.n_modes):
        if all((mask & occupation).bit_count() % 2 == value for mask, value in code.fixed):
            occupied = [mode for mode in range(code.n_modes) if occupation >> mode & 1]
            matrix[occupation, int(code.label(occupied), 2)] = 1.0
    return matrix


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("n_orbitals", [1, 2, 3])
def test_encoded_operators_are_those_of_the_modes(mapping: str, n_orbitals: int) -> None:
    rng = np.random.default_rng(n_orbitals)
    code = encoding(mapping, n_orbitals, (1, n_orbitals - 1))
    n_modes = 2 * n_orbitals
    labels = tuple("".join(rng.choice(list("IXYZ"), n_modes)) for _ in range(30))
    operator = PauliSum(labels, tuple(rng.standard_normal(30)))
    encoded = (
        pauli_sum(code.encode(pauli_terms(operator)), code.n_qubits) if code.n_qubits else None
    )
    if encoded is None:
        assert (mapping, n_orbitals) == ("parity", 1)
        return
    place = isometry(code)
    np.testing.assert_allclose(place.T @ place, np.eye(2**code.n_qubits))
    expected = place.T @ operator.sparse().toarray() @ place
    np.testing.assert_allclose(encoded.sparse().toarray(), expected, atol=1e-12)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("n_orbitals", [1, 2, 3, 5])
def test_encodings_agree_with_qiskit_nature(mapping: str, n_orbitals: int) -> None:
    mappers = pytest.importorskip("qiskit_nature.second_q.mappers")
    operators = pytest.importorskip("qiskit_nature.second_q.operators")
    states = pytest.importorskip(
        "qiskit_nature.second_q.circuit.library.initial_states.hartree_fock"
    )
    from qrl.tasks.ground_states.fermions import ladder, product

    if mapping == "parity" and n_orbitals == 1:
        return  # no qubit is left
    counts = (n_orbitals, n_orbitals // 2)
    mapper = {
        "jordan-wigner": mappers.JordanWignerMapper,
        "parity": lambda: mappers.ParityMapper(num_particles=counts),
        "bravyi-kitaev": mappers.BravyiKitaevMapper,
    }[mapping]()
    code = encoding(mapping, n_orbitals, counts)
    for p, q in itertools.product(range(2 * n_orbitals), repeat=2):
        if p // n_orbitals != q // n_orbitals:
            continue  # the parity mapping keeps the number of each spin
        theirs = mapper.map(operators.FermionicOp({f"+_{p} -_{q}": 1.0}, 2 * n_orbitals))
        ours = code.encode(product(ladder(p, create=True), ladder(q, create=False)))
        expected = {k: v for k, v in theirs.simplify().to_list() if abs(v) > 1e-12}
        found = pauli_labels(ours, code.n_qubits)
        assert found.keys() == expected.keys()
        assert all(found[k] == pytest.approx(expected[k]) for k in expected)
    bits = states.hartree_fock_bitstring_mapped(n_orbitals, counts, mapper)
    label = "".join("1" if bit else "0" for bit in reversed(bits))
    occupied = [*range(counts[0]), *range(n_orbitals, n_orbitals + counts[1])]
    assert code.label(occupied) == label


@pytest.mark.parametrize("name", MOLECULES)
def test_bundled_molecules_start_in_the_encoded_determinant(name: str) -> None:
    task = make(f"vqe/{name}")
    electrons = electrons_of(task.metadata, task.n_qubits)
    assert electrons is not None
    assert electrons.label == task.initial_state


def test_unknown_mappings_are_named() -> None:
    with pytest.raises(InputError, match="bravyi-kitaev"):
        encoding("bravi-kitaev", 2, (1, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"mapping": "other"},
        {"mapping": ["parity"]},
        {"active_space": None},
        {"active_space": {"electrons": 2}},
        {"active_space": {"electrons": 2.0, "orbitals": 2}},
        {"active_space": {"electrons": 5, "orbitals": 2}},
        {"active_space": {"electrons": 3, "orbitals": 2}},
        {"active_space": {"electrons": 2, "orbitals": 3}},
        {"active_space": {"electrons": 2, "orbitals": 10**9}},
        {"spin": "0"},
        {"spin": 4},
        {"tapering": {"symmetries": ["ZZII"]}},
        {"tapering": 3},
    ],
)
def test_metadata_of_no_molecule(change: dict[str, Any]) -> None:
    task = make("vqe/h2-4q")
    assert electrons_of(task.metadata, 4) is not None
    assert electrons_of({**task.metadata, **change}, 4) is None
    assert electrons_of(task.metadata, 5) is None


@pytest.mark.parametrize(
    "tapering",
    [
        {"symmetries": ["ZZX"], "sector": [1], "removed_qubits": [1]},
        {"symmetries": ["ZZ"], "sector": [1], "removed_qubits": [1]},
        {"symmetries": ["ZZI"], "sector": [2], "removed_qubits": [1]},
        {"symmetries": ["ZZI"], "sector": [1, 1], "removed_qubits": [1]},
        {"symmetries": ["ZZI"], "sector": [1], "removed_qubits": [0]},
        {"symmetries": ["ZZI", "IZZ"], "sector": [1, 1], "removed_qubits": [2, 1]},
        {"symmetries": ["ZZI"], "sector": [1], "removed_qubits": ["1"]},
        None,
    ],
)
def test_impossible_taperings_are_refused(tapering: Any) -> None:
    with pytest.raises(InputError, match="tapering"):
        tapered_encoding(Encoding(3, (1, 2, 4)), tapering)


@st.composite
def symmetric_sums(draw: Any) -> tuple[PauliSum, str]:
    """Draw a Pauli sum that commutes with a few strings of I and Z, and a basis state."""
    n = draw(st.integers(2, 5))
    masks = st.integers(0, 2**n - 1)
    conserved = draw(st.lists(masks, min_size=1, max_size=n - 1))
    even = [x for x in range(2**n) if all((x & s).bit_count() % 2 == 0 for s in conserved)]
    size = draw(st.integers(1, 12))
    terms = [(draw(st.sampled_from(even)), draw(masks)) for _ in range(size)]
    letters = ["".join("IXZY"[(x >> q & 1) + 2 * (z >> q & 1)] for q in range(n)) for x, z in terms]
    weights = draw(st.lists(st.floats(0.1, 2.0), min_size=size, max_size=size))
    label = format(draw(masks), f"0{n}b")
    return PauliSum(tuple(s[::-1] for s in letters), tuple(weights)), label


@settings(max_examples=60, deadline=None)
@given(symmetric_sums())
def test_tapering_keeps_the_block_of_the_basis_state(problem: tuple[PauliSum, str]) -> None:
    operator, label = problem
    n = operator.n_qubits
    found = find_tapering(operator, label)
    for symmetry in found.symmetries:
        for term in operator.labels:
            clashes = sum(a == "Z" and b in "XY" for a, b in zip(symmetry, term, strict=True))
            assert clashes % 2 == 0
    flips = {int("".join("1" if c in "XY" else "0" for c in t), 2) for t in operator.labels}
    reached = {0}
    for flip in flips:
        reached |= {a ^ flip for a in reached}
    assert 2 ** (n - len(found.symmetries)) == len(reached)  # all symmetries were found
    if len(found.removed_qubits) == n:
        with pytest.raises(InputError, match="nothing is left"):
            taper(operator, label, found)
        return
    tapered, start = taper(operator, label, found)
    block = sorted(int(label, 2) ^ flip for flip in reached)
    expected = operator.sparse().toarray()[np.ix_(block, block)]
    matrix = tapered.sparse().toarray()
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), np.linalg.eigvalsh(expected), atol=1e-9)
    diagonal = operator.sparse().diagonal()[int(label, 2)]
    assert tapered.sparse().diagonal()[int(start, 2)] == pytest.approx(diagonal)


def test_parities_that_are_no_basis_are_refused() -> None:
    with pytest.raises(InputError, match="no basis"):
        Encoding(2, (1, 1)).encode({(0, 1): 1.0})


@pytest.mark.parametrize(
    "changes",
    [
        {"mapping": np.ones(2)},
        {"mapping": ["parity"]},
        {"mapping": None},
        {"active_space": "2,2"},
        {"active_space": np.ones(2)},
        {"active_space": {"electrons": [2], "orbitals": 2}},
        {"spin": np.ones(2)},
        {"tapering": "none"},
        {"tapering": np.ones(3)},
        {"tapering": 5},
        {"tapering": {"symmetries": ["ZZII"], "sector": np.ones((2, 2)), "removed_qubits": [1]}},
        {"tapering": {"symmetries": [1], "sector": [1], "removed_qubits": [1]}},
        {"tapering": {"symmetries": ["ZZII"], "sector": [1], "removed_qubits": ["a"]}},
        {"tapering": {"symmetries": ["ZZII"], "sector": [1], "removed_qubits": [-1]}},
        {"tapering": {"symmetries": ["ZZII"], "sector": [1], "removed_qubits": [1.5]}},
    ],
    ids=str,
)
def test_odd_metadata_describe_no_molecule(changes: dict[str, Any]) -> None:
    metadata = {
        "mapping": "jordan-wigner",
        "active_space": {"electrons": 2, "orbitals": 2},
        "spin": 0,
    }
    assert electrons_of(metadata, 4) is not None
    assert electrons_of({**metadata, **changes}, 4) is None
