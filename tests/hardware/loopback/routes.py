"""What the stand-in answers to requests of the runtime's API."""

from __future__ import annotations

import json
import queue
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hardware.loopback.state import (
    FINAL,
    PENDING,
    HttpError,
    Instance,
    Job,
    check_tags,
    estimate_seconds,
    new_id,
    now,
    stamp,
)


class Routes:
    """Answers (status, body); the name of a method is that of its route."""

    fakes: dict[str, Any]
    queue_lengths: dict[str, int]
    states: dict[str, tuple[bool, str]]
    jobs: dict[str, Job]
    sessions: dict[str, dict[str, Any]]
    _work: queue.Queue[Job | None]

    def _allowed(self, instance: Instance) -> list[str]:
        return [n for n in self.fakes if instance.backends is None or n in instance.backends]

    def _fake(self, instance: Instance, name: str):
        if name not in self._allowed(instance):
            raise HttpError(404, 1007, "Backend not found.")
        return self.fakes[name]

    def backends(self, instance, *, query, body):
        devices = []
        for name in self._allowed(instance):
            operational, status = self.states[name]
            conf = json_file(self.fakes[name], "conf_filename")
            devices.append(
                {
                    "name": name,
                    "is_simulator": False,
                    "qubits": conf["n_qubits"],
                    "queue_length": self.queue_lengths[name],
                    "status": {"name": "online" if operational else "offline", "reason": status},
                    "processor_type": {"family": "Falcon", "revision": "5.11"},
                    "clops": {"type": "hardware", "value": 2000},
                }
            )
        return 200, {"devices": devices}

    def configuration(self, instance, name, *, query, body):
        return 200, json_file(self._fake(instance, name), "conf_filename") | {"backend_name": name}

    def properties(self, instance, name, *, query, body):
        return 200, json_file(self._fake(instance, name), "props_filename") | {"backend_name": name}

    def status(self, instance, name, *, query, body):
        self._fake(instance, name)
        operational, status = self.states[name]
        return 200, {
            "state": operational,
            "status": status,
            "message": "",
            "length_queue": self.queue_lengths[name],
            "backend_version": "1.0.0",
        }

    def usage(self, instance, *, query, body):
        out = {
            "instance_id": instance.crn,
            "plan_id": instance.plan_id,
            "usage_consumed_seconds": instance.consumed_seconds,
            "usage_period": {
                "start_time": stamp(now() - timedelta(days=28)),
                "end_time": stamp(now()),
            },
        }
        if instance.limit_seconds is not None:
            out["usage_limit_seconds"] = instance.limit_seconds
            out["usage_limit_reached"] = instance.consumed_seconds >= instance.limit_seconds
        return 200, out

    def submit(self, instance, *, query, body):
        payload = json.loads(body)
        self._fake(instance, payload.get("backend", ""))
        if payload.get("program_id") not in ("sampler", "estimator", "executor"):
            raise HttpError(404, 1221, "Program not found.")
        check_tags(payload.get("tags", []))
        if session := payload.get("session_id"):
            if session not in self.sessions or not self.sessions[session]["accepting_jobs"]:
                raise HttpError(400, 1217, "The session is closed.")
            self.sessions[session]["state"] = "active"
            self.sessions[session]["last_job_started"] = stamp(now())
        job = Job(
            new_id(),
            instance.crn,
            payload,
            body,
            now(),
            estimate_seconds(payload),
            tags=list(payload.get("tags", [])),
        )
        self.jobs[job.id] = job
        self._work.put(job)
        return 200, {"id": job.id, "backend": payload["backend"]} | (
            {"session_id": session} if session else {}
        )

    def _job(self, instance, job_id) -> Job:
        job = self.jobs.get(job_id)
        if job is None or job.crn != instance.crn:
            raise HttpError(404, 1291, f"Job not found. Job ID: {job_id}")
        return job

    def list_jobs(self, instance, *, query, body):
        jobs = [j for j in self.jobs.values() if j.crn == instance.crn]
        one = {k: v[0] for k, v in query.items()}
        if "backend" in one:
            jobs = [j for j in jobs if j.payload["backend"] == one["backend"]]
        if "program" in one:
            jobs = [j for j in jobs if j.payload["program_id"] == one["program"]]
        if "session_id" in one:
            jobs = [j for j in jobs if j.payload.get("session_id") == one["session_id"]]
        if "pending" in one:
            jobs = [j for j in jobs if (j.status in PENDING) == (one["pending"] == "true")]
        if "tags" in query:  # a job has to carry all of them
            jobs = [j for j in jobs if set(query["tags"]) <= set(j.tags)]
        if "created_after" in one:
            jobs = [j for j in jobs if j.created >= datetime.fromisoformat(one["created_after"])]
        if "created_before" in one:
            jobs = [j for j in jobs if j.created <= datetime.fromisoformat(one["created_before"])]
        jobs.sort(key=lambda j: j.created, reverse=one.get("sort") != "ASC")
        limit, offset = min(int(one.get("limit", 200)), 200), int(one.get("offset", 0))
        page = jobs[offset : offset + limit]
        with_params = one.get("exclude_params") == "false"
        return 200, {
            "jobs": [j.view(with_params) for j in page],
            "count": len(jobs),
            "limit": limit,
            "offset": offset,
        }

    def get_job(self, instance, job_id, *, query, body):
        return 200, self._job(instance, job_id).view(
            query.get("exclude_params", ["false"])[0] != "true"
        )

    def delete_job(self, instance, job_id, *, query, body):
        self._job(instance, job_id)
        del self.jobs[job_id]
        return 204, None

    def results(self, instance, job_id, *, query, body):
        job = self._job(instance, job_id)
        return (204, None) if job.result is None else (200, job.result)

    def cancel(self, instance, job_id, *, query, body):
        job = self._job(instance, job_id)
        if job.status in FINAL:
            raise HttpError(409, 1293, f"Job is in a non cancellable state: {job.status}")
        job.status, job.finished = "Cancelled", now()
        return 204, None

    def metrics(self, instance, job_id, *, query, body):
        job = self._job(instance, job_id)
        return 200, {
            "timestamps": {
                "created": stamp(job.created),
                "running": stamp(job.running),
                "finished": stamp(job.finished),
            },
            "usage": job.usage(),
            "caller": "qiskit-ibm-runtime",
            "qiskit_version": "2.6.2",
        }

    def logs(self, instance, job_id, *, query, body):
        self._job(instance, job_id)
        return 200, "logs of " + job_id

    def put_tags(self, instance, job_id, *, query, body):
        tags = json.loads(body)["tags"]
        check_tags(tags)
        self._job(instance, job_id).tags = tags
        return 204, None

    def open_session(self, instance, *, query, body):
        payload = json.loads(body)
        if payload["mode"] == "dedicated" and instance.pricing_type == "free":
            raise HttpError(
                400, 1352, "You are not authorized to run a session when using the open plan."
            )
        session = {
            "id": str(uuid.uuid4()),
            "backend_name": payload["backend"],
            "mode": payload["mode"],
            "max_ttl": min(payload.get("max_ttl", 28800), 28800),
            "interactive_ttl": 60,
            "active_ttl": 28800,
            "state": "open",
            "accepting_jobs": True,
            "elapsed_time": None,
            "started_at": stamp(now()),
            "closed_at": None,
            "activated_at": None,
            "last_job_started": None,
            "last_job_completed": None,
            "user_id": "IBMid-0000000000",
            "timestamps": [{"status": "open", "timestamp": stamp(now())}],
        }
        self.sessions[session["id"]] = session
        return 200, session

    def _session(self, session_id) -> dict:
        if session_id not in self.sessions:
            raise HttpError(404, 1225, f"Session {session_id} not found.")
        return self.sessions[session_id]

    def get_session(self, instance, session_id, *, query, body):
        return 200, self._session(session_id)

    def patch_session(self, instance, session_id, *, query, body):
        self._session(session_id)["accepting_jobs"] = json.loads(body)["accepting_jobs"]
        if not any(
            j.status in PENDING
            for j in self.jobs.values()
            if j.payload.get("session_id") == session_id
        ):
            self.sessions[session_id].update(state="closed", closed_at=stamp(now()))
        return 204, None

    def close_session(self, instance, session_id, *, query, body):
        self._session(session_id).update(
            accepting_jobs=False, state="closed", closed_at=stamp(now())
        )
        for job in self.jobs.values():
            if job.payload.get("session_id") == session_id and job.status == "Queued":
                job.status, job.finished = "Cancelled", now()
        return 204, None


def json_file(fake: Any, attribute: str) -> dict[str, Any]:
    """Return a file that a fake device brings."""
    return dict(
        json.loads((Path(fake.dirname) / getattr(fake, attribute)).read_text(encoding="utf-8"))
    )


ROUTES = [
    (r"/backends", "GET", "backends"),
    (r"/backends/([^/]+)/configuration", "GET", "configuration"),
    (r"/backends/([^/]+)/properties", "GET", "properties"),
    (r"/backends/([^/]+)/status", "GET", "status"),
    (r"/instances/usage", "GET", "usage"),
    (r"/jobs", "POST", "submit"),
    (r"/jobs", "GET", "list_jobs"),
    (r"/jobs/([^/]+)", "GET", "get_job"),
    (r"/jobs/([^/]+)", "DELETE", "delete_job"),
    (r"/jobs/([^/]+)/results", "GET", "results"),
    (r"/jobs/([^/]+)/cancel", "POST", "cancel"),
    (r"/jobs/([^/]+)/metrics", "GET", "metrics"),
    (r"/jobs/([^/]+)/logs", "GET", "logs"),
    (r"/jobs/([^/]+)/tags", "PUT", "put_tags"),
    (r"/sessions", "POST", "open_session"),
    (r"/sessions/([^/]+)", "GET", "get_session"),
    (r"/sessions/([^/]+)", "PATCH", "patch_session"),
    (r"/sessions/([^/]+)/close", "DELETE", "close_session"),
]
