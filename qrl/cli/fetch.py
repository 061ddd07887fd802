"""`qrl fetch`: bring the result of a submission."""

from __future__ import annotations

import argparse
import json


def add_arguments(fetch: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl fetch`."""
    add = fetch.add_argument
    add("job", metavar="JOB", help="submission (`qrl jobs`), its folder, or the service's job")
    add("--no-wait", action="store_true", help="look once; do not wait for the end of the job")
    add("--timeout", type=float, metavar="S", help="seconds to wait at most")
    add("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Wait for a job, and print what it measured."""
    from qrl.cli.hardware_tables import print_result
    from qrl.cli.progress import Progress
    from qrl.hardware.api import fetch
    from qrl.hardware.listing import find

    record = find(arguments.job)
    with Progress() as progress:
        result = fetch(
            record, wait=not arguments.no_wait, seconds=arguments.timeout, say=progress.say
        )
    if arguments.json:
        print(json.dumps({"id": record.id, "state": record.state, "result": result}, indent=1))
    elif result is None:
        print(f"{record.id}: {record.state}, not ended yet; the same command goes on waiting.")
    else:
        print_result(record, result)
    return 0
