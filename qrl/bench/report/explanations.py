"""What the words and figures of a page mean."""

from __future__ import annotations

from qrl.bench.report.html import element, section, text

DEFINITIONS = (
    (
        "Cell",
        "What is compared with each other: a task under the same noise, shots, gate set and coupling map.",
    ),
    (
        "Error",
        "Cost less the exact answer, in the task's unit. Where no exact answer is known, the cost over the "
        "lowest one of this benchmark. A run that failed has an infinite error.",
    ),
    (
        "Score",
        "Of a run, 0 to 1: 0 where it is no better than the best trivial answer, 1 where it reached the "
        "target error, and between them by the logarithm of the error. A run that failed scores 0.",
    ),
    (
        "IQM",
        "Interquartile mean: the mean of the middle half of all scores (Agarwal et al., NeurIPS 2021). "
        "It hangs less on single lucky runs than the mean, and uses more of the runs than the median.",
    ),
    (
        "Intervals",
        "95 % unless said otherwise: percentile bootstrap, resampled within each cell; success rates of "
        "one cell have Wilson's interval. With few seeds all of them are wide; with fewer than five "
        "they say little.",
    ),
    (
        "Success",
        "Share of runs whose error is at most the target's; over several cells the mean of theirs.",
    ),
    (
        "Optimality gap",
        "Mean of 1 less the score: how far the runs stay from the target; lower is better.",
    ),
    (
        "To target",
        "Evaluations or seconds until the target was reached. A run that never did counts as infinite, "
        "so a median may be \"not reached by half\".",
    ),
    (
        "Performance profile",
        "Share of runs with an error of at most tau times the target's, mean over cells. A curve that "
        "is higher everywhere is better at every demand.",
    ),
    (
        "Probability of improvement",
        "Chance that a run of one agent scores higher than a run of another, ties half, mean over the "
        "cells that both have. Cliff's delta is twice that, less 1.",
    ),
    (
        "Weighted ranking",
        "In each cell, agents are ranked by error, depth, gates and time; the weighted mean rank over "
        "cells orders them (BenchRL-QAS). The weights are a choice: the share of random weightings in "
        "which an agent is first says how much hangs on it.",
    ),
    (
        "Trivial answer", "The best answer that needs no search, such as a basis state.",
    ),
    (
        "CNOTs, depth, gates",
        "Of the whole circuit, state preparation included; CNOTs and gates after decomposition to CNOT and "
        "single-qubit gates.",
    ),
)  # fmt: skip


def how_to_read() -> str:
    """Return the section that defines what the page tells."""
    listed = "".join(
        element("dt", text(word)) + element("dd", text(told)) for word, told in DEFINITIONS
    )
    return section("reading", "How to read this", element("dl", listed))
