"""What the stand-in knows: instances, jobs, faults to come."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

API_KEY = "dummy-api-key-0123456789-do-not-log"
CRN = "crn:v1:bluemix:public:quantum-computing:us-east:a/{a}:{i}::".format(a="0" * 32, i="{i}")
OPEN_CRN = CRN.format(i="11111111-1111-1111-1111-111111111111")
PAID_CRN = CRN.format(i="22222222-2222-2222-2222-222222222222")
PENDING, FINAL = ("Queued", "Running"), ("Completed", "Failed", "Cancelled")


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime | None) -> str | None:
    return (
        None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def jwt(lifetime: float) -> str:
    """An unsigned token that ibm_cloud_sdk_core accepts: it reads only iat and exp."""

    def part(obj: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(obj).encode()).rstrip(b"=").decode()

    iat = int(time.time())
    return ".".join(
        [
            part({"alg": "RS256", "typ": "JWT"}),
            part({"iat": iat, "exp": iat + int(lifetime)}),
            "c2ln",
        ]
    )


class HttpError(Exception):
    """An error as the service words it: {"errors": [{code, message, solution, more_info}], "trace"}."""

    def __init__(self, status: int, code: int, message: str, headers: dict | None = None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body = {
            "errors": [{"code": code, "message": message, "solution": "", "more_info": ""}],
            "trace": str(uuid.uuid4()),
        }


@dataclass
class Instance:
    crn: str
    name: str
    plan: str  # display name in the catalog; the client lower-cases it
    pricing_type: str  # "free", "paygo", "subscription", "trial", "paid"
    limit_seconds: float | None = None
    consumed_seconds: float = 0.0
    backends: list[str] | None = None  # None: all

    @property
    def plan_id(self) -> str:
        return "plan-" + self.name


@dataclass
class Fault:
    """What to do to the next `times` requests whose "METHOD /path" matches `pattern`."""

    pattern: str
    action: str  # "status", "drop", "hang": not processed; "status_after", "drop_after", "malformed": it is
    status: int = 500
    times: int = 1
    headers: dict = field(default_factory=dict)
    body: object = None
    seconds: float = 30.0


@dataclass
class Job:
    id: str
    crn: str
    payload: dict
    raw: bytes
    created: datetime
    estimate: float
    status: str = "Queued"
    reason: str | None = None
    reason_code: int | None = None
    running: datetime | None = None
    finished: datetime | None = None
    result: str | None = None
    charged: float = 0.0
    tags: list[str] = field(default_factory=list)

    def view(self, with_params: bool) -> dict:
        out = {
            "id": self.id,
            "backend": self.payload["backend"],
            "state": {"status": self.status},
            "status": self.status,
            "program": {"id": self.payload["program_id"]},
            "created": stamp(self.created),
            "cost": min(self.payload.get("cost", 10800), 10800),
            "tags": self.tags,
            "user_id": "IBMid-0000000000",
            "usage": self.usage(),
            "estimated_running_time_seconds": self.estimate,
        }
        if self.reason is not None:
            out["state"].update(
                reason=self.reason, reason_code=self.reason_code, reason_solution=""
            )
        if self.payload.get("session_id"):
            out["session_id"] = self.payload["session_id"]
        if self.payload.get("private"):
            out["private"] = True
        elif with_params:
            out["params"] = self.payload["params"]
        return out

    def usage(self) -> dict:
        return {
            "qpu_charge_time_seconds": self.charged,
            "status": "complete" if self.status in FINAL else "pending",
        }


def new_id() -> str:
    return "d" + base64.b32hexencode(os.urandom(12)).decode().lower().rstrip("=")[:19]


def check_tags(tags: list) -> None:
    if len(tags) > 8:
        raise HttpError(400, 1204, "Exceeded the maximum number of tags a job can have (8).")
    if any(len(t) > 86 for t in tags):
        raise HttpError(
            400, 1205, "Exceeded the maximum number of characters a job tag can have (86)."
        )


def estimate_seconds(payload: dict) -> float:
    """IBM's public rule: 2 s a sub-job, 0.35 ms an execution."""
    params = payload["params"]
    if payload["program_id"] == "executor":
        program = params["quantum_program"]
        executions = 0
        for item in program["items"]:
            shape = item["shape"] or item.get("circuit_arguments", {}).get("shape", [])[:-1]
            count = 1
            for size in shape:
                count *= size
            executions += count * program["shots"]
    else:
        executions = 4096 * len(params["pubs"])
    return 2 + 0.00035 * executions
