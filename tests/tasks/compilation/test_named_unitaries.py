"""Named unitaries against Qiskit's gates."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.circuit import library
from qiskit.quantum_info import Operator

from qrl.circuits import Circuit
from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.compilation import HINT, IDS, Compilation, make


@pytest.mark.parametrize("name", IDS)
def test_listed_ids_build_and_survive_a_file(name: str) -> None:
    task = make(name)
    assert (task.name, task.family, task.unit, task.reference) == (name, "compile", "", 0.0)
    assert task.target_error == 1e-8
    assert get_task(name) == task
    again = task_from_plain(task_to_plain(task), where="test")
    assert isinstance(again, Compilation)
    assert again == task
    assert again.gate == task.gate
    assert again.metadata == task.metadata


def test_ids_of_the_hint_exist() -> None:
    names = [word.strip(",.:;") for word in HINT.split() if word.startswith("compile/")]
    assert len(names) >= 5
    for name in names:
        assert make(name).name == name


@pytest.mark.parametrize(
    ("name", "gate"),
    [
        ("compile/toffoli-3q", library.CCXGate()),
        ("compile/toffoli-4q", library.C3XGate()),
        ("compile/fredkin-3q", library.CSwapGate()),
        ("compile/fredkin-4q", library.SwapGate().control(2, annotated=True)),
        ("compile/ccz-3q", library.CCZGate()),
        ("compile/ccz-5q", library.ZGate().control(4, annotated=True)),
        ("compile/swap-2q", library.SwapGate()),
        ("compile/qft-2q", library.QFTGate(2)),
        ("compile/qft-3q", library.QFTGate(3)),
        ("compile/qft-5q", library.QFTGate(5)),
    ],
)
def test_the_unitaries_are_qiskits(name: str, gate: object) -> None:
    np.testing.assert_allclose(make(name).unitary, Operator(gate).data, atol=1e-12)


def test_random_unitaries_depend_on_their_seed_alone() -> None:
    first, same, other = (make(f"compile/random-2q-{seed}").unitary for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert abs(np.trace(first.conj().T @ other)) < 3.9
    # Pinned: results of an id must be comparable for years.
    assert first[0, 0] == pytest.approx(0.04578135050554 - 0.19817758247217j, abs=1e-9)


def test_random_unitaries_are_uniform() -> None:
    """The Haar measure has E |Tr U|^2 = 1 and E |Tr U|^4 = 2; QR alone does not (Mezzadri)."""
    traces = np.array([np.trace(make(f"compile/random-2q-{s}").unitary) for s in range(3000)])
    assert (np.abs(traces) ** 2).mean() == pytest.approx(1.0, abs=0.1)
    assert (np.abs(traces) ** 4).mean() == pytest.approx(2.0, abs=0.35)
    assert abs(traces.mean()) < 0.07


@pytest.mark.parametrize(
    ("name", "cnots"),
    [
        ("compile/swap-2q", 3),
        ("compile/toffoli-3q", 6),
        ("compile/ccz-3q", 6),
        ("compile/fredkin-3q", 7),
        ("compile/qft-2q", 5),
        ("compile/qft-3q", 9),
        ("compile/random-2q-0", 3),
        ("compile/random-3q-0", 20),
        ("compile/random-4q-0", 100),
    ],
)
def test_counts_that_are_known_to_suffice(name: str, cnots: int) -> None:
    task = make(name)
    (text,) = task.metadata["published"]
    assert text.startswith(f"{cnots} CNOTs (")
    assert task.rivals(Circuit(task.n_qubits))["qiskit-level-3"].cnots <= cnots


@pytest.mark.parametrize("name", ["compile/toffoli-4q", "compile/random-1q-0"])
def test_no_count_is_told_where_none_is_known(name: str) -> None:
    assert not make(name).metadata


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("compile/toffoli-2q", "qubits must be .* from 3 to 8; got "),
        ("compile/qft-1q", "qubits must be .* from 2 to 8; got "),
        ("compile/qft-9q", "qubits must be .* from 2 to 8; got "),
        ("compile/random-999999999q-0", "qubits must be .* from 1 to 8; got "),
        ("compile/swap-3q", "acts on 2 qubits"),
        ("compile/toffoli-3q-1", "Nothing comes after"),
        ("compile/random-2q", "seed below 2"),
        ("compile/random-2q-x", "seed below 2"),
        ("compile/random-2q-4294967296", "seed below 2"),
        ("compile/tofoli-3q", "Did you mean 'compile/toffoli-3q'"),
        ("compile/", "Unknown task"),
    ],
)
def test_wrong_ids_are_told(name: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        make(name)
