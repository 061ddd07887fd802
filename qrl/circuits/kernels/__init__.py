"""Compiled inner loops of the engines: plain arrays in, plain arrays out.

From the bottom up:

- `simd`, `lanes`: vectors and addresses as Numba types, and the shuffles that gates need.
- `compiled`, `inlining`: how functions are compiled and where machine code is kept.
- `opcodes`: the numbers of gates. `plan`: which part of a state each gate of a circuit has to visit.
- `singles`, `cnot`, `apply`: gates on state vectors. `observable`, `terms`: Pauli sums on them, by tables
  or block by block. `problem`: an objective as arrays. `heads`, `losses`: its cost and co-state.
  `adjoint`: cost and gradient. `branches`: one angle in closed form.
- `ptm`, `noisy_plan`, `noisy_steps`, `noisy_problem`, `noisy`, `noisy_adjoint`: the
  same for density matrices as Pauli coefficients.
- `closed_form`, `lbfgs`, `adam`, `tuning`: tuning a circuit, for both.
- `normal_order`, `table`: circuits put into order, and scores found again.
- `entries`, `noisy_entries`: the functions that Python calls.
"""
