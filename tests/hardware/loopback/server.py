"""The stand-in's HTTP: tokens, instances, faults, and one worker for its jobs."""

from __future__ import annotations

import json
import queue
import re
import socket
import threading
import time
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from hardware.loopback.quantum import run_program
from hardware.loopback.routes import ROUTES, Routes
from hardware.loopback.state import (
    API_KEY,
    OPEN_CRN,
    PAID_CRN,
    Fault,
    HttpError,
    Instance,
    Job,
    jwt,
    now,
    stamp,
)


class LoopbackService(Routes):
    """The server. One worker thread runs the jobs, one after another, on the fakes."""

    def __init__(
        self,
        fakes: dict | None = None,
        instances: list[Instance] | None = None,
        port: int = 0,
        queue_seconds: float = 0.0,
        token_lifetime: float = 3600.0,
    ) -> None:
        if fakes is None:
            from qiskit_ibm_runtime.fake_provider import FakeBelemV2, FakeManilaV2

            fakes = {"ibm_manila": FakeManilaV2(), "ibm_belem": FakeBelemV2()}
        self.fakes = fakes
        self.queue_lengths = {name: 7 - 3 * i for i, name in enumerate(fakes)}
        self.states = {name: (True, "active") for name in fakes}
        self.instances = {
            i.crn: i
            for i in instances
            or [
                Instance(OPEN_CRN, "open-instance", "Open", "free", limit_seconds=600.0),
                Instance(PAID_CRN, "paid-instance", "Pay-As-You-Go", "paygo"),
            ]
        }
        self.api_key, self.token_lifetime, self.instance = API_KEY, token_lifetime, OPEN_CRN
        self.queue_seconds = queue_seconds
        self.jobs: dict[str, Job] = {}
        self.sessions: dict[str, dict] = {}
        self.requests: list[dict] = []
        self.faults: list[Fault] = []
        self.tokens: set[str] = set()
        self.connections: set[socket.socket] = set()
        self.hold = threading.Event()  # set(): the worker runs jobs; clear(): they stay queued
        self.hold.set()
        self._lock = threading.RLock()
        self._work: queue.Queue[Job | None] = queue.Queue()
        self._release = threading.Event()  # lets hanging requests go at the end
        handler = type("Handler", (_Handler,), {"service": self})
        self._httpd = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._httpd.daemon_threads = True
        self.port = self._httpd.server_address[1]
        self._threads = [
            threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True),
            threading.Thread(target=self._worker, daemon=True),
        ]

    # ------------------------------------------------------------------ life
    def __enter__(self) -> LoopbackService:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self.hold.set()
        self._work.put(None)
        self._httpd.shutdown()
        self._httpd.server_close()
        for connection in list(self.connections):  # kept alive, they would be answered for ever
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return what leads the client here, with an account; `instance` is the one that is used."""
        return {
            "IAM_URL": self.root + "/iam",
            "GLOBAL_SEARCH_URL": self.root + "/search",
            "GLOBAL_CATALOG_URL": self.root + "/catalog/api/v1",
            "NO_PROXY": "127.0.0.1",
            "QISKIT_IBM_CHANNEL": "ibm_quantum_platform",
            "QISKIT_IBM_URL": self.root + "/experimental",
            "QISKIT_IBM_TOKEN": self.api_key,
            "QISKIT_IBM_INSTANCE": self.instance,
        }

    # ------------------------------------------------------------------ the worker
    def _worker(self) -> None:
        while (job := self._work.get()) is not None:
            self.hold.wait()
            if self.queue_seconds:
                time.sleep(self.queue_seconds)
            with self._lock:
                if job.status != "Queued":
                    continue
                job.status, job.running = "Running", now()
            try:
                result, error = run_program(self.fakes[job.payload["backend"]], job), None
            except Exception as ex:  # a failed job, as the service reports one
                result, error = traceback.format_exc(), ex
            with self._lock:
                if job.status != "Running":  # cancelled while it ran
                    continue
                job.finished, job.result = now(), result
                limit = job.payload.get("cost", 10800)
                if error is None and job.estimate > limit:
                    job.status, job.reason, job.reason_code = "Cancelled", "Ran too long", 1305
                    job.result, job.charged = None, float(limit)
                elif error is not None:
                    job.status, job.reason_code = "Failed", getattr(error, "code", 9999)
                    job.reason, job.charged = str(error), 1.0
                else:
                    job.status, job.charged = "Completed", float(round(job.estimate))
                self.instances[job.crn].consumed_seconds += job.charged
                session = self.sessions.get(job.payload.get("session_id", ""))
                if session is not None:
                    session["elapsed_time"] = (session["elapsed_time"] or 0) + job.charged
                    session["last_job_completed"] = stamp(job.finished)

    # ------------------------------------------------------------------ the routes
    def answer(self, part: str, method: str, path: str, query: dict, headers: dict, body: bytes):
        """(status, body) of one request; body: a dict (JSON), a str (text) or None."""
        if part == "iam":
            if (method, path) != ("POST", "/identity/token"):
                raise HttpError(404, 404, "no such IAM path")
            form = parse_qs(body.decode())
            if form.get("apikey") != [self.api_key]:
                return 400, {
                    "errorCode": "BXNIM0415E",
                    "errorMessage": "Provided API key could not be found.",
                }
            token = jwt(self.token_lifetime)
            self.tokens.add(token)
            life = int(self.token_lifetime)
            return 200, {
                "access_token": token,
                "refresh_token": "not_supported",
                "token_type": "Bearer",
                "expires_in": life,
                "expiration": int(time.time()) + life,
                "scope": "ibm openid",
            }
        bearer = headers.get("authorization", "")
        if bearer.removeprefix("Bearer ") not in self.tokens and bearer != f"apikey {self.api_key}":
            raise HttpError(401, 1201, "Invalid credentials.")
        if part == "search":
            items = [
                {
                    "crn": i.crn,
                    "name": i.name,
                    "tags": [],
                    "service_plan_unique_id": i.plan_id,
                    "doc": {"extensions": {"backends": ["ANY"]}},
                }
                for i in self.instances.values()
            ]
            return 200, {"items": items, "limit": 100}  # no search_cursor: the last page
        if part == "catalog":
            for i in self.instances.values():
                if path == f"/{i.plan_id}":
                    return 200, {
                        "id": i.plan_id,
                        "overview_ui": {"en": {"display_name": i.plan}},
                        "metadata": {"pricing": {"type": i.pricing_type}},
                    }
            raise HttpError(404, 404, "no such plan")
        instance = self.instances.get(headers.get("service-crn", ""))
        if instance is None:
            raise HttpError(403, 1200, "You are not authorized to perform this action.")
        for pattern, verb, name in ROUTES:
            if verb == method and (match := re.fullmatch(pattern, path)):
                with self._lock:
                    return getattr(self, name)(
                        instance, *map(unquote, match.groups()), query=query, body=body
                    )
        raise HttpError(404, 404, f"no route {method} {path}")


def locate(target: str) -> tuple[str, str, dict]:
    """(part, path, query) of a request target, ."""
    url = urlsplit(target)
    query = parse_qs(url.query)
    for prefix, part in (
        ("/iam", "iam"),
        ("/search", "search"),
        ("/catalog/api/v1", "catalog"),
        ("/experimental", "runtime"),
    ):
        if url.path.startswith(prefix + "/"):
            return part, url.path.removeprefix(prefix), query
    return "none", url.path, query


class _Handler(BaseHTTPRequestHandler):
    service: LoopbackService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.service.connections.add(self.connection)

    def finish(self) -> None:
        self.service.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, status: int, body: object, headers: dict) -> None:
        if isinstance(body, (dict, list)):
            data, kind = json.dumps(body).encode(), "application/json"
        else:
            data, kind = (
                (body or "").encode() if not isinstance(body, bytes) else body,
                "text/plain; charset=utf-8",
            )
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Type", headers.get("Content-Type", kind))
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        service = self.service
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        part, path, query = locate(self.path)
        entry = {
            "part": part,
            "method": self.command,
            "path": path,
            "query": query,
            "target": self.path,
            "headers": {k.lower(): v for k, v in self.headers.items()},
            "body": body,
            "status": None,
        }
        with service._lock:
            service.requests.append(entry)
            fault = next(
                (
                    f
                    for f in service.faults
                    if f.times > 0 and re.search(f.pattern, f"{self.command} /{part}{path}")
                ),
                None,
            )
            if fault is not None:
                fault.times -= 1
        action = fault.action if fault else None
        if action == "drop":
            entry["status"] = "dropped"
            return self._drop()
        if action == "hang":
            service._release.wait(fault.seconds)
            entry["status"] = "hung"
            return self._drop()
        if action == "status":
            entry["status"] = fault.status
            answer = (
                fault.body
                if fault.body is not None
                else HttpError(fault.status, 1000, "injected").body
            )
            return self._send(fault.status, answer, fault.headers)
        try:
            status, answer = service.answer(part, self.command, path, query, entry["headers"], body)
            headers: dict = {}
        except HttpError as ex:
            status, answer, headers = ex.status, ex.body, ex.headers
        except Exception as ex:  # a bug of this server
            status, answer, headers = 500, {"errors": [{"code": 1000, "message": repr(ex)}]}, {}
        entry["status"] = status
        if action == "drop_after":
            entry["status"] = "dropped after the work"
            return self._drop()
        if action == "status_after":
            entry["status"] = f"{fault.status} after the work"
            return self._send(
                fault.status,
                fault.body or HttpError(fault.status, 1000, "injected").body,
                fault.headers,
            )
        if action == "malformed":
            return self._send(status, b'{"jobs": [', {"Content-Type": "application/json"})
        self._send(status, answer, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve
