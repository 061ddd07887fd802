"""Noise channels and models against Qiskit, Aer, dense matrices and closed forms."""

import json
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import (
    PTM,
    Choi,
    Kraus,
    SuperOp,
    average_gate_fidelity,
    random_quantum_channel,
)

from qrl.circuits.circuit import Circuit
from qrl.circuits.dense import embed
from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.circuits.noise import (
    Channel,
    NoiseModel,
    Readout,
    Rule,
    amplitude_damping,
    bit_flip,
    depolarizing,
    from_kraus,
    from_qiskit,
    noise_model,
    pauli_channel,
    phase_damping,
    phase_flip,
    thermal_relaxation,
    to_aer,
)
from qrl.circuits.noise.channel import from_choi
from qrl.circuits.noise.from_qiskit import joined
from qrl.errors import InputError, MissingExtra

aer = pytest.importorskip("qiskit_aer")
aer_noise = pytest.importorskip("qiskit_aer.noise")

PROBABILITIES = st.sampled_from([0.0, 1.0, 1e-12]) | st.floats(0.0, 1.0)
X = np.array([[0, 1], [1, 0]])


def qiskit_ptm(channel: Channel) -> np.ndarray:
    """Return Qiskit's transfer matrix of the same Kraus operators; its order is little-endian too."""
    return np.asarray(PTM(Kraus(list(channel.kraus))).data).real


def random_channel(n_qubits: int, seed: int) -> Channel:
    size = 2**n_qubits
    drawn = random_quantum_channel(size, size, rank=3, seed=seed)
    return from_choi(np.asarray(Choi(drawn).data))


def ptm_of_error(error: Any) -> np.ndarray:
    return np.asarray(PTM(error.to_quantumchannel()).data).real


def assert_same(first: np.ndarray, second: np.ndarray, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(first, second, rtol=0.0, atol=atol)


# Channels


@pytest.mark.parametrize("n_qubits", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_ptm_agrees_with_qiskit_on_random_channels(n_qubits: int, seed: int) -> None:
    size = 2**n_qubits
    drawn = random_quantum_channel(size, size, rank=3, seed=seed)
    channel = from_choi(np.asarray(Choi(drawn).data))
    assert_same(channel.ptm(), np.asarray(PTM(drawn).data).real)
    assert_same(channel.ptm(), qiskit_ptm(channel))


def test_ptm_counts_the_first_qubit_fastest() -> None:
    matrix = bit_flip(0.1).tensor(phase_damping(1.0)).ptm()
    first = np.array([1.0, 1.0, 0.8, 0.8])
    second = np.array([1.0, 0.0, 0.0, 1.0])
    for p_first in range(4):
        for p_second in range(4):
            index = p_first + 4 * p_second
            assert matrix[index, index] == pytest.approx(first[p_first] * second[p_second])


@given(p=PROBABILITIES, n=st.sampled_from([1, 2]))
@settings(max_examples=25, deadline=None)
def test_depolarizing(p: float, n: int) -> None:
    factor = 1 - p * 4**n / (4**n - 1)
    assert_same(depolarizing(p, n).ptm(), np.diag([1.0] + [factor] * (4**n - 1)))
    qiskits = aer_noise.depolarizing_error(p * 4**n / (4**n - 1), n)
    assert_same(depolarizing(p, n).ptm(), ptm_of_error(qiskits))


@given(p=PROBABILITIES)
@settings(max_examples=25, deadline=None)
def test_one_parameter_channels(p: float) -> None:
    root = np.sqrt(1 - p)
    damped = np.diag([1, root, root, 1 - p])
    damped[3, 0] = p
    expected = {
        bit_flip: np.diag([1, 1, 1 - 2 * p, 1 - 2 * p]),
        phase_flip: np.diag([1, 1 - 2 * p, 1 - 2 * p, 1]),
        amplitude_damping: damped,
        phase_damping: np.diag([1, root, root, 1]),
    }
    theirs = {
        bit_flip: aer_noise.pauli_error([("X", p), ("I", 1 - p)]),
        phase_flip: aer_noise.pauli_error([("Z", p), ("I", 1 - p)]),
        amplitude_damping: aer_noise.amplitude_damping_error(p),
        phase_damping: aer_noise.phase_damping_error(p),
    }
    for make, matrix in expected.items():
        assert_same(make(p).ptm(), matrix)
        # Aer drops Kraus operators whose weight is below its tolerance.
        assert_same(make(p).ptm(), ptm_of_error(theirs[make]), atol=1e-7)


@given(
    t1=st.floats(1e-6, 1e-3),
    ratio=st.floats(0.01, 2.0),
    time=st.just(0.0) | st.floats(1e-9, 1e-3),
    excited=PROBABILITIES,
)
@settings(max_examples=40, deadline=None)
def test_thermal_relaxation(t1: float, ratio: float, time: float, excited: float) -> None:
    t2 = ratio * t1
    channel = thermal_relaxation(t1, t2, time, excited_population=excited)
    coherence, decayed = np.exp(-time / t2), -np.expm1(-time / t1)
    matrix = np.diag([1, coherence, coherence, 1 - decayed])
    matrix[3, 0] = decayed * (1 - 2 * excited)
    assert_same(channel.ptm(), matrix)
    assert len(channel.kraus) <= 4
    theirs = aer_noise.thermal_relaxation_error(t1, t2, time, excited)
    assert_same(channel.ptm(), ptm_of_error(theirs), atol=1e-7)


def test_thermal_relaxation_without_decay_is_dephasing() -> None:
    channel = thermal_relaxation(np.inf, 2.0, 1.0)
    assert_same(channel.ptm(), np.diag([1, np.exp(-0.5), np.exp(-0.5), 1]))
    assert thermal_relaxation(np.inf, np.inf, 1.0).is_identity


def test_pauli_channel_labels_are_qiskits() -> None:
    weights = {"XI": 0.1, "IY": 0.02, "ZZ": 0.3, "YX": 0.05}
    theirs = aer_noise.pauli_error([*weights.items(), ("II", 0.53)])
    assert_same(pauli_channel(weights).ptm(), ptm_of_error(theirs))
    assert_same(pauli_channel({**weights, "II": 0.53}).ptm(), ptm_of_error(theirs))
    # X on the second qubit flips the sign of the second qubit's Z only.
    only = pauli_channel({"XI": 1.0}).ptm()
    assert only[3, 3] == pytest.approx(1.0)
    assert only[12, 12] == pytest.approx(-1.0)


@pytest.mark.parametrize("n_qubits", [1, 2])
def test_then_is_the_product_with_the_later_channel_left(n_qubits: int) -> None:
    first, second = random_channel(n_qubits, 5), random_channel(n_qubits, 6)
    both = first.then(second)
    theirs = SuperOp(Kraus(list(first.kraus))).compose(SuperOp(Kraus(list(second.kraus))))
    assert_same(both.ptm(), np.asarray(PTM(theirs).data).real)
    assert_same(both.ptm(), second.ptm() @ first.ptm())
    assert not np.allclose(both.ptm(), second.then(first).ptm(), atol=1e-3)


def test_long_chains_keep_few_kraus_operators() -> None:
    channel, power = depolarizing(0.01, 2), 20
    chain = channel
    for _ in range(power - 1):
        chain = chain.then(channel)
    assert len(chain.kraus) <= 16
    assert_same(chain.ptm(), np.linalg.matrix_power(channel.ptm(), power))


def test_tensor_and_reversed() -> None:
    first, second = random_channel(1, 1), random_channel(1, 2)
    both = first.tensor(second)
    theirs = SuperOp(Kraus(list(second.kraus))).tensor(SuperOp(Kraus(list(first.kraus))))
    assert_same(both.ptm(), np.asarray(PTM(theirs).data).real)
    assert_same(both.reversed().ptm(), second.tensor(first).ptm())
    assert first.reversed() is first


def test_channels_are_values() -> None:
    assert depolarizing(0.1) == depolarizing(0.1)
    assert hash(depolarizing(0.1)) == hash(depolarizing(0.1))
    assert depolarizing(0.1) != depolarizing(0.2)
    assert depolarizing(0.1) != "depolarizing"
    assert pickle.loads(pickle.dumps(depolarizing(0.1))) == depolarizing(0.1)
    assert depolarizing(0.0).is_identity
    assert not depolarizing(1e-9).is_identity
    with pytest.raises(ValueError, match="read-only"):
        depolarizing(0.1).kraus[0][0, 0] = 2.0
    assert repr(depolarizing(0.1)) == "depolarizing(p=0.1, n_qubits=1)"
    assert repr(from_kraus([np.eye(4)])) == "Channel(1 Kraus operators on 2 qubits)"


NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: depolarizing(-0.1), "p of depolarizing must be between 0 and 1; got -0.1"),
        (lambda: depolarizing(1.5, 2), "between 0 and 1; got 1.5"),
        (lambda: depolarizing(0.1, 3), "1 or 2 qubits; got n_qubits=3"),
        (lambda: bit_flip(NAN), "bit flip must be between 0 and 1; got nan"),
        (lambda: phase_flip("0.1"), "must be a real number; got '0.1'"),
        (lambda: phase_flip(True), "must be a real number; got True"),
        (lambda: bit_flip(0.1j), "must be a real number; got 0.1j"),
        (lambda: amplitude_damping(2), "gamma of amplitude damping must be between 0 and 1; got 2"),
        (lambda: phase_damping(-1e-9), "lambda of phase damping must be between 0 and 1"),
        (lambda: thermal_relaxation(1.0, 2.1, 0.1), r"at most 2 T1 = 2, .*got T2 = 2.1"),
        (lambda: thermal_relaxation(0.0, 1.0, 0.1), "T1 must be above 0; got 0.0"),
        (lambda: thermal_relaxation(1.0, NAN, 0.1), "T2 must be above 0; got nan"),
        (lambda: thermal_relaxation(1.0, 1.0, -1.0), "time .* must be above 0; got -1.0"),
        (lambda: thermal_relaxation(1.0, 1.0, np.inf), "must be finite"),
        (
            lambda: thermal_relaxation(1.0, 1.0, 0.1, excited_population=1.1),
            "excited population must be between 0 and 1; got 1.1",
        ),
        (lambda: pauli_channel({}), "probabilities by label"),
        (lambda: pauli_channel({"X": 0.1, "XX": 0.1}), "equally many; got 'X', 'XX'"),
        (lambda: pauli_channel({"W": 0.1}), "letters of I, X, Y and Z"),
        (lambda: pauli_channel({"XXX": 0.1}), "one or two letters"),
        (lambda: pauli_channel({"X": 0.7, "Y": 0.7}), "sum to 1.*got the sum 1.4"),
        (lambda: pauli_channel({"I": 0.5, "X": 0.1}), "got the sum 0.6"),
        (lambda: pauli_channel({"X": NAN}), "probability of X must be between"),
        (lambda: from_kraus([]), "got none"),
        (lambda: from_kraus([np.eye(3)]), r"got \(3, 3\)"),
        (lambda: from_kraus([np.eye(2), np.eye(4)]), r"got \(2, 2\), \(4, 4\)"),
        (lambda: from_kraus([0.9 * np.eye(2)]), "must keep the trace.*0.19"),
        (lambda: from_kraus([NAN * np.eye(2)]), "must be finite"),
        (lambda: from_kraus([1e200 * np.eye(2)]), "must keep the trace"),
        (lambda: from_kraus([[["a", 0], [0, 1]]]), "must be complex matrices"),
        (lambda: from_choi(np.diag([2.0, -1.0, 1.0, 0.0])), "completely positive"),
        (lambda: bit_flip(0.1).then(depolarizing(0.1, 2)), "equally many qubits; got 1 and 2"),
        (lambda: bit_flip(0.1).tensor(depolarizing(0.1, 2)), "1 and 2 qubits"),
    ],
)
def test_bad_channels_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


# Models


def lab_model() -> NoiseModel:
    """Return a model in which order, position and precedence all matter."""
    lopsided = pauli_channel({"IX": 0.1, "ZI": 0.05, "YX": 0.02})
    return NoiseModel(
        "lab",
        (
            Rule("1q", ((depolarizing(0.01), (0,)),)),
            Rule("rz"),
            Rule("1q", ((phase_flip(0.3), (0,)),), (1,)),
            Rule("sx", ((amplitude_damping(0.2), (0,)), (bit_flip(0.1), (0,))), (0,)),
            Rule("2q", ((depolarizing(0.05, 2), (0, 1)), (amplitude_damping(0.3), (1,)))),
            Rule("cx", ((lopsided, (0, 1)), (thermal_relaxation(1.0, 1.5, 0.2), (0,)))),
            Rule("cx", ((random_channel(2, 3), (1, 0)),), (0, 2)),
        ),
        (Readout(0.01, 0.02), Readout(0.1, 0.2, 1)),
        3,
    )


def test_the_most_specific_rule_wins() -> None:
    model = lab_model()
    rules = model.rules
    assert model.after(Gate("h", (0,))) == ((depolarizing(0.01), (0,)),)
    assert model.after(Gate("h", (1,))) == ((phase_flip(0.3), (1,)),)
    assert model.after(Gate("rz", (1,))) == ()
    assert model.after(Gate("sx", (0,))) == (
        (amplitude_damping(0.2), (0,)),
        (bit_flip(0.1), (0,)),
    )
    assert model.after(Gate("sx", (1,))) == ((phase_flip(0.3), (1,)),)
    assert model.after(Gate("cz", (2, 1))) == (
        (depolarizing(0.05, 2), (2, 1)),
        (amplitude_damping(0.3), (1,)),
    )
    assert model.after(Gate("cx", (1, 0)))[0] == (rules[5].channels[0][0], (1, 0))
    assert model.after(Gate("cx", (1, 0)))[1][1] == (1,)
    assert model.after(Gate("cx", (0, 2))) == ((rules[6].channels[0][0], (2, 0)),)
    assert model.after(Gate("cx", (2, 0))) == ((rules[6].channels[0][0], (2, 0)),)


def test_readout_and_size() -> None:
    model = lab_model()
    assert model.readout_error(0) == (0.01, 0.02)
    assert model.readout_error(1) == (0.1, 0.2)
    assert NoiseModel().readout_error(7) == (0.0, 0.0)
    model.check_size(3)
    for refused in (
        lambda: model.check_size(4),
        lambda: model.after(Gate("h", (3,))),
        lambda: model.readout_error(3),
    ):
        with pytest.raises(InputError, match=r"'lab' describes a device of 3 qubits.*needs 4"):
            refused()
    replace(model, n_qubits=None).check_size(100)


def test_noiseless_and_covers() -> None:
    assert NoiseModel().is_noiseless
    assert noise_model("depolarizing:0,0").is_noiseless
    assert not noise_model("depolarizing:0,0.1").is_noiseless
    assert not NoiseModel("r", (), (Readout(0.1, 0.0),)).is_noiseless
    assert NoiseModel("r", (), (Readout(0, 0),)).is_noiseless
    only = NoiseModel("only", (Rule("rz"), Rule("cx", (), (0, 1))))
    assert only.covers(Gate("rz", (4,)))
    assert only.covers(Gate("cx", (1, 0)))
    assert not only.covers(Gate("cx", (1, 2)))
    assert not only.covers(Gate("h", (0,)))
    assert only.after(Gate("h", (0,))) == ()


def test_models_are_values() -> None:
    assert lab_model() == lab_model()
    assert hash(lab_model()) == hash(lab_model())
    assert pickle.loads(pickle.dumps(lab_model())) == lab_model()
    assert replace(lab_model(), name="other") != lab_model()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rule("cxx"), "Unknown gate of a noise rule 'cxx'. Did you mean 'cx'"),
        (lambda: Rule("3q"), "Unknown gate of a noise rule"),
        (lambda: Rule("cx", (), (0,)), r"rule for 'cx' needs 2 different qubits; got \(0,\)"),
        (lambda: Rule("cx", (), (1, 1)), "2 different qubits"),
        (lambda: Rule("h", (), (-1,)), "whole numbers from 0"),
        (lambda: Rule("h", (bit_flip(0.1),)), "must be pairs"),
        (lambda: Rule("h", (("bit_flip", (0,)),)), "A rule needs channels; got 'bit_flip'"),
        (lambda: Rule("h", ((bit_flip(0.1), (1,)),)), r"go from 0 to 0; .* is on \(1,\)"),
        (lambda: Rule("h", ((depolarizing(0.1, 2), (0, 1)),)), "go from 0 to 0"),
        (lambda: Rule("cx", ((depolarizing(0.1, 2), (0,)),)), "needs 2 different qubits"),
        (lambda: NoiseModel("m", (Rule("h"), Rule("h"))), "has two"),
        (lambda: NoiseModel("m", (), (Readout(0, 0), Readout(0, 0))), "has two"),
        (lambda: NoiseModel("m", (Rule("h", (), (5,)),), (), 5), "device of 5 qubits.*needs 6"),
        (lambda: NoiseModel("m", (), (Readout(0, 0, 2),), 2), "device of 2 qubits.*needs 3"),
        (lambda: NoiseModel("m", n_qubits=0), "at least 1 qubit"),
        (lambda: NoiseModel(""), "needs a name"),
        (lambda: Readout(1.1, 0.0), "one_given_zero must be between 0 and 1; got 1.1"),
        (lambda: Readout(0.0, NAN), "zero_given_one must be between 0 and 1; got nan"),
        (lambda: Readout(0.0, 0.0, -1), "whole numbers from 0"),
        (lambda: lab_model().after(Gate("cx", (0,))), "'cx' needs 2 different qubits"),
        (lambda: lab_model().after(Gate("ch", (0, 1))), "Unknown gate 'ch'"),
    ],
)
def test_bad_models_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


# Names


def test_depolarizing_by_name() -> None:
    model = noise_model(" depolarizing:1e-3,0.02 ")
    assert model.name == "depolarizing:1e-3,0.02"
    assert model.after(Gate("ry", (4,))) == ((depolarizing(1e-3), (4,)),)
    assert model.after(Gate("rzz", (3, 1))) == ((depolarizing(0.02, 2), (3, 1)),)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("bit-flip", bit_flip),
        ("phase-flip", phase_flip),
        ("amplitude-damping", amplitude_damping),
        ("phase-damping", phase_damping),
    ],
)
def test_channels_on_each_qubit_by_name(name: str, make: Callable[[float], Channel]) -> None:
    model = noise_model(f"{name}:0.07")
    channel = make(0.07)
    assert model.after(Gate("h", (2,))) == ((channel, (2,)),)
    assert model.after(Gate("cx", (2, 0))) == ((channel, (2,)), (channel, (0,)))
    assert model.readout == ()
    assert model.n_qubits is None


def test_mumbai() -> None:
    model = noise_model("ibm-mumbai")
    one = joined(model, Gate("rx", (0,)))
    two = joined(model, Gate("cx", (0, 1)))
    assert one is not None and two is not None
    assert one.ptm()[1, 1] == pytest.approx(1 - 2.44e-4 * 4 / 3, abs=1e-14)
    assert two.ptm()[7, 7] == pytest.approx(1 - 8.25e-3 * 16 / 15, abs=1e-14)
    assert model.readout_error(3) == (2.25e-2, 2.25e-2)


def test_ourense() -> None:
    model = noise_model("ibm-ourense")
    decays = {"1q": (3.56e-8, 5.22e-4 * 4 / 3), "2q": (3.9e-7, 1.25e-2 * 16 / 15)}
    for gate, arity in ((Gate("rx", (0,)), "1q"), (Gate("cx", (0, 1)), "2q")):
        channel = joined(model, gate)
        assert channel is not None
        time, lost = decays[arity]
        matrix = channel.ptm()
        assert matrix[1, 1] == pytest.approx((1 - lost) * np.exp(-time / 6.9e-5), abs=1e-14)
        assert matrix[3, 3] == pytest.approx((1 - lost) * np.exp(-time / 1.0e-4), abs=1e-14)
        # What relaxation brings in after the depolarizing is not depolarized.
        assert matrix[3, 0] == pytest.approx(-np.expm1(-time / 1.0e-4), abs=1e-14)
    assert model.readout_error(0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("depolarising:0.1,0.1", "Unknown noise model .* Did you mean 'depolarizing:P1,P2'"),
        ("ibm-munbai", "Did you mean 'ibm-mumbai'"),
        ("", "Unknown noise model ''"),
        ("depolarizing", "written 'depolarizing:P1,P2' with 2 numbers"),
        ("depolarizing:0.1", "such as 'depolarizing:0.001,0.01'; got 'depolarizing:0.1'"),
        ("bit-flip:0.1,0.2", "written 'bit-flip:P' with 1 number, such as 'bit-flip:0.01'"),
        ("phase-flip:x", "written 'phase-flip:P'"),
        ("bit-flip:nan", "bit flip must be between 0 and 1; got nan"),
        ("depolarizing:0.1,2", "between 0 and 1; got 2.0"),
        ("backend:real:torino", "written 'backend:fake:NAME'"),
        ("backend:fake:", "written 'backend:fake:NAME'"),
        ("missing.json", "'missing.json' cannot be read"),
        (None, "asked for by a text"),
    ],
)
def test_bad_names_are_refused(name: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        noise_model(name)


def test_fake_backend_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    device = GenericBackendV2(num_qubits=2, seed=3)
    device.name = "fake_tiny"
    stand_in: Any = ModuleType("qiskit_ibm_runtime.fake_provider")
    stand_in.FakeProviderForBackendV2 = lambda: type("P", (), {"backends": lambda _: [device]})()
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime.fake_provider", stand_in)
    model = noise_model("backend:fake:tiny")
    assert model == replace(from_qiskit(device), name="backend:fake:tiny")
    assert noise_model("backend:fake:fake_tiny").n_qubits == 2
    with pytest.raises(InputError, match=r"Unknown fake backend 'tini'\. Did you mean 'tiny'"):
        noise_model("backend:fake:tini")


def test_fake_backend_of_the_runtime() -> None:
    pytest.importorskip("qiskit_ibm_runtime")
    model = noise_model("backend:fake:manila")
    assert model.n_qubits == 5
    assert model.after(Gate("cx", (0, 1)))


@pytest.mark.parametrize(
    ("module", "make"),
    [
        # A device that no other test reads: those that were read are kept.
        ("qiskit_ibm_runtime", lambda: noise_model("backend:fake:burlington")),
        ("qiskit_aer.noise", lambda: to_aer(noise_model("ibm-mumbai"), 2)),
        ("qiskit_aer.noise", lambda: from_qiskit(GenericBackendV2(num_qubits=2, seed=1))),
    ],
)
def test_missing_libraries_are_told(
    monkeypatch: pytest.MonkeyPatch, module: str, make: Callable[[], Any]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "qiskit_ibm_runtime.fake_provider", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'qrl\[hardware\]'"):
        make()


# JSON


NAMES = ["none", "depolarizing:0.001,0.01", "bit-flip:0.1", "phase-flip:0.1", "ibm-mumbai"]
NAMES += ["amplitude-damping:0.1", "phase-damping:0.1", "ibm-ourense"]


@pytest.mark.parametrize("model", [*map(noise_model, NAMES), lab_model()], ids=lambda m: m.name)
def test_json_gives_the_same_model_back(model: NoiseModel, tmp_path: Path) -> None:
    text = json.dumps(model.to_dict(), allow_nan=False)
    again = NoiseModel.from_dict(json.loads(text))
    assert again == model
    assert json.dumps(again.to_dict()) == text
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    assert noise_model(str(path)) == noise_model(path) == model


def test_the_documented_example_is_valid() -> None:
    from qrl.circuits.noise import format as noise_format

    assert noise_format.__doc__ is not None
    text = noise_format.__doc__.partition("::")[2].partition('"n_qubits" may')[0]
    model = NoiseModel.from_dict(json.loads(text))
    assert model.n_qubits == 5
    channel, qubits = model.after(Gate("cx", (1, 2)))[1]
    assert qubits == (2,)
    assert_same(np.array(channel.kraus), GATES["s"].matrix()[None])
    assert model.after(Gate("rz", (1,))) == ()


def described(**changes: Any) -> dict[str, Any]:
    return {"format": "qrl-noise-1", "name": "m", **changes}


def with_channel(**channel: Any) -> dict[str, Any]:
    return described(rules=[{"gates": "h", "channels": [{"on": [0], **channel}]}])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "needs the format 'qrl-noise-1'; got list"),
        ({"format": "qrl-noise-2"}, "got 'qrl-noise-2'"),
        ({"format": "qrl-noise-1"}, "it lacks name"),
        (described(rule=[]), "Unknown field of a noise model 'rule'. Did you mean 'rules'"),
        (described(rules={}), "'rules' must be a list"),
        (described(rules=[3]), "must be an object"),
        (described(rules=[{"gates": "h"}]), "it lacks channels"),
        (described(rules=[{"gates": "h", "channels": [{}]}]), "needs the field 'on'"),
        (described(rules=[{"gates": ["h"], "channels": []}]), "Unknown gate of a noise rule"),
        (described(readout=[{"one_given_zero": 0.1}]), "it lacks zero_given_one"),
        (described(n_qubits="5"), "got n_qubits='5'"),
        (with_channel(name="depolarising", p=0.1), "Unknown channel .*'depolarizing'"),
        (with_channel(name="bit_flip"), "it lacks p"),
        (with_channel(name="bit_flip", p=0.1, q=0.1), "Unknown field of a channel 'bit_flip' 'q'"),
        (with_channel(name="bit_flip", p=2), "between 0 and 1; got 2"),
        (with_channel(name="pauli", probabilities=[0.1]), "probabilities by label"),
        (with_channel(), "it lacks kraus"),
        (with_channel(kraus=[[1, 0], [0, 1]]), "pairs"),
        (with_channel(kraus=[[[[1, 0, 0]]]]), "pairs"),
        (with_channel(kraus="x"), "pairs"),
        (with_channel(kraus=None), "pairs"),
    ],
)
def test_bad_json_is_refused(data: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        NoiseModel.from_dict(data)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.json' is malformed"):
        noise_model(path)


def test_text_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.json"
    path.write_text("depolarizing", encoding="utf-8")
    with pytest.raises(InputError, match=r"text\.json' cannot be read"):
        noise_model(path)


# Qiskit


def superop(channel: Channel | None) -> np.ndarray:
    assert channel is not None
    return np.asarray(SuperOp(Kraus(list(channel.kraus))).data)


def relaxation_infidelity(backend: Any, qubits: tuple[int, ...], time: float) -> float:
    """Return the average gate infidelity of relaxation: the trace of its transfer matrix counts."""
    size, trace = 2 ** len(qubits), 1.0
    for q in qubits:
        times = backend.target.qubit_properties[q]
        trace *= 1 + np.exp(-time / times.t1) + 2 * np.exp(-time / min(times.t2, 2 * times.t1))
    return 1 - (trace / size + 1) / (size + 1)


def test_backend() -> None:
    backend = GenericBackendV2(num_qubits=3, seed=1)
    model = from_qiskit(backend)
    theirs = aer_noise.NoiseModel.from_backend(backend)
    assert model.n_qubits == 3
    assert model.name == backend.name
    compared = 0
    for name, places in backend.target.items():
        if name not in GATES:
            continue
        for qubits, properties in places.items():
            ours = joined(model, Gate(name, qubits))
            error = theirs._local_quantum_errors.get(name, {}).get(qubits)
            if error is None:
                assert ours is None
                continue
            assert_same(superop(ours), np.asarray(SuperOp(error.to_quantumchannel()).data))
            # Aer chooses the depolarizing such that the calibration's gate error comes out,
            # unless relaxation alone is already worse.
            assert ours is not None
            infidelity = 1 - average_gate_fidelity(Kraus(list(ours.kraus)))
            relaxation = relaxation_infidelity(backend, qubits, properties.duration)
            assert infidelity == pytest.approx(max(properties.error, relaxation), rel=1e-6)
            compared += 1
    assert compared >= 6 + len(list(backend.coupling_map.get_edges()))
    for qubit in range(3):
        error = backend.target["measure"][(qubit,)].error
        assert model.readout_error(qubit) == pytest.approx((error, error))
    assert model.covers(Gate("rz", (0,)))
    assert not model.covers(Gate("h", (0,)))
    assert model.after(Gate("h", (0,))) == ()
    with pytest.raises(InputError, match="device of 3 qubits"):
        model.check_size(4)
    assert from_qiskit(backend, name="mine").name == "mine"


def test_backend_with_one_direction_of_each_pair() -> None:
    backend = GenericBackendV2(num_qubits=3, coupling_map=[[0, 1], [2, 1]], seed=4)
    model = from_qiskit(backend)
    forward = model.after(Gate("cx", (0, 1)))
    assert forward[0][1] == (0, 1)
    assert model.after(Gate("cx", (1, 0))) == forward
    assert model.after(Gate("cx", (1, 2))) == model.after(Gate("cx", (2, 1)))
    assert not model.covers(Gate("cx", (0, 2)))


def aer_model() -> Any:
    """Return an Aer model with defaults, local errors and an error that is no gate of ours."""
    model = aer_noise.NoiseModel()
    model.add_all_qubit_quantum_error(aer_noise.depolarizing_error(0.02, 1), ["sx", "h"])
    model.add_all_qubit_quantum_error(aer_noise.depolarizing_error(0.1, 2), ["cx"])
    model.add_all_qubit_quantum_error(aer_noise.depolarizing_error(0.1, 2), ["rzx"])
    lopsided = aer_noise.pauli_error([("IX", 0.2), ("ZI", 0.1), ("II", 0.7)])
    model.add_quantum_error(lopsided, "cx", [2, 0])
    relaxed = aer_noise.thermal_relaxation_error(1.0, 1.4, 0.1, 0.2)
    model.add_quantum_error(relaxed.compose(aer_noise.amplitude_damping_error(0.1)), "sx", [1])
    model.add_all_qubit_readout_error([[0.9, 0.1], [0.2, 0.8]])
    model.add_readout_error([[0.7, 0.3], [0.4, 0.6]], [1])
    return model


def test_aer_model() -> None:
    theirs = aer_model()
    model = from_qiskit(theirs)
    assert (model.name, model.n_qubits) == ("aer", None)
    for name, spec in GATES.items():
        for qubits in permutations(range(3), spec.n_qubits):
            error = theirs._local_quantum_errors.get(name, {}).get(
                qubits, theirs._default_quantum_errors.get(name)
            )
            ours = joined(model, Gate(name, qubits))
            if error is None:
                assert ours is None
            else:
                assert_same(superop(ours), np.asarray(SuperOp(error.to_quantumchannel()).data))
    assert model.readout_error(0) == pytest.approx((0.1, 0.2))
    assert model.readout_error(1) == pytest.approx((0.3, 0.4))
    assert NoiseModel.from_dict(json.loads(json.dumps(model.to_dict()))) == model


@pytest.mark.parametrize("name", ["lab", "ibm-mumbai", "ibm-ourense", "none"])
def test_to_aer_and_back(name: str) -> None:
    model = lab_model() if name == "lab" else noise_model(name)
    again = from_qiskit(to_aer(model, 3))
    for gate, spec in GATES.items():
        for qubits in permutations(range(3), spec.n_qubits):
            first, second = (joined(m, Gate(gate, qubits)) for m in (model, again))
            assert (first is None) == (second is None), (gate, qubits)
            if first is not None and second is not None:
                # Aer drops Kraus operators whose weight is below its tolerance.
                assert_same(first.ptm(), second.ptm(), atol=1e-7)
    for qubit in range(3):
        assert again.readout_error(qubit) == pytest.approx(model.readout_error(qubit))
    if model.n_qubits == 3:
        with pytest.raises(InputError, match="device of 3 qubits"):
            to_aer(model, 4)


CIRCUIT = (
    Circuit(3)
    .append("h", 0)
    .append("ry", 1, angle=0.7)
    .append("sx", 0)
    .append("cx", 1, 0)
    .append("rz", 0, angle=0.3)
    .append("cx", 0, 2)
    .append("rzz", 2, 1, angle=1.1)
    .append("cx", 2, 0)
    .append("rx", 2, angle=0.4)
)


def evolved(model: NoiseModel, circuit: Circuit) -> np.ndarray:
    """Return the density matrix by dense matrices on all qubits."""
    n = circuit.n_qubits
    state = np.zeros((2**n, 2**n), dtype=complex)
    state[0, 0] = 1.0
    for gate, angle in circuit.placed():
        unitary = embed(gate_spec(gate.name).matrix(angle or 0.0), gate.qubits, n)
        state = unitary @ state @ unitary.conj().T
        for channel, qubits in model.after(gate):
            wide = [embed(k, qubits, n) for k in channel.kraus]
            state = sum(k @ state @ k.conj().T for k in wide)
    return state


@pytest.mark.parametrize("model", [lab_model(), noise_model("ibm-ourense")], ids=lambda m: m.name)
def test_aer_simulates_the_same_noise(model: NoiseModel) -> None:
    circuit: QuantumCircuit = CIRCUIT.qiskit()
    circuit.save_density_matrix()
    simulator = aer.AerSimulator(method="density_matrix", max_parallel_threads=1)
    result = simulator.run(circuit, noise_model=to_aer(model, 3), shots=1).result()
    expected = evolved(model, CIRCUIT)
    assert_same(np.asarray(result.data()["density_matrix"]), expected, atol=1e-7)
    assert not np.allclose(expected, evolved(NoiseModel(), CIRCUIT), atol=1e-3)


def test_other_sources_are_refused() -> None:
    with pytest.raises(InputError, match="BackendV2 or a qiskit_aer NoiseModel; got str"):
        from_qiskit("fake_manila")
    model = aer_noise.NoiseModel()
    model.add_readout_error(np.eye(4) * 0.6 + 0.1, [0, 1])
    with pytest.raises(InputError, match="one qubit each"):
        from_qiskit(model)
