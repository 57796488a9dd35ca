"""Runs of one request, compared: what is equal, what differs, and where the texts part.

Takes recordings, gives a `Comparison`: frames, a verdict and how stable the request is. One of the runs is the reference
that the others are told by; which one follows from what the runs hold, not from their order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from recexplore.comparison.aspects import ASPECTS, Level, canonical_json, digest_per_run
from recexplore.comparison.choice_matching import matched_choices
from recexplore.comparison.divergence import TextPlace, divergences
from recexplore.comparison.prefix_tree import prefix_tree
from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.similarities import pairs_of
from recexplore.corpus import Corpus, Recording
from recexplore.model.counts import count
from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.location import numbered_paths
from recexplore.model.plain_values import plain

__all__ = ["VERDICTS", "Comparison", "Verdict", "compare"]

Verdict: TypeAlias = Literal["broken", "other structure", "other words", "other wire", "identical"]
VERDICTS: Final[Mapping[Verdict, str]] = {
    "broken": "A run failed, was cut off or did not finish, and another did not.",
    "other structure": "The runs differ in what a program acts on: finish reasons, choices, tool calls, refusals, errors.",
    "other words": "The same structure in other words.",
    "other wire": "The same text, sent otherwise: cut elsewhere, choices in another order, other usage.",
    "identical": "Nothing differs but what differs every time: ids, times of arrival, log probabilities.",
}
"""What a comparison comes to, the worst first, and what it means."""

_OF_LEVEL: Final[Mapping[Level, Verdict]] = {
    "structure": "other structure",
    "text": "other words",
    "wire": "other wire",
    "incidental": "identical",
}
_CALL: Final = ["run", "choice", "name", "arguments"]
_COMPARED: Final[tuple[Level, ...]] = ("structure", "text", "wire")


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    recordings
        The runs, by their number.
    reference
        The number of the run that others are compared with: of the most frequent answer, a run that is not broken.
    runs
        One row a run: ``run``, ``recording``, ``path``, ``test_id``, ``model``, ``streaming``, ``n_choices``, ``n_chunks``,
        ``finish`` (the finish reasons of its choices), ``broken`` (why; missing where it is not), ``structure``, ``text``
        and ``wire`` (runs with equal numbers are equal in this level and all above it; the reference has 0) and
        ``verdict``, by the reference.
    choices
        One row a choice of a run: ``run``, ``choice`` (the reference's number of it), ``own_choice`` (the run's), and
        ``finish_reason``, ``content``, ``reasoning``, ``refusal``.
    aspects
        One row an aspect: ``aspect``, ``title``, ``level``, ``n_values`` that the runs have, ``differs``, ``values`` (which
        runs agree: a list of lists of runs, the largest first).
    divergences
        One row a text in which a run differs from the reference, where they part first: see
        `recexplore.comparison.divergence`.
    """

    recordings: tuple[Recording, ...]
    reference: int
    runs: pd.DataFrame
    choices: pd.DataFrame
    aspects: pd.DataFrame
    divergences: pd.DataFrame
    frames: RunFrames = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """What all runs come to: the worst of their verdicts."""
        found = set(self.runs["verdict"])
        return next((each for each in VERDICTS if each in found), "identical")

    @property
    def stability(self) -> dict[str, float]:
        """By level, the share of pairs of runs that are equal in it and in all levels above it; 1 where all are.

        Definition: sum of n(n - 1) over the classes of equal runs, divided by N(N - 1): the probability that two runs, drawn
        without putting back, agree (Simpson 1949).
        """
        return {level: _agreement(self.runs[level]) for level in _COMPARED}

    @property
    def differing(self) -> list[str]:
        """The titles of the aspects in which runs differ, the weightiest first, without what differs every time."""
        told = self.aspects[self.aspects["differs"] & (self.aspects["level"] != "incidental")]
        return told["title"].tolist()

    @property
    def is_mixed(self) -> bool:
        """Whether some runs are streamed and some came whole: their chunks are not compared."""
        return self.runs["streaming"].nunique(dropna=False) > 1

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        n, verdict = len(self.recordings), self.verdict
        classes = {level: self.runs[level].nunique() for level in _COMPARED}
        if verdict == "identical":
            return f"{count(n, 'run')}, all alike."
        first = {
            "broken": f"{count(int(self.runs['broken'].notna().sum()), 'run')} of {n:,} broken",
            "other structure": f"{n:,} runs of {classes['structure']:,} structures",
            "other words": f"{n:,} runs of one structure in {classes['text']:,} wordings",
            "other wire": f"{n:,} runs of one text, sent in {classes['wire']:,} ways",
        }[verdict]
        return f"{first}; they differ in {', '.join(self.differing)}."

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row a pair of answers that differ in text: ``run`` and ``other`` (the first run of each), ``n_runs`` and
        ``n_other`` of them, ``common_prefix`` in characters, and ``similarity`` (`recexplore.comparison.words`)."""
        return pairs_of(self.runs, self._whole_texts)

    def texts(self, choice: int | None = None, kind: str = "content") -> list[str]:
        """The text of a kind that each run has in a choice, "" where it has none; the first choice if none is named."""
        chosen = self.choices if choice is None else self.choices[self.choices["choice"] == choice]
        said = dict(zip(chosen["run"][::-1], chosen[kind].fillna("")[::-1], strict=True))
        return [said.get(run, "") for run in range(len(self.recordings))]

    def tree(self, choice: int | None = None, kind: str = "content") -> pd.DataFrame:
        """The divergence tree of a text: `recexplore.comparison.prefix_tree.prefix_tree`, with ``first`` a run."""
        return prefix_tree(self.texts(choice, kind))

    @property
    def _whole_texts(self) -> list[str]:
        return _whole_texts(self.choices, len(self.recordings))

    def __len__(self) -> int:
        return len(self.recordings)

    def __repr__(self) -> str:
        scores = ", ".join(f"{level} {share:.0%}" for level, share in self.stability.items())
        return f"Comparison: {self.verdict}. {self.words} Stability: {scores}."


def compare(runs: Corpus | Iterable[Recording]) -> Comparison:
    """Compare runs of one request.

    Parameters
    ----------
    runs
        A group of `recexplore.runs`, a corpus, or recordings; two and more. A recording may be named twice.

    Raises
    ------
    ValueError
        There are fewer than two runs.
    TypeError
        One is no recording.
    """
    recordings = tuple(runs)
    for each in recordings:
        if not isinstance(each, Recording):
            raise TypeError(f"compare takes recordings, not {type(each).__name__}")
    if len(recordings) < 2:
        raise ValueError(f"expected two runs or more, found {len(recordings)}")
    frames = RunFrames.of(recordings)
    broken = _broken(frames)
    reference = _reference(frames, broken)
    frames = _with_matched_choices(frames, reference)
    classes, aspects = _classes(frames, reference)
    about = _about_runs(frames, classes, broken, reference)
    places = [
        TextPlace(int(choice), kind) for choice in sorted(frames.choices["choice"].unique()) for kind in CHOICE_TEXTS
    ]
    parted = divergences(frames, reference, places)
    columns = ["run", "choice", "own_choice", "finish_reason", *CHOICE_TEXTS]
    return Comparison(recordings, reference, about, frames.choices[columns], aspects, parted, frames)


def _broken(frames: RunFrames) -> dict[int, str]:
    """Why a run is broken, by its number."""
    broken: dict[int, str] = {}
    for run, error in zip(frames.recordings["run"], frames.recordings["error"], strict=True):
        if (said := plain(error)) is not None:
            broken[run] = f"error: {said}"
    for run, chunk, damage in frames.chunks.loc[frames.chunks["damage"].notna(), ["run", "chunk", "damage"]].itertuples(
        index=False
    ):
        broken.setdefault(run, f"{damage} at chunk {chunk}")
    unfinished = frames.choices[frames.choices["finish_reason"].isna()]
    if len(unfinished) < len(frames.choices):
        for run, choice in unfinished[["run", "choice"]].itertuples(index=False):
            broken.setdefault(run, f"choice {choice} never finished")
    return broken


def _reference(frames: RunFrames, broken: Mapping[int, str]) -> int:
    """A run of the most frequent answer that is not broken; of several the one whose digest is least, so that the order of
    runs says nothing."""
    n = len(frames.recordings)
    parts: list[list[str]] = [[] for _ in range(n)]
    said: dict[tuple[int, int], list[str]] = {}
    for run, choice, name, arguments in frames.tool_calls[_CALL].itertuples(index=False):
        said.setdefault((run, choice), []).append(f"{plain(name)} {canonical_json(plain(arguments) or '')}")
    columns = ["run", "choice", "finish_reason", *CHOICE_TEXTS]
    for run, choice, *texts in frames.choices[columns].itertuples(index=False):
        parts[run].append(repr([*map(plain, texts), said.get((run, choice))]))
    # First what is said, whichever choice says it; then by which; then how it was sent.
    answers = [_digest(repr(sorted(each))) for each in parts]
    ordered = [_digest(repr(each)) for each in parts]
    sent = digest_per_run(frames.events, ["chunk", "choice", "kind", "text"]).reindex(range(n)).fillna("").tolist()
    times = [Counter(each) for each in (answers, ordered, sent)]

    def rank(run: int) -> tuple[Any, ...]:
        counted = zip(times, (answers[run], ordered[run], sent[run]), strict=True)
        return run in broken, *((-count_of[digest], digest) for count_of, digest in counted), run

    return min(range(n), key=rank)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _whole_texts(choices: pd.DataFrame, n: int) -> list[str]:
    """All that each run says, choice by choice."""
    parts: list[list[str]] = [[] for _ in range(n)]
    ordered = choices.sort_values(["run", "choice"], kind="stable")
    for run, *texts in ordered[["run", *CHOICE_TEXTS]].fillna("").itertuples(index=False):
        parts[run] += texts
    return ["\n".join(filter(None, each)) for each in parts]


def _with_matched_choices(frames: RunFrames, reference: int) -> RunFrames:
    """The frames, choices numbered as in the reference, and by their run in ``own_choice``."""
    texts: dict[int, dict[int, str]] = {}
    calls: dict[tuple[int, int], list[str]] = {}
    for run, choice, name, arguments in frames.tool_calls[["run", "choice", "name", "arguments"]].itertuples(
        index=False
    ):
        calls.setdefault((run, choice), []).append(f"{plain(name)} {plain(arguments)}")
    for run, choice, *said in frames.choices[["run", "choice", *CHOICE_TEXTS]].itertuples(index=False):
        spoken = [*(plain(each) or "" for each in said), *calls.get((run, choice), ())]
        texts.setdefault(run, {})[choice] = "\n".join(spoken)
    theirs = texts.get(reference, {})
    matched = {
        (run, own): number for run, mine in texts.items() for own, number in matched_choices(mine, theirs).items()
    }
    return RunFrames(
        recordings=frames.recordings,
        chunks=frames.chunks,
        usage=frames.usage,
        **{name: _renumbered(getattr(frames, name), matched) for name in ("events", "choices", "tool_calls")},
    )


def _renumbered(frame: pd.DataFrame, matched: Mapping[tuple[int, int], int]) -> pd.DataFrame:
    own = frame["choice"]
    if all(own == number for (_, own), number in matched.items()):
        return frame.assign(own_choice=own)
    keys = pd.MultiIndex.from_tuples(list(matched), names=["run", "choice"])
    numbers = pd.Series(list(matched.values()), index=keys, dtype="Int64")
    asked = pd.MultiIndex.from_arrays([frame["run"], own.astype("Int64").fillna(-1)])
    return frame.assign(own_choice=own, choice=numbers.reindex(asked).to_numpy()).astype({"choice": own.dtype})


def _classes(frames: RunFrames, reference: int) -> tuple[dict[Level, np.ndarray], pd.DataFrame]:
    """By level, for each run the number of its class; and the frame of aspects."""
    n = len(frames.recordings)
    streams = frames.recordings["streaming"].fillna(True).to_numpy(dtype=bool)
    rows, codes = [], {}
    for aspect in ASPECTS:
        values = aspect.values(frames).reindex(range(n))
        compared = streams if aspect.of_streams else np.ones(n, dtype=bool)
        numbers = pd.factorize(values, use_na_sentinel=False)[0]
        groups = [np.flatnonzero(compared & (numbers == each)).tolist() for each in np.unique(numbers[compared])]
        groups.sort(key=lambda each: (-len(each), each))
        # What came whole agrees with the most frequent stream: it says nothing else.
        codes[aspect.name] = np.where(compared, numbers, numbers[groups[0][0]] if groups else 0)
        rows.append([aspect.name, aspect.title, aspect.level, len(groups), len(groups) > 1, groups])
    classes: dict[Level, np.ndarray] = {}
    together = np.zeros((n, 0), dtype=np.int64)
    for level in _COMPARED:
        mine = [codes[aspect.name] for aspect in ASPECTS if aspect.level == level]
        together = np.column_stack([together, *mine])
        classes[level] = _numbered(together, reference)
    columns = ["aspect", "title", "level", "n_values", "differs", "values"]
    return classes, pd.DataFrame(rows, columns=columns)


def _numbered(codes: np.ndarray, reference: int) -> np.ndarray:
    """Equal rows by equal numbers: the reference's 0, then the most frequent first."""
    _, numbers, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    numbers = numbers.reshape(-1)
    first = numbers[reference]
    order = sorted(range(len(counts)), key=lambda each: (each != first, -counts[each], int(np.argmax(numbers == each))))
    places = np.empty(len(counts), dtype=np.int64)
    places[order] = np.arange(len(counts))
    return places[numbers]


def _about_runs(
    frames: RunFrames, classes: Mapping[Level, np.ndarray], broken: Mapping[int, str], reference: int
) -> pd.DataFrame:
    about = frames.recordings
    finish = frames.choices.sort_values(["run", "choice"], kind="stable").groupby("run")["finish_reason"]
    reasons = finish.agg(_joined)
    n = len(about)
    own: dict[str, Any] = {
        "run": about["run"],
        "recording": about["recording"],
        "path": numbered_paths(about["path"].tolist(), about["exchange"].tolist()),
        "test_id": about["test_id"],
        "model": about["model_served"].fillna(about["model_requested"]),
        **{name: about[name] for name in ("streaming", "n_choices", "n_chunks")},
        "finish": reasons.reindex(range(n)).astype("str"),
        "broken": pd.Series([broken.get(run) for run in range(n)], dtype="str"),
        **{level: classes[level] for level in _COMPARED},
    }
    return pd.DataFrame(own).assign(verdict=[_verdict(run, classes, broken) for run in range(n)])


def _joined(reasons: pd.Series[Any]) -> str:
    return ", ".join("none" if pd.isna(reason) else str(reason) for reason in reasons)


def _verdict(run: int, classes: Mapping[Level, np.ndarray], broken: Mapping[int, str]) -> Verdict:
    level: Level = next((each for each in _COMPARED if classes[each][run]), "incidental")
    # Where all runs are broken alike, nothing about this one is worse.
    return "broken" if run in broken and level != "incidental" else _OF_LEVEL[level]


def _agreement(classes: pd.Series[Any]) -> float:
    n = len(classes)
    sizes = classes.value_counts().to_numpy()
    return float((sizes * (sizes - 1)).sum() / (n * (n - 1)))
