"""Circuits to and from Qiskit, OpenQASM and PennyLane."""
