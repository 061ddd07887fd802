"""Encoders against Qiskit, and as states against circuits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import zz_feature_map
from qiskit.quantum_info import Statevector

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.tasks.classification import ENCODERS, encode, encoder_circuit

FEATURES = st.floats(-1.0, 5.0, allow_nan=False)
LAYER = Circuit(3).append("rx", 1, angle=0.4).append("cx", 2, 0).append("rz", 0, angle=-1.1)


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float(abs(np.vdot(first, second)))


@pytest.mark.parametrize("name", ENCODERS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_states_and_circuits_agree(name: str, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    width = data.draw(st.integers(1, 1 << n if name == "amplitude" else n))
    x = np.array(data.draw(st.lists(FEATURES, min_size=width, max_size=width)))
    if name == "amplitude" and np.linalg.norm(x) < 1e-3:
        x[0] = 1.0
    state = encode(name, [x], n)[0]
    made = Statevector(encoder_circuit(name, x, n).qiskit()).data
    assert np.linalg.norm(state) == pytest.approx(1.0, abs=1e-12)
    assert overlap(state, made) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_zz_map_is_that_of_qiskit(n: int) -> None:
    x = np.random.default_rng(n).uniform(0, math.pi, n)
    wanted = Statevector(zz_feature_map(n, reps=2).assign_parameters(x)).data
    np.testing.assert_allclose(encode("zz", [x], n)[0], wanted, atol=1e-12)


def test_fewer_features_than_qubits_repeat() -> None:
    circuit = QuantumCircuit(3)
    for qubit, angle in enumerate((0.3, 1.9, 0.3)):
        circuit.ry(angle, qubit)
    np.testing.assert_allclose(
        encode("angle", [[0.3, 1.9]], 3)[0], Statevector(circuit).data, atol=1e-12
    )


def test_amplitudes_are_the_features_by_basis_state() -> None:
    np.testing.assert_allclose(encode("amplitude", [[3.0, 0.0, -4.0]], 2)[0], [0.6, 0, -0.8, 0])


def test_uploads_stand_between_the_layers() -> None:
    x = [0.3, 1.9, 0.7]
    circuit = QuantumCircuit(3)
    for part in range(3):
        for qubit, angle in enumerate(x):
            circuit.ry(angle, qubit)
        if part < 2:
            circuit.rx(0.4, 1)
            circuit.cx(2, 0)
            circuit.rz(-1.1, 0)
    wanted = Statevector(circuit).data
    np.testing.assert_allclose(
        encode("reupload", [x], 3, layers=(LAYER, LAYER))[0], wanted, atol=1e-12
    )


def test_another_upload_is_no_faster_rotation() -> None:
    """With SX between, two uploads of x differ from one upload of 2x."""
    once, twice = encode("angle", [[1.4]], 1)[0], encode("reupload", [[0.7]], 1, uploads=2)[0]
    assert overlap(once, twice) < 0.9


def test_input_is_not_altered() -> None:
    x = np.array([[0.3, 1.9]])
    x.setflags(write=False)
    for name in ENCODERS:
        encode(name, x, 2)


@pytest.mark.parametrize(
    ("name", "features", "n", "options", "message"),
    [
        ("angel", [[1.0]], 1, {}, "Did you mean 'angle'"),
        ("angle", [[1.0, 2.0]], 1, {}, "room for 1 features"),
        ("amplitude", [[1.0] * 5], 2, {}, "room for 4 features"),
        ("amplitude", [[1.0, 2.0], [0.0, 0.0]], 1, {}, "point 1 consists of zeros"),
        ("angle", [[math.nan]], 1, {}, "finite"),
        ("angle", [1.0], 1, {}, "shape"),
        ("angle", [[1.0]], 0, {}, "whole number from 1 to 24; got 0"),
        ("angle", [[1.0]], 40, {}, "whole number from 1 to 24; got 40"),
        ("angle", [[1.0]] * 5, 24, {}, "1 GiB"),
        ("reupload", [[1.0]], 3, {"uploads": 0}, "uploads .* from 1 to 100; got 0"),
        ("reupload", [[1.0]], 3, {"uploads": 10**9}, "uploads .* from 1 to 100; got 1000000000"),
        ("reupload", [[1.0]], 3, {"layers": LAYER}, r"a list of circuits, as \[circuit\]"),
        ("reupload", [[1.0]], 3, {"layers": 5}, "a list of circuits.* got 5"),
        ("reupload", [[1.0]], 3, {"uploads": 2, "layers": (LAYER, LAYER)}, "2 layers lie between 3"),
        ("reupload", [[1.0]], 2, {"layers": (LAYER,)}, "on 2 qubits"),
    ],
)  # fmt: skip
def test_wrong_input(name: str, features: object, n: int, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode(name, features, n, **options)
