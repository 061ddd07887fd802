"""Retuning: angles of a found circuit turned on a device until the cost that it measures is lower.

- What: `settings`, `planning` (steps and shots within the budget), `offering`.
- How: `spsa`, `gradient`, both on `iterates`.
- Measuring: `batch` (circuits of several angles as one job), `runners` (where it is run), `meter` (counts
  shots, writes the `journal`, replays it), `tuning` (from the plan to the result).
- Afterwards: `comparing` (both circuits measured anew), `folder` (files).

`api` has what users call: `qrl.retune`.
"""
