"""Quantum computers: measuring what a search found, today or after a reboot, and never twice.

- Where: `device` (what a device is), `device_names` (opened by name), `ibm` (IBM's service) with `ibm_jobs`
  and `ibm_errors`, `remote` (what is asked of any service that keeps jobs).
- What: `run_layout` (the run, and the qubits that its circuit was found for), `settings`, `experiments`
  (circuits that measure a cost) in `bases` and `coupled_bases`, `transpiling`, `pubs` with `roles` (what is
  sent, and what for), `time_estimate` and `coherence` (how long it takes, and whether qubits live so long),
  `offer` (all of it together, and whether it may be sent).
- How: `sending` with `new_record`, `local` (simulated devices), `fetching`, `record` (what is written
  down) as `plain_record`, `registry` (where it is), `listing` (all of a user's).
- Afterwards: `outcomes`, `combining` (the cost, with its error), `mitigation`.
- `retuning`: angles turned on a device.

`api` has what users call: `qrl.submit` and `submit_all`, `qrl.fetch`, `refresh`, `cancel`.
"""
