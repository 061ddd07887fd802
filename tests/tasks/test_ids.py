"""Ids write each number in one way, whatever the family."""

from __future__ import annotations

import pytest

from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.ids import check_id


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("state/ghz-04q", "4"),
        ("state/haar-2q-00", "0"),
        ("vqe/tfim-06q", "6"),
        ("vqe/tfim-grid-2x03", "3"),
        ("vqe/syk-3q-007", "7"),
        ("vqe/tfim-6q-00.5", "0"),
        ("diag/random-2q-01", "1"),
        ("compile/qft-03q", "3"),
        ("maxcut/ring-07q", "7"),
        ("maxcut/grid-02x4", "2"),
        ("qubo/random-6q-00", "0"),
        ("linear/poisson-03q", "3"),
        ("linear/ising-chain-4q-020", "20"),
        ("code/repetition-03", "3"),
        ("classify/iris-04q", "4"),
    ],
)
def test_zeros_in_front_are_refused(name: str, write: str) -> None:
    with pytest.raises(InputError, match=rf"without zeros in front; got .* Write {write}\.$"):
        get_task(name)


@pytest.mark.parametrize("name", ["state/ghz-\u0664q", "vqe/tfim-\uff16q", "maxcut/ring-7\u00b2q"])
def test_digits_of_other_scripts_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="the digits 0 to 9"):
        get_task(name)


@pytest.mark.parametrize(
    "name",
    [
        "vqe/tfim-10q-0.05",
        "vqe/tfim-6q-1e-05",
        "vqe/tfim-6q-1E+05",
        "state/haar-3q-0",
        "vqe/h2o-10q-published",
    ],
)
def test_other_zeros_are_taken(name: str) -> None:
    assert check_id(name) == name


def test_an_id_is_a_text() -> None:
    with pytest.raises(InputError, match="must be a text; got 5"):
        check_id(5)  # type: ignore[arg-type]
