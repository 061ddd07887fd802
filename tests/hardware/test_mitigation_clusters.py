"""Q-Cluster by hand, and the flip rates against Aer."""

from __future__ import annotations

import numpy as np
import pytest

import qrl
from qrl.circuits.circuit import Circuit
from qrl.hardware.device_names import open_device
from qrl.hardware.local import probabilities
from qrl.hardware.mitigation.clusters import q_cluster
from qrl.hardware.mitigation.flip_rates import flip_rates, whole_rate
from qrl.hardware.pubs import prepare
from qrl.hardware.settings import HardwareSettings


def test_one_cluster_by_hand() -> None:
    """n = 2, p = 0.1: no string is within 2 n p (1 - p) = 0.36 of another."""
    found, count = q_cluster(np.array([0.7, 0.2, 0.1, 0.0]), 2, 0.1)
    # 00 keeps 0.7; 01 and 10 lose 0.7 * 0.1 * 0.9. With a second centroid little would change.
    one = np.array([0.7, 0.2 - 0.063, 0.1 - 0.063, 0.0])
    two = np.array([0.7, 0.2, 0.1 - 0.063 - 0.2 * 0.01, 0.0])
    one, two = one / one.sum(), two / two.sum()
    assert np.sqrt(one * two).sum() ** 2 > 0.95
    assert count == 1
    assert found == pytest.approx(one)


def test_two_clusters_by_hand() -> None:
    """n = 4, p = 0.2: strings within 1 of a centroid join it."""
    shares = np.zeros(16)
    shares[[0b0000, 0b0001, 0b0010]] = 0.40, 0.06, 0.04
    shares[[0b1111, 0b1110]] = 0.38, 0.12
    found, count = q_cluster(shares, 4, 0.2)
    # k = 1: the cluster of 0000 has 0.5; flips explain 0.5 * p^h (1-p)^(4-h) of the others.
    near, three, far = 0.2 * 0.8**3, 0.2**3 * 0.8, 0.2**4
    one = np.zeros(16)
    one[0b0000] = 0.5
    one[[0b0001, 0b0010]] = 0.06 - 0.5 * near, 0.0  # 0.04 - 0.0512 is below 0
    one[[0b1111, 0b1110]] = 0.38 - 0.5 * far, 0.12 - 0.5 * three
    two = np.zeros(16)
    two[[0b0000, 0b1111]] = 0.5
    two[0b0001] = 0.06 - 0.5 * near - 0.5 * three
    two[0b1110] = 0.12 - 0.5 * three - 0.5 * near
    one, two = one / one.sum(), two / two.sum()
    fidelity = np.sqrt(one * two).sum() ** 2
    # The second centroid changes the result by less than the threshold or not: as computed here.
    assert (count == 1) == (fidelity >= 0.95)
    assert found == pytest.approx(one if count == 1 else two, abs=1e-12)


def test_a_centroid_moves_to_the_majority() -> None:
    """Most frequent is 0011, but its cluster's bits say 0010; ties give 1."""
    shares = np.zeros(16)
    shares[[0b0011, 0b0010, 0b0000, 0b0110, 0b1010]] = 0.3, 0.25, 0.15, 0.15, 0.15
    found, _ = q_cluster(shares, 4, 0.5)  # all within 2 n p (1 - p) = 2
    assert np.argmax(found) == 0b0010


@pytest.mark.parametrize("rate", [0.05, 0.15])
def test_flips_around_one_string_are_undone(rate: float) -> None:
    n_qubits, string = 6, 0b101101
    flips = np.bitwise_count(np.arange(64) ^ string).astype(float)
    read = rate**flips * (1 - rate) ** (n_qubits - flips)
    counts = np.random.default_rng(0).multinomial(4096, read)
    found, _ = q_cluster(counts / 4096, n_qubits, rate)
    assert read[string] < 0.75
    assert found[string] > 1.25 * read[string]
    assert found.sum() == pytest.approx(1.0)
    assert found.min() >= 0.0


def test_without_flips_nothing_changes() -> None:
    shares = np.random.default_rng(1).dirichlet(np.ones(8))
    assert q_cluster(shares, 3, 0.0)[0] == pytest.approx(shares)


def test_rates_are_those_that_aer_gives() -> None:
    """Gates that undo each other: a bit ends flipped as often as foretold."""
    device = open_device("aer:depolarizing:0.02,0.05", 3)
    circuit = Circuit(3)
    for _ in range(3):
        circuit = circuit.append("x", 0).append("x", 0).append("cx", 0, 1).append("cx", 0, 1)
        circuit = circuit.append("h", 2).append("h", 2)
    measured = circuit.qiskit()
    measured.measure_all()
    (shares,) = probabilities(device, [measured])
    flips, misreads = flip_rates(measured, (0, 1, 2), device)
    assert misreads == (0.0, 0.0, 0.0)
    bits = (np.arange(8)[:, None] >> np.arange(3)) & 1
    assert flips[:2] == pytest.approx((shares @ bits)[:2], abs=1e-9)
    # Between the two H the error of the first acts on X: there it flips as often.
    assert flips[2] == pytest.approx((shares @ bits)[2], abs=1e-9)
    assert whole_rate(flips, misreads) == pytest.approx(np.mean(flips))


def test_rates_of_a_device_come_from_its_target() -> None:
    device = open_device("fake:manila", 2)
    circuit = qrl.Circuit(2).append("cx", 0, 1)
    prepared = prepare(
        qrl.get_task("state/ghz-2q"), circuit, device,
        HardwareSettings(mitigate=("q-cluster",), layout=(0, 1), level=0),
    )  # fmt: skip
    (pub,) = prepared.pubs
    target = device.backend.target
    assert pub.role.misreads == pytest.approx([target["measure"][(q,)].error for q in (0, 1)])
    keep = 1 - 2 * (2 / 3) * target["cx"][(0, 1)].error
    gates = [op for op in pub.circuit.data if op.operation.name in ("sx", "x")]
    twos = [op for op in pub.circuit.data if len(op.qubits) == 2 and op.operation.name == "cx"]
    for qubit in (0, 1):
        own = keep ** len(twos)
        for op in gates:
            if pub.circuit.find_bit(op.qubits[0]).index == qubit:
                own *= 1 - 2 * target[op.operation.name][(qubit,)].error
        assert pub.role.flips[qubit] == pytest.approx((1 - own) / 2)


def test_energies_without_plain_bits_are_refused() -> None:
    task = qrl.Task("x", qrl.Expectation(qrl.PauliSum(("XX", "YY"), (1.0, 0.5))))
    with pytest.raises(qrl.InputError, match="turned bases"):
        prepare(task, Circuit(2), open_device("aer", 2), HardwareSettings(mitigate=("q-cluster",)))
