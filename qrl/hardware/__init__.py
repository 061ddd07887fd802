"""Quantum computers: measuring what a search found, today or after a reboot, and never twice.

- Where: `device` (what a device is), `device_names` (by name), `ibm` (IBM's service), `remote` (what is
  asked of a service).
- What: `of_run`, `settings`, `experiments` (circuits that measure a cost), `transpiling`, `pubs` with
  `roles` (what is sent, and what for), `costs` and `coherence` (how long it takes, and whether qubits live
  so long).
- How: `sending`, `local` (simulated devices), `fetching`, `record` (what is written down), `registry`
  (where it is), `listing` (all of a user's).
- Afterwards: `outcomes`, `combining` (the cost, with its error), `mitigation`.

- `retuning`: angles turned on a device.

`api` has what users call: `qrl.submit`, `qrl.fetch`.
"""
