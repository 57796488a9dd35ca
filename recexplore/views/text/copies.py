"""What a reader takes away from a recording, as text: its names, how to run its test or to ask again, what was answered.

Takes a `Recording` and a chunk, gives text. No credential is in it, unless the corpus was loaded with them: of a URL
neither user, password nor query; no header; of request and chunk what `views.text.without_credentials` shows.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from recexplore.corpus import Recording
from recexplore.model.plain_values import plain
from recexplore.views.text.without_credentials import shown_chunk, shown_request

__all__ = ["COPIES", "Copy", "copied", "copies_of"]


@dataclass(frozen=True, slots=True)
class Copy:
    """Something to take away.

    Attributes
    ----------
    name
        What it is asked for by.
    label
        What it is called.
    text
        Makes it of a recording and a chunk.
    is_there
        Whether a recording has it; without reading its file.
    """

    name: str
    label: str
    text: Callable[[Recording, int], str]
    is_there: Callable[[Recording], bool] = lambda recording: True


def copies_of(recording: Recording) -> list[Copy]:
    """What can be taken away from a recording."""
    return [each for each in COPIES if each.is_there(recording)]


def copied(recording: Recording, name: str, chunk: int) -> str:
    """One of them as text.

    Raises
    ------
    LookupError
        There is nothing of that name.
    SourceChanged
        It stands in a file that has changed since it was loaded.
    """
    for each in COPIES:
        if each.name == name and each.is_there(recording):
            return each.text(recording, chunk)
    raise LookupError(f"nothing to copy is called {name!r}: there are {', '.join(each.name for each in COPIES)}")


def _test_id(recording: Recording) -> str:
    return str(plain(recording.facts["test_id"]) or "")


def _is_pytest(recording: Recording) -> bool:
    return "::" in _test_id(recording)


def _pytest(recording: Recording, chunk: int) -> str:
    return f"pytest {shlex.quote(_test_id(recording))}"


def _pytest_by_keyword(recording: Recording, chunk: int) -> str:
    name = _test_id(recording).rpartition("::")[2].partition("[")[0]
    return f"pytest -k {shlex.quote(name)}"


def _answer(recording: Recording, chunk: int) -> str:
    answers = [_said(recording, int(choice)) for choice in recording.choices["choice"]]
    if len(answers) == 1:
        return answers[0]
    return "\n\n".join(f"choice {number}:\n{said}" for number, said in enumerate(answers))


def _said(recording: Recording, choice: int) -> str:
    choices, calls = recording.choices, recording.tool_calls
    own = choices["choice"] == choice
    parts = [text for kind in ("content", "refusal") if (text := plain(choices.loc[own, kind].iloc[0]))]
    mine = calls.loc[calls["choice"] == choice, ["name", "arguments"]]
    parts += [
        f"{plain(name) or ''}({plain(given) or ''})"
        for name, given in zip(mine["name"], mine["arguments"], strict=True)
    ]
    return "\n".join(parts)


def _chunk(recording: Recording, chunk: int) -> str:
    return json.dumps(shown_chunk(recording, chunk), ensure_ascii=False, indent=2)


def _curl(recording: Recording, chunk: int) -> str:
    facts = recording.facts
    parts = urlsplit(str(facts["url"]))
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    method = plain(facts["method"]) or "POST"
    request = shown_request(recording)
    command = ["curl", "--no-buffer", "--request", method, shlex.quote(url)]
    if request:
        body = json.dumps(request, ensure_ascii=False)
        command += ["--header", "'Content-Type: application/json'", "--data-raw", shlex.quote(body)]
    return " ".join(command)


def _code(recording: Recording, chunk: int) -> str:
    places = recording.corpus.places
    where = repr(places[0]) if len(places) == 1 else repr(list(places))
    return f"import recexplore as rx\n\nrx.explore({where}, {recording.id!r}, chunk={chunk})"


COPIES: Final = (
    Copy("link", "link to this chunk", _code),
    Copy("id", "id", lambda recording, chunk: recording.id),
    Copy("path", "path", lambda recording, chunk: str(recording.facts["path"])),
    Copy("test", "test id", lambda recording, chunk: _test_id(recording), lambda recording: bool(_test_id(recording))),
    Copy("pytest", "pytest: this test", _pytest, _is_pytest),
    Copy("pytest-k", "pytest -k: all its parameters", _pytest_by_keyword, _is_pytest),
    Copy("answer", "answer", _answer, lambda recording: bool(recording.facts["n_choices"])),
    Copy("chunk", "chunk under the cursor, raw", _chunk, lambda recording: bool(recording.facts["n_chunks"])),
    Copy(
        "curl",
        "request as curl, without credentials",
        _curl,
        lambda recording: plain(recording.facts["url"]) is not None,
    ),
)
