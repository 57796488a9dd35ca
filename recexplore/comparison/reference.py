"""Which of the runs of one request the others are told by, and which of them are broken.

Takes the frames of runs, gives one run: of the most frequent answer, whole where one is. It follows from what the runs hold,
never from their order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from recexplore.comparison.aspects import canonical_json, digest_per_run
from recexplore.comparison.run_frames import RunFrames
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.plain_values import plain

__all__ = ["broken_runs", "references"]


def broken_runs(frames: RunFrames, groups: Sequence[range]) -> dict[int, str]:
    """Why a run is broken, by its number: it failed, was cut off, or did not finish though the format says how it ends."""
    broken: dict[int, str] = {}
    for run, error in zip(frames.recordings["run"].tolist(), frames.recordings["error"], strict=True):
        if (message := plain(error)) is not None:
            broken[run] = f"error: {message}"
    damaged = frames.chunks.loc[frames.chunks["damage"].notna(), ["run", "chunk", "damage"]]
    for run, chunk, damage in damaged.itertuples(index=False):
        broken.setdefault(run, f"{damage} at chunk {chunk}")
    answering = set(frames.choices["run"].tolist())
    finished = frames.choices["finish_reason"].notna()
    finishing = set(frames.choices.loc[finished, "run"].tolist())
    of_format = {run for group in groups if finishing.intersection(group) for run in group}
    coming = set(frames.recordings.loc[frames.recordings["ended"] == "not yet", "run"].tolist())
    for run, choice in frames.choices.loc[~finished, ["run", "choice"]].itertuples(index=False):
        if run in of_format:
            broken.setdefault(run, f"choice {choice} {'has not finished yet' if run in coming else 'never finished'}")
    for run in of_format - answering:
        broken.setdefault(run, "no choice came yet" if run in coming else "no choice came")
    return broken


def references(frames: RunFrames, groups: Sequence[range], broken: Mapping[int, str]) -> list[int]:
    """For each group of runs the number of its reference."""
    answers, ordered = _answers(frames)
    sent = digest_per_run(frames.events, ["chunk", "choice", "kind", "text"]).reindex(range(len(answers)))
    facets = [answers, ordered, sent.fillna("").tolist()]
    streaming = frames.recordings["streaming"].fillna(True).tolist()
    return [_reference(group, facets, broken, streaming) for group in groups]


def _reference(
    group: range, facets: Sequence[Sequence[str]], broken: Mapping[int, str], streaming: Sequence[bool]
) -> int:
    """The most frequent in each facet in turn; of equally frequent ones that whose digest is least. An answer that came
    whole only where none was streamed: nothing can be said of its chunks."""
    times = [Counter(facet[run] for run in group) for facet in facets]

    def rank(run: int) -> tuple[object, ...]:
        counted = [(-count[facet[run]], facet[run]) for count, facet in zip(times, facets, strict=True)]
        return run in broken, not streaming[run], counted, run

    return min(group, key=rank)


def _answers(frames: RunFrames) -> tuple[list[str], list[str]]:
    """A digest of what each run says, whichever choice says it; and of what each choice says."""
    parts: list[list[str]] = [[] for _ in range(len(frames.recordings))]
    calls: dict[tuple[int, int], list[str]] = {}
    for run, choice, name, arguments in frames.tool_calls[["run", "choice", "name", "arguments"]].itertuples(
        index=False
    ):
        calls.setdefault((run, choice), []).append(f"{plain(name)} {canonical_json(plain(arguments) or '')}")
    columns = ["run", "choice", "finish_reason", *CHOICE_TEXTS]
    for run, choice, *texts in frames.choices[columns].itertuples(index=False):
        parts[run].append(repr([*map(plain, texts), calls.get((run, choice))]))
    return [_digest(repr(sorted(each))) for each in parts], [_digest(repr(each)) for each in parts]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
