"""Whether whoever recorded an exchange wanted it to fail, or to end as it did, as far as the name of the test and of the
file tells.

Takes names, gives an `Intent`, or how bad what was wanted is. A name is all there is: what the test asserts is not recorded.
"""

from __future__ import annotations

import re
from enum import Enum
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias

from recexplore.model.severities import SEVERITIES, Severity

__all__ = ["Intent", "Outcome", "as_wanted", "intent_of"]

Outcome: TypeAlias = Literal["failure", "filter", "length"]
"""What may be wanted of an answer: that it fails, is filtered or refused, is cut at a limit."""


class Intent(Enum):
    """What a name tells."""

    FAILURE = "the name of the test or of the file says that a failure is wanted"
    MAYBE_FAILURE = "it stands among tests of failures, or its name may be of one"
    ANSWER = "it is a test whose name speaks of no failure"
    UNKNOWN = "nothing names a test"


_FAILURE: Final = re.compile(
    r"errors?|err|exceptions?|invalid|fail(?:s|ed|ing|ures?)?|rais(?:es?|ed|ing)|reject(?:s|ed|ions?)?|refuse[sd]?"
    r"|unauthori[sz]ed|unauthenticated|forbidden|unsupported|unprocessable|malformed|nonexist(?:ent|ing)"
    r"|40[134]|41[35]|42[29]|50[234]|529"
)
_PERHAPS: Final = re.compile(
    r"unknown|missing|wrong|incorrect|expired|denied|exceed(?:s|ed)|overloaded|unavailable|timeouts?|throttl(?:ed|ing)"
    r"|retry|retries|fallback|broken|bogus|badrequest|notfound|ratelimit|[45]00"
)
_TWO_WORDS: Final = re.compile(
    r"not (?:found|supported|allowed|available|exist(?:ing)?)|bad (?:request|key|api|model|auth|credentials|gateway)"
    r"|too (?:large|long|many|big)|rate limit(?:s|ed|ing)?|(?:no|without) (?:key|api|auth|credentials)|no such"
    r"|content policy|context (?:length|window)|service unavailable|gateway timeout|payment required|over quota"
)
_NOTHING: Final = re.compile(r"(?!)")
_OUTCOMES: Final[dict[Outcome, tuple[re.Pattern[str], re.Pattern[str]]]] = {
    "failure": (_FAILURE, _TWO_WORDS),
    "filter": (
        re.compile(
            r"filter(?:s|ed|ing)?|guardrails?|safety|refus(?:e[sd]?|als?|ing)|moderat(?:ed|ion)|block(?:s|ed|ing)?|unsafe"
            r"|harmful|censor(?:ed|ship)?|interven(?:ed|tions?)|jailbreaks?"
        ),
        _NOTHING,
    ),
    "length": (
        re.compile(r"truncat(?:e[sd]?|ing|ion)|incomplete|maxtokens"),
        re.compile(
            r"max (?:output|completion|new|gen|tokens?|length)|(?:tokens?|output|length) limit(?:s|ed)?"
            r"|(?:finish|finishes|stop|reason|too) (?:length|short)|cut off"
        ),
    ),
}
"""Words, and pairs of words, of a name that wants an outcome."""
_NEGATIONS: Final = frozenset(["no", "not", "without", "never", "free", "dont", "doesnt"])
_WORD: Final = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|(?:(?<![A-Za-z0-9.])|(?<=[Ss]tatus)|(?<=[Hh]ttp)|(?<=[Ee]rror)|(?<=[Cc]ode))\d+(?![A-Za-z0-9])"
)
"""A number is a word of its own, or behind what says that it is a status: the size of a model is none."""
_HASH: Final = re.compile(r"[0-9a-f-]{8,}")


def as_wanted(outcome: Outcome, severity: Severity, test_id: object, path: object) -> tuple[Severity, str]:
    """How bad an outcome is, one degree less where the name of the test or of the file wants it; what is said of that."""
    words, pairs = _OUTCOMES[outcome]
    own, _ = _names(test_id if isinstance(test_id, str) else None, str(path))
    if severity == SEVERITIES[-1] or not any(_speaks_of(name, words, pairs) for name in own):
        return severity, ""
    return SEVERITIES[SEVERITIES.index(severity) + 1], " By its name, the test wants that."


def intent_of(test_id: str | None, path: str) -> Intent:
    """What the test's own name tells, else the file's; then those of its class, its module and the folder.

    Parameters
    ----------
    test_id
        As ``recordings.test_id`` has it: ``tests/test_x.py::TestX::test_y[case]``.
    path
        The file that holds the recording.
    """
    own, around = _names(test_id, path)
    if any(_speaks_of(name, _FAILURE, _TWO_WORDS) for name in own):
        return Intent.FAILURE
    if any(_speaks_of(name, words, _TWO_WORDS) for name in (*own, *around) for words in (_FAILURE, _PERHAPS)):
        return Intent.MAYBE_FAILURE
    return Intent.ANSWER if any(name.lower().startswith("test") for name in own) else Intent.UNKNOWN


def _names(test_id: str | None, path: str) -> tuple[list[str], list[str]]:
    """The names of the test and of the file, and those of what they stand in."""
    file = PurePosixPath(path.replace("\\", "/"))
    parts = re.split(r"::|/(?=[^/]*$)", test_id.partition("[")[0]) if test_id else []
    own = [*parts[-1:], "" if _HASH.fullmatch(file.stem) else file.stem.partition("[")[0]]
    return own, [*parts[:-1][-2:], file.parent.name]


def _speaks_of(name: str, words: re.Pattern[str], pairs: re.Pattern[str]) -> bool:
    said = [word.lower() for word in _WORD.findall(name)]
    if any(pairs.fullmatch(f"{one} {two}") for one, two in pairwise(said)):
        return True
    beside = [*said, ""]
    return any(
        words.fullmatch(word) and not _NEGATIONS & {beside[at - 1], beside[at + 1]} for at, word in enumerate(said)
    )
