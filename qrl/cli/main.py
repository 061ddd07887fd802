"""Entry point of the `qrl` command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from qrl import __version__
from qrl.errors import CheckFailed, MissingExtra, QrlError

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: words after `qrl`; those of the process where None.

    Returns:
        The exit code: 0 done, 1 a check failed, 2 bad input, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Unicode gets question marks
            stream.reconfigure(errors="replace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader of our output has gone (`| head`), which is no error
        _drop_output()
        return DONE
    except OSError as error:
        _drop_output()
        print(f"qrl: error: the output cannot be written: {error}", file=sys.stderr)
        return BAD_INPUT


def _run(arguments: Sequence[str] | None) -> int:
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        parsed = _parser(words[0] if words else "").parse_args(words)
        command = import_module(f"qrl.cli.{parsed.command}")
        return int(command.run(parsed))
    except SystemExit as end:  # argparse: --help, --version or a word that it does not know
        return end.code if isinstance(end.code, int) else BAD_INPUT
    except CheckFailed as error:
        print(f"qrl: {error}", file=sys.stderr)
        return CHECK_FAILED
    except (QrlError, MissingExtra) as error:
        print(f"qrl: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except MemoryError as error:
        print(f"qrl: error: not enough memory: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("qrl: interrupted", file=sys.stderr)
        return INTERRUPTED


def _drop_output() -> None:
    """Send what is still in the buffer nowhere; the interpreter would complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qrl",
        description="Search for parametrised quantum circuits, gate by gate.",
        epilog="Start with: qrl search vqe/lih-4q-3.4",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"qrl {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_told(commands, "tasks", "list, show, check and build tasks", command)
    _add_search(commands)
    _add_told(commands, "optimizers", "compare optimizers on a classification task", command)
    _add_readers(commands)
    _add_told(commands, "refine", "make the circuits of a run smaller", command)
    _add_told(commands, "mine", "find what circuits of runs share, as actions", command)
    _add_told(commands, "bench", "run a benchmark of agents, list or compare benchmarks", command)
    _add_told(commands, "report", "make a page of a benchmark or a run", command)
    _add_told(commands, "submit", "measure a run's circuit on a device", command)
    _add_told(commands, "jobs", "list what was sent to devices", command)
    _add_told(commands, "fetch", "bring the result of what was sent", command)
    _add_told(commands, "retune", "tune a run's angles on a device", command)
    _add_told(commands, "tune", "tune the settings of an agent (hyperparameters)", command)
    return parser


def _add_told(commands: Any, name: str, summary: str, command: str) -> None:
    """Add a command whose arguments its own module tells, which is imported for it alone."""
    parser = commands.add_parser(name, help=summary, allow_abbrev=False)
    if name == command:
        import_module(f"qrl.cli.{name}").add_arguments(parser)


def _add_search(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    search = commands.add_parser(
        "search",
        help="search for a circuit",
        epilog=_SEARCH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = search.add_argument
    add("task", metavar="TASK", nargs="?", help="a task's id, or a problem file (.json, .npz)")
    add(
        "--agent",
        metavar="NAME",
        help="who searches: ppo (default), another agent (a2c, a3c, tppo, trpo, dqn, ddqn, "
        "dueling-dqn, dqn-per, dqn-rank, munchausen-dqn, rainbow, alphazero), a searcher over whole "
        "circuits (anneal, tempering, evolve, greedy, adapt, beam, mcts, nested-mcts, portfolio, "
        "exhaustive), or random",
    )
    budget = search.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=float, metavar="S", help="time to search (default 60)")
    budget.add_argument("--steps", type=int, metavar="N", help="gates to try")
    budget.add_argument("--evaluations", type=int, metavar="N", help="evaluations of the cost")
    add(
        "--stop-at",
        type=_error_or_word,
        metavar="ERROR",
        help="end at this error, or at the task's own (target), before the budget is spent",
    )
    add("--seed", type=int, metavar="N", help="source of all randomness (default 0)")
    add("--out", metavar="DIR", help="new folder for the run (default: one below runs/)")
    add("--gates", metavar="SET", help="gate set (default: the task's), such as cx+ry or cz,ry,rz")
    add("--coupling", metavar="MAP", help="all (default), line, ring, grid, or a file of edges")
    add(
        "--max-gates",
        type=int,
        metavar="N",
        help="gates appended in an episode (default 6 a qubit)",
    )
    add(
        "--start",
        metavar="WHAT",
        help="begin with the task's state (task, default), with |0...0> (zero), with a basis state (bits "
        "such as 0011, the leftmost of the highest qubit), with the circuit of a file or run folder, or "
        "with a matrix-product state (mps:BOND, or an .npz file)",
    )
    add(
        "--noise",
        metavar="MODEL",
        help="noise under which circuits are scored: none (default), depolarizing:0.001,0.01, "
        "bit-flip:0.01, ibm-mumbai, a JSON file, or a device, whose gates and pairs are then taken: "
        "backend:fake:manila, or some of its qubits, backend:fake:manila@1,2,3,4",
    )
    add(
        "--shots",
        type=int,
        metavar="N",
        help="measurements of one evaluation of the cost (default 0: exact values)",
    )
    add(
        "--tuner",
        metavar="NAME",
        help="what turns the angles: lbfgs (default; under shots spsa), rotosolve, adam, cobyla, ...",
    )
    add(
        "--engine",
        metavar="NAME",
        help="what computes costs: exact (default; noisy or shots where these are given), aer, "
        "pennylane",
    )
    add(
        "--no-compare",
        action="store_true",
        help="run no other methods, random search among them, beside it",
    )
    _add_environment(search)
    _add_training(search)
    add("--config", metavar="FILE", help="TOML file of settings; options given here win")
    add("--json", action="store_true", help="print the result as JSON")
    add("--resume", metavar="RUN", help="go on with a run that was stopped")
    add(
        "--checkpoint-seconds",
        type=float,
        metavar="S",
        help="time between checkpoints (default 60)",
    )


def _add_training(search: argparse.ArgumentParser) -> None:
    group = search.add_argument_group("how agents are trained")
    group.add_argument(
        "--policy",
        metavar="FILE",
        help="begin with a trained policy: a policy.npz, or the run folder that holds one",
    )
    group.add_argument(
        "--evaluate-every",
        type=int,
        metavar="N",
        help="every N steps, also show what the policy builds without exploring (evaluations.jsonl)",
    )

    group.add_argument(
        "--track",
        metavar="WHERE",
        action="append",
        help="tell training to mlflow, mlflow:URI, wandb or wandb:PROJECT, too (extra tracking)",
    )


def _error_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _add_environment(search: argparse.ArgumentParser) -> None:
    """Declare how circuits are built for agents (`qrl.env.config.EnvConfig` tells more)."""
    group = search.add_argument_group("how circuits are built, for agents")
    add = group.add_argument
    add(
        "--actions",
        metavar="SET",
        help="gates (default), excitations, fans, trees, a JSON file, or some of them",
    )
    add("--mode", choices=("append", "edit"), help="append gates (default), or edit whole circuits")
    add(
        "--legality",
        metavar="RULE",
        help="forbid repeated (default), commuting or canonical redundancies, or none",
    )
    add("--observation", metavar="NAME", help="compact (default), tensor, or gates:K")
    add("--reward", metavar="NAME", help="fixed-ends (default), staircase, log, qaser, gate-cost")
    add("--shaping", metavar="NAME", help="none (default), cost or log-error: potential-based")
    add(
        "--curriculum",
        metavar="NAME",
        help="none (default), fixed:GOAL, list:..., success-count:..., moving-threshold",
    )
    add("--halting", metavar="NAME", help="none (default), or negative-binomial: random lengths")


_SEARCH_EXAMPLES = """\
examples:
  qrl search vqe/lih-4q-3.4
  qrl search vqe/h2-4q --noise depolarizing:0.001,0.01 --seconds 30
  qrl search vqe/h2-2q --shots 1000 --tuner rotosolve --agent random --steps 200
  qrl search vqe/h2-4q --noise ibm-mumbai --shots 4000 --tuner spsa
"""


def _add_readers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="recompute a result with Qiskit, noise with Qiskit Aer",
        allow_abbrev=False,
    )
    verify.add_argument("run", metavar="RUN", help="run folder")
    verify.add_argument("--json", action="store_true", help="print the checks as JSON")
    show = commands.add_parser("show", help="show what a run found", allow_abbrev=False)
    show.add_argument("run", metavar="RUN", help="run folder")
    show.add_argument(
        "--plot", metavar="FILE", help="also draw the run into a PNG, PDF or SVG file"
    )
    export = commands.add_parser("export", help="write the circuit found", allow_abbrev=False)
    export.add_argument("run", metavar="RUN", help="run folder")
    export.add_argument(
        "--format",
        required=True,
        choices=("qasm3", "qasm2", "qpy", "json", "pennylane"),
        help="pennylane: a Python file with a quantum function",
    )
    export.add_argument("-o", "--output", metavar="FILE", help="file to write (default: print)")


if __name__ == "__main__":
    sys.exit(main())
