"""What `--slurm` may say: settings of submitit and of Slurm, under one name each."""

from __future__ import annotations

from typing import Any

from qrl.errors import InputError, unknown_name

CLUSTERS = ("slurm", "local")
_EXAMPLE = "partition=cpu,timeout_min=60,mem_gb=4"
_MINUTES = 240
"""Time limit of a job where none is given; submitit's own is 5 minutes."""

# Name: (what submitit calls it, type).
_KNOWN: dict[str, tuple[str, type]] = {
    "timeout_min": ("timeout_min", int),
    "mem_gb": ("mem_gb", float),
    "name": ("name", str),
    "cpus_per_task": ("cpus_per_task", int),
    **{
        name: (f"slurm_{name}", str)
        for name in (
            "partition", "account", "qos", "constraint", "gres", "nodelist", "exclude", "comment",
            "mail_type", "mail_user", "mem_per_cpu", "wckey",
        )
    },
    "reservation": ("reservation", str),
}  # fmt: skip


def read_settings(text: str, threads: int) -> tuple[str, dict[str, Any]]:
    """Read "name=value,name=value".

    Args:
        text: what was given.
        threads: cores of a job.

    Returns:
        The cluster, "slurm" or "local", and the parameters of submitit's AutoExecutor.

    Raises:
        InputError: an unknown name, a name twice, or a value that cannot be.
    """
    cluster, found = CLUSTERS[0], {"name": "qrl", "cpus_per_task": threads, "timeout_min": _MINUTES}
    seen: set[str] = set()
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals or not value:
            raise InputError(
                "The settings of --slurm must read name=value,name=value, such as "
                f"{_EXAMPLE}; got {part.strip()!r} in {text!r}."
            )
        if name in seen:
            raise InputError(f"The setting {name!r} of --slurm is given twice in {text!r}.")
        seen.add(name)
        if name == "cluster":
            if value not in CLUSTERS:
                raise unknown_name("cluster for --slurm", value, CLUSTERS)
            cluster = value
        elif name in _KNOWN:
            key, kind = _KNOWN[name]
            found[key] = _number(name, value, kind)
        else:
            raise unknown_name("setting of --slurm", name, ("cluster", *_KNOWN))
    if "reservation" in found:
        found["slurm_additional_parameters"] = {"reservation": found.pop("reservation")}
    return cluster, found


def _number(name: str, value: str, kind: type) -> Any:
    if kind is str:
        return value
    try:
        number = kind(value)
    except ValueError:
        number = 0
    if not 0 < number < 1e9:
        what = "a whole number" if kind is int else "a number"
        raise InputError(f"The setting {name} of --slurm must be {what} above 0; got {value!r}.")
    return number
