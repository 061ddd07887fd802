"""Mitigation of errors that works with any device: from counts to better counts and costs.

`readout` undoes errors of the measurement, `symmetry` and `clusters` those that show in the bits, `folding`
and `extrapolation` together those of the gates. `pipeline` applies what was asked for, in this order.
"""
