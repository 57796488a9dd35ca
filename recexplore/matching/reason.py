"""The answer in a plain sentence, and what else there is to say.

Takes what was found and what is near, gives words. Decides nothing: of several reasons the first that applies is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from recexplore.corpus import Recording
from recexplore.matching.difference import Difference
from recexplore.matching.generations import CURRENT
from recexplore.matching.request import MAX_DEPTH, Request
from recexplore.matching.request_hash import Fit

__all__ = ["Near", "is_looked_at", "notes_of", "reason_of"]

_SHARED_FOLDER: Final = "common"
_CALL_ID: Final = re.compile(r"(\.|^)(tool_call_id|call_id|tool_use_id|tool_calls\[\d+\]\.id)$")
"""Where the model's own numbering of tool calls comes back in the next request."""


@dataclass(frozen=True, slots=True)
class Near:
    """A recording near to the request.

    Attributes
    ----------
    likeness
        From 0 to 1, 1 where everything compared is the same.
    differences
        In what it differs, what the hash sees first.
    fit
        Which generation of the recorder gives its file that name; None where none does.
    """

    recording: Recording
    path: str
    likeness: float
    differences: tuple[Difference, ...]
    fit: Fit | None = None

    @property
    def mattering(self) -> tuple[Difference, ...]:
        """The differences that today's hash sees."""
        return tuple(each for each in self.differences if each.matters)


def reason_of(
    asked: Request, told: Mapping[str, str], found: tuple[str, str] | None, near: Sequence[Near], n_recordings: int
) -> str:
    """The answer in a sentence.

    Parameters
    ----------
    told
        The request's hashes by generation.
    found
        The generation by whose hash a recording is named, and the recording's path.
    n_recordings
        How many there are to be found.
    """
    if asked.is_too_deep:
        return f"The request is nested deeper than {MAX_DEPTH} levels: it is neither hashed nor compared."
    if found is not None and found[0] == CURRENT.name:
        return f"It is there: {found[1]}."
    if found is not None:
        name = f"the name that an older recorder ({found[0]}) gave it"
        return f"It is there, but under {name}: {found[1]}; {_looked_for(told)}."
    if not n_recordings:
        return "There is no recording at all where you looked."
    if not near:
        return "No recording has its hash in its name."
    same = next((each for each in near if not each.mattering), None)
    return _same_request(told, same) if same else _nearest(asked, near)


def _looked_for(told: Mapping[str, str]) -> str:
    return f"today's looks for {told[CURRENT.name]}.json" if CURRENT.name in told else "today's looks for none"


def _same_request(told: Mapping[str, str], near: Near) -> str:
    """A recording of this very request that is not named after it."""
    if not told:
        return f"A recording has this very body, {near.path}; without a URL the request's hash cannot be told."
    named = "but no known recorder gives it that name (was it renamed or edited?)"
    if near.fit is not None:
        named = f"named by an older recorder ({near.fit.generation.name})"
    if near.fit is not None and near.fit.rewrite is not None:
        named = f"but its texts were edited after it was named ({near.fit.rewrite.name})"
    return f"A recording of this very request is there, {near.path}, {named}; {_looked_for(told)}."


def _nearest(asked: Request, near: Sequence[Near]) -> str:
    best, parts = near[0], near[0].mattering
    if [each.kind for each in parts] == ["test_id"]:
        owner = f"for another test, {parts[0].recorded}" if parts[0].recorded else "outside of any test"
        mine = "" if asked.test_id else "; the request names no test"
        return f"The same request was recorded, but {owner}: {best.path}{mine}."
    if all(_CALL_ID.search(each.path) for each in parts):
        return (
            f"The nearest recording, {best.path}, differs only in ids of tool calls, which an earlier answer gave: "
            "an earlier request of the test was answered otherwise."
        )
    if all(each.mattering[0].kind == "endpoint" for each in near):
        return f"No recording goes to this endpoint; the nearest, {best.path}, goes to {parts[0].recorded}."
    count = "one part: " if len(parts) == 1 else f"{len(parts)} parts, first: "
    return f"The nearest recording, {best.path}, differs in {count}{parts[0]}."


def notes_of(asked: Request, path: str | None, n_named: int) -> tuple[str, ...]:
    """What else there is to say of a request, and of the recording found for it.

    Parameters
    ----------
    path
        Where the recording is.
    n_named
        How many recordings have that name.
    """
    notes = []
    if asked.kind == "file":
        notes.append("The recorder never looks up what processes files: that is always run.")
    elif asked.kind != "tool" and asked.url is None:
        notes.append("The request has no `url`: its hash cannot be told, only its likeness.")
    if path is not None and not is_looked_at(path, asked.test_id):
        folder = f"{_folder_of_test(asked.test_id)}/recordings"
        notes.append(f"The recorder will not find it there: it looks in {folder} and common/recordings only.")
    if n_named > 1:
        notes.append(f"{n_named} recordings have this hash in their names.")
    return tuple(notes)


def is_looked_at(path: str, test_id: str | None) -> bool:
    """Whether the recorder looks for a test's recording in this folder; True where neither says."""
    folder = PurePosixPath(path.replace("\\", "/")).parent
    own = _folder_of_test(test_id)
    if not own or folder.name != "recordings" or len(folder.parts) < 2:
        return True
    return folder.parent.name in (own, _SHARED_FOLDER)


def _folder_of_test(test_id: str | None) -> str:
    """The name of the folder in which a test's file is."""
    return PurePosixPath((test_id or "").partition("::")[0]).parent.name
