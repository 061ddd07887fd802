"""OpenQASM text, written and read."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import qasm2, qasm3
from qiskit.quantum_info import Operator
from strategies import circuits

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.convert.qasm import from_qasm, to_qasm
from qrl.circuits.gates import GATES
from qrl.errors import InputError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
STD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
QELIB = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
EVERY_GATE = Circuit(
    2,
    tuple((name, tuple(range(spec.n_qubits))) for name, spec in GATES.items()),  # type: ignore[misc]
    tuple(0.3 * k for k in range(sum(spec.parametric for spec in GATES.values()))),
)


def _same_to_the_bit(one: Circuit, two: Circuit) -> bool:
    bits = [np.array(c.angles, dtype=np.float64).view(np.uint64) for c in (one, two)]
    return one == two and np.array_equal(*bits)


@pytest.mark.parametrize("version", [2, 3])
@given(circuit=circuits(max_gates=8, angle=FINITE))
@settings(deadline=None, max_examples=60)
def test_qasm_round_trip_is_exact(version: int, circuit: Circuit) -> None:
    assert _same_to_the_bit(from_qasm(to_qasm(circuit, version)), circuit)


@pytest.mark.parametrize("angle", [-0.0, 5e-324, 1e20, 1.7976931348623157e308, 0.1 + 0.2, math.pi])
@pytest.mark.parametrize("version", [2, 3])
def test_qasm_keeps_awkward_angles(version: int, angle: float) -> None:
    circuit = Circuit(2).append("rx", 1, angle=angle).append("rzz", 0, 1, angle=-angle)
    assert _same_to_the_bit(from_qasm(to_qasm(circuit, version)), circuit)


@given(circuits(max_qubits=3, max_gates=8))
@settings(deadline=None, max_examples=40)
def test_qiskit_reads_our_text_with_the_same_unitary(circuit: Circuit) -> None:
    version_3 = qasm3.loads(to_qasm(circuit))
    version_2 = qasm2.loads(to_qasm(circuit, 2), strict=True)
    assert np.allclose(Operator(version_3).data, dense.unitary(circuit), atol=1e-10)
    assert Operator(version_2).equiv(Operator(dense.unitary(circuit)))


def test_definitions_are_written_only_where_used() -> None:
    assert "gate " not in Circuit(2).append("cx", 0, 1).append("sx", 0).qasm()
    assert EVERY_GATE.qasm().count("gate ") == 2
    assert EVERY_GATE.qasm(version=2).count("gate ") == 4
    assert "gate " not in Circuit(2).append("cz", 0, 1).qasm(version=2)
    assert Circuit.from_qasm(EVERY_GATE.qasm()) == EVERY_GATE


def test_text_by_hand() -> None:
    circuit = Circuit(2).append("h", 0).append("cx", 0, 1).append("rz", 1, angle=-0.1)
    assert circuit.qasm() == STD + "qubit[2] q;\nh q[0];\ncx q[0], q[1];\nrz(-0.1) q[1];\n"
    assert (
        circuit.qasm(version=2) == QELIB + "qreg q[2];\nh q[0];\ncx q[0], q[1];\nrz(-0.1) q[1];\n"
    )


@pytest.mark.parametrize("dumps", [qasm2.dumps, qasm3.dumps])
def test_reads_what_qiskit_writes(dumps: object) -> None:
    assert from_qasm(dumps(EVERY_GATE.qiskit())) == EVERY_GATE  # type: ignore[operator]


def test_header_is_found_behind_comments_and_may_be_missing() -> None:
    body = "qreg q[1];\nrx(pi/2) q[0]; // OPENQASM 3.0;\n"
    expected = Circuit(1).append("rx", 0, angle=math.pi / 2)
    assert from_qasm("// OPENQASM 3.0;\n" + QELIB + body) == expected
    assert from_qasm("/* OPENQASM 2.0; */ " + STD + "qubit q; rx(pi/2) q;") == expected
    assert from_qasm('include "stdgates.inc";\nqubit q;\nrx(pi/2) q;') == expected


@pytest.mark.parametrize("header", [STD + "qubit[2] q;", QELIB + "qreg q[2];"])
def test_the_texts_own_definition_of_a_gate_counts(header: str) -> None:
    start, declaration = header.rsplit("\n", 1)
    wrong = start + "\ngate rzz(t) a, b { cx a, b; }\n" + declaration
    with pytest.raises(InputError, match="another matrix"):
        from_qasm(wrong + " rzz(0.1) q[0], q[1];")


def test_own_definition_wins_over_the_older_tools_gate() -> None:
    with pytest.raises(InputError, match=r"swap\(0, 1\).*another matrix"):
        from_qasm(QELIB + "gate swap a, b { cx a, b; }\nqreg q[2]; sx q[0]; swap q[0], q[1];")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty text"),
        ("// nothing\n", "empty text"),
        (3, "must be text; got int"),
        ("OPENQASM 4.0;\nqubit q;", "header says 4"),
        (STD + "qubit[2] q; rx(q[0];", "3 text cannot be read: .*no viable alternative"),
        ("garbage", "3 text cannot be read: .*'garbage'"),
        (STD + "qubit[2] q; foo q[0];", "gate 'foo' is not defined"),
        (STD + "qubit[2] q; x q[7];", "3 text cannot be read: IndexError: index out of range"),
        (STD + "qubit[2] q; cx q[0], q[0];", "duplicate bit arguments"),
        (STD + "qubit[2] q; rx() q[0];", "3 text cannot be read: TypeError"),
        (STD + "qubit[2] q; rx(1/0) q[0];", "3 text cannot be read: ZeroDivisionError"),
        (STD + "qubit[2] q; rx(1e400) q[0];", "finite"),
        (STD + "input float a; qubit q; rx(a) q;", "not bound: a"),
        (STD + "qubit q; bit c; c = measure q;", "remove_final_measurements"),
        (STD + "qubit[3] q; ccx q[0], q[1], q[2];", "'ccx' is not in the table"),
        (QELIB + "qreg q[2]; foo q[0];", "2 text cannot be read: .*'foo' is not defined"),
        (QELIB + "qreg q[2]; x q[7];", "2 text cannot be read: .*out.of.range"),
        ('OPENQASM 2.0; include "/etc/passwd"; qreg q[1];', "2 text cannot be read"),
    ],
)
def test_malformed_text_is_refused_with_the_reason(
    text: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=message):
        from_qasm(text)
    assert capfd.readouterr() == ("", "")


@given(st.text(max_size=40), st.sampled_from(["", STD, STD + "qubit[2] q;", QELIB + "qreg q[2];"]))
@settings(deadline=None, max_examples=80)
def test_any_text_is_read_or_refused(tail: str, head: str) -> None:
    try:
        result = from_qasm(head + tail)
    except InputError:
        return
    assert isinstance(result, Circuit)


def test_other_versions_are_not_written() -> None:
    with pytest.raises(InputError, match="version 3 or 2; got version=4"):
        EVERY_GATE.qasm(version=4)


@pytest.mark.parametrize(
    "text",
    [
        "OPENQASM 2.0; qreg q[1000000000];",
        "OPENQASM 2.0; qreg q[2]; creg c [ 999999999 ];",
        "OPENQASM 3.0; qubit[1_000_000_000] q;",
        "qubit [0x7fffffff] q;",
        "qubit[2] q; bit[99999] c;",
        "qubit[" + "9" * 5000 + "] q;",
        "".join(f"qubit[600] q{k};" for k in range(2)),
    ],
)
def test_large_registers_are_refused_before_they_are_made(text: str) -> None:
    with pytest.raises(InputError, match="registers of up to 1000 qubits and bits in all; got"):
        Circuit.from_qasm(text)


def test_large_registers_in_comments_do_not_count() -> None:
    text = "OPENQASM 3.0;\n// qubit[5000] q;\nqubit[2] q;\n"
    assert Circuit.from_qasm(text).n_qubits == 2
