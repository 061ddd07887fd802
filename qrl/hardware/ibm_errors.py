"""What goes wrong with IBM's service, in words that say what to try."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from qrl.errors import InputError
from qrl.hardware.remote import LostAnswer

_NO_ACCOUNT = re.compile(
    r"unable to find account|no default|account.*not found|no saved account", re.I
)
_TOKEN = re.compile(
    r"invalid (api ?key|credentials|token)|api key could not be found|unauthori[sz]ed|not authori[sz]ed|"
    r"\b40[13]\b|expired|login",
    re.I,
)
_NETWORK = re.compile(
    r"max retries|connection|timed? ?out|name resolution|failed to resolve|unreachable|proxy|"
    r"remote end closed|broken pipe",
    re.I,
)
_MANY = re.compile(r"\b429\b|too many requests", re.I)
_LONGEST = 300
_SAVE = (
    "Save one with QiskitRuntimeService.save_account(token=..., instance=...), or set QISKIT_IBM_TOKEN "
    "(and QISKIT_IBM_INSTANCE); docs/hardware.md says how. The token is never asked for here."
)


@contextmanager
def asked(what: str) -> Iterator[None]:
    """Turn what the client raises while the service is asked into `InputError`.

    Args:
        what: that was to be done, as messages begin: "The backends of IBM's service cannot be listed".

    Raises:
        InputError: the service cannot be asked, or refused.
    """
    try:
        with _quiet():
            yield
    except InputError:
        raise
    except Exception as cause:  # the client raises a dozen kinds, some of them bare
        raise InputError(f"{what}: {reason(cause)}") from cause


@contextmanager
def asked_to_send(what: str) -> Iterator[None]:
    """As `asked`, where a broken connection leaves open whether the service took what it was sent.

    Raises:
        LostAnswer: the answer did not come.
        InputError: the service refused.
    """
    try:
        with _quiet():
            yield
    except InputError:
        raise
    except Exception as cause:  # as above
        if not was_refused(cause):
            raise LostAnswer(
                f"{what}, and no answer came: {short(cause)} The job may have been taken; `qrl fetch` "
                "looks for it by its tag, and nothing is sent twice."
            ) from cause
        raise InputError(f"{what}: {reason(cause)}") from cause


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client's own log and warnings from the terminal: what matters is said here."""
    logger = logging.getLogger("qiskit_ibm_runtime")
    before = logger.level
    logger.setLevel(max(before, logging.ERROR))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def was_refused(cause: BaseException | None) -> bool:
    """Tell whether an error says that a job was not taken: the service, or the client itself, said no."""
    import requests

    seen: set[int] = set()
    network = False
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        code = getattr(cause, "status_code", None)
        if isinstance(code, int) and 400 <= code < 500:
            return True
        if isinstance(cause, requests.exceptions.HTTPError) and cause.response is not None:
            return 400 <= cause.response.status_code < 500
        if isinstance(cause, (requests.exceptions.RequestException, OSError)):
            network = True
        cause = cause.__cause__ or cause.__context__
    return not network


def reason(cause: BaseException) -> str:
    """Return why, and what to try."""
    text = short(cause)
    everything = f"{type(cause).__name__} {_chain(cause)}"
    if type(cause).__name__ == "AccountNotFoundError" or _NO_ACCOUNT.search(everything):
        return f"there is no IBM account on this machine. {_SAVE}"
    if _MANY.search(everything):
        return f"it is asked too often at the moment; wait a minute and try again. ({text})"
    network, token = _NETWORK.search(everything), _TOKEN.search(everything)
    if network:
        # The client blames the token for a network that is down as well.
        return (
            "it could not be reached: is this machine online, and does no proxy stand between? If it is, "
            f"the token may be wrong. ({text})"
        )
    if token:
        return (
            "the token or the instance was refused: is it right, has it expired, and may it use this "
            f"instance? Where this machine is not online the client says the same. {_SAVE} ({text})"
        )
    if isinstance(cause, (AttributeError, TypeError, LookupError)):
        return (
            "its client failed. Is the instance that was named (QISKIT_IBM_INSTANCE, or that of the saved "
            f"account) a CRN or a name of this account's? ({type(cause).__name__}: {text})"
        )
    return text


def short(cause: BaseException) -> str:
    """Return the message of an error, shortened and without anything that may be a token."""
    text = " ".join(str(cause).split()) or type(cause).__name__
    text = without_secrets(text)
    return f"{text[:_LONGEST].rstrip('.')}{'...' if len(text) > _LONGEST else '.'}"


def without_secrets(text: str) -> str:
    """Return a text in which nothing that follows the word token, key or Bearer is left."""
    return re.sub(
        r"(?i)\b(token|api ?key|apikey|bearer|authorization)\b(['\"]?\s*[:= ]\s*['\"]?)[\w.~+/-]{16,}=*",
        r"\1\2***",
        text,
    )


def _chain(cause: BaseException | None) -> str:
    parts, seen = [], set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        parts.append(f"{type(cause).__name__}: {cause}")
        cause = cause.__cause__ or cause.__context__
    return " | ".join(parts)
