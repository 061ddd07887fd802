"""Mitigation of errors that works with any device: from counts to better counts and costs.

- `readout` (with `seen_strings`) undoes errors of the measurement.
- `sector` and `conserved` find what a circuit's state and an observable conserve; outcomes beside it are
  dropped.
- `clusters` with `flip_rates` is Q-Cluster; `projection` makes probabilities of quasi-probabilities.
- `folding`, `extrapolation` and `fits` together undo errors of the gates.

`pipeline` applies what changes outcomes, in this order; `quantities` are the numbers that are extrapolated.
"""
