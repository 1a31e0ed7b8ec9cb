"""The questions of `make deploy` and `make undeploy`: asked once each, or answered by variables.

`make deploy REGION=eu-west-1 ADMIN_EMAIL=me@example.com` asks only for the rest.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones


class Stop(Exception):
    """It cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """`variable` answers it unasked; `wrong` says what is wrong with an answer, or None."""

    variable: str
    text: str
    wrong: Callable[[str], str | None]


def wrong_region(known: frozenset[str]) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        if text in known:
            return None
        return f"{text!r} is not an AWS Region with Lambda; for example eu-west-1 or us-east-1"

    return wrong


def wrong_email(text: str) -> str | None:
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text):
        return None
    return f"{text!r} is not an e-mail address" if text else "an e-mail address is needed"


def wrong_alarm_email(text: str) -> str | None:
    return None if text == NONE else wrong_email(text)


def wrong_zone(text: str) -> str | None:
    if text in available_timezones():
        return None
    return f"{text!r} is not a time zone; for example Europe/Madrid or America/New_York"


NONE = "none"
ADMIN_EMAIL = Question("ADMIN_EMAIL", "Administrator's e-mail", wrong_email)
TIME_ZONE = Question("TIME_ZONE", "Time zone of the first workspace", wrong_zone)
ALARM_EMAIL = Question(
    "ALARM_EMAIL", f"E-mail for alarms ('{NONE}' for no e-mail)", wrong_alarm_email
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who answers: variables first, then whoever sits there; `read` is None when nobody does."""

    environ: Mapping[str, str]
    read: Callable[[str], str] | None
    say: Callable[[str], None]

    def answer(self, question: Question, *, default: str) -> str:
        """Raises Stop when a variable is wrong, or when nobody is there to ask."""
        given = self.environ.get(question.variable, "").strip()
        if given or self.read is None:
            return self._unasked(question, given or default)
        while True:
            text = self.read(f"{question.text}{f' [{default}]' if default else ''}: ")
            answer = text.strip() or default
            problem = question.wrong(answer)
            if problem is None:
                return answer
            self.say(f"  {problem}")

    def _unasked(self, question: Question, answer: str) -> str:
        problem = question.wrong(answer)
        if problem is None:
            return answer
        raise Stop(f"{question.variable}: {problem}. Set {question.variable}=…")


def time_zone_of_this_machine() -> str:
    """The IANA name, where the machine says it in one of the usual ways; else UTC."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    link = Path("/etc/localtime")
    if link.is_symlink():
        candidates.append(str(link.resolve()).partition("zoneinfo/")[2])
    known = available_timezones()
    return next((name for name in candidates if name in known), "UTC")
