"""A stand-in of IBM's service on this machine, for the real client of qiskit-ibm-runtime.

Plain HTTP on 127.0.0.1; jobs run on fake devices. Nothing in the client is patched: its URL and three
environment variables lead here (`LoopbackService.environment`). What it answers was read off the client's
source and IBM's public documents. It tests our code and the client, and says nothing of IBM's service.

`state` (instances, faults, jobs), `routes` (the runtime's requests), `server` (HTTP, tokens, faults),
`quantum` (running jobs).
"""
