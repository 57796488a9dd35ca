"""The runs of a corpus: which recordings say the same, or nearly so, and are answers to one request.

Takes `Streams`, gives tables with a row a recording. What a rule looks for is found first, in answers of the same model at
the same place; only of those recordings is asked whether their requests are the same, for that reads their files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from recexplore.model.kinds import CHOICE_TEXTS
from recexplore.model.traits import Trait
from recexplore.rules.streams import Streams

__all__ = [
    "alike",
    "answers_of_runs",
    "choice_digests",
    "peer_digests",
    "peers_of",
    "reference_value",
    "together",
    "unlike",
]

_PEERS: Final = ["provider", "dialect", "model_requested", "model_served", "n_requested"]
"""In these runs of one request agree whose answers can be held against one another."""
_ASKED: Final = [
    "tools",
    "tool_choice",
    "parallel_calls",
    "response_format",
    "json_type",
    "stop",
    "logprobs",
    "max_tokens",
    "reasoning",
]
"""In these they agree because their requests are the same."""
_TEXTS: Final = list(CHOICE_TEXTS)


def answers_of_runs(streams: Streams) -> pd.DataFrame:
    """The answers that can be compared, with a row each: not failed, not cut off by the end of their file.

    ``of``; ``peers``, a number that runs of one request have in common; ``n`` choices; ``said``, a digest of all choices,
    and ``unordered``, one in which their numbers do not count; ``is_done``, whether every choice finished; ``is_whole``,
    whether it came at once.
    Empty where nobody can tell which requests are the same.
    """
    recordings = streams.recordings
    names = ["of", "peers", "n", "said", "unordered", "is_done", "is_whole"]
    if streams.identities is None:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in names})
    digests = choice_digests(streams)
    of = streams.choices["of"].to_numpy()
    number = (2 * streams.choices["choice"].fillna(0).to_numpy(dtype=np.int64) + 1).astype(np.uint64)
    n = np.bincount(of, minlength=len(recordings))
    speaks = np.zeros(len(recordings), dtype=bool)
    speaks[of[(streams.choices[[f"{name}_chars" for name in _TEXTS]].sum(axis=1) > 0).to_numpy(dtype=bool)]] = True
    speaks[streams.tool_calls["of"].to_numpy()] = True
    sound = recordings["error"].isna().to_numpy() & speaks & streams.fits([Trait.GENERATES])
    sound[streams.damaged] = False
    done = np.ones(len(recordings), dtype=bool)
    done[streams.unfinished] = False
    answers = pd.DataFrame(
        {
            "of": np.arange(len(recordings)),
            "peers": peers_of(recordings, streams.requests),
            "n": n,
            "said": _sums(digests * number, of, len(recordings)),
            "unordered": _sums(digests, of, len(recordings)),
            "is_done": done,
            "is_whole": ~streams.streamed,
        }
    )
    found: pd.DataFrame = answers[sound]
    return found


def peers_of(recordings: pd.DataFrame, requests: pd.DataFrame) -> np.ndarray:
    """A number for each recording, equal where two may be runs of one request that are held against one another."""
    numbers: np.ndarray = pd.factorize(peer_digests(recordings, requests))[0]
    return numbers


def peer_digests(recordings: pd.DataFrame, requests: pd.DataFrame) -> np.ndarray:
    """The same as numbers that are equal wherever else such recordings are."""
    facts = pd.concat([recordings[_PEERS], requests[_ASKED]], axis=1)
    digests: np.ndarray = pd.util.hash_pandas_object(facts, index=False).to_numpy()
    return digests


def choice_digests(streams: Streams) -> np.ndarray:
    """A number for all that a choice says: equal where its texts and its calls are, by name and arguments as written."""
    choices, calls = streams.choices, streams.tool_calls
    digests: np.ndarray = pd.util.hash_pandas_object(choices[_TEXTS].fillna(""), index=False).to_numpy().copy()
    if len(calls):
        place = calls.groupby("key").cumcount().to_numpy().astype(np.uint64)
        of_calls = pd.util.hash_pandas_object(calls[["name", "arguments"]].fillna(""), index=False).to_numpy()
        row = pd.Index(choices["key"]).get_indexer(calls["key"])
        known = row >= 0
        np.add.at(digests, row[known], (of_calls * (np.uint64(2) * place + np.uint64(3)))[known])
    return digests


def _sums(values: np.ndarray, of: np.ndarray, n: int) -> np.ndarray:
    sums = np.zeros(n, dtype=np.uint64)
    np.add.at(sums, of, values)
    return sums


def alike(answers: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The answers that are equal to another one in some columns."""
    found: pd.DataFrame = answers[answers.duplicated(list(by), keep=False).to_numpy(dtype=bool)]
    return found


def unlike(answers: pd.DataFrame, by: Sequence[str], differing: str) -> pd.DataFrame:
    """The answers that are equal to another one in some columns and differ in another column; missing values do not."""
    if answers.empty:
        return answers
    return answers[(answers.groupby(list(by))[differing].transform("nunique") > 1).to_numpy(dtype=bool)]


def together(
    streams: Streams, answers: pd.DataFrame, by: Sequence[str], same: Literal["key", "read"] = "key"
) -> Iterator[pd.DataFrame]:
    """The answers to one request each, of those that are equal in some columns; two at least, in their order."""
    asked = streams.asked(answers["of"])
    keys = [getattr(asked[of], same) if of in asked else None for of in answers["of"]]
    known = answers.assign(request=pd.Series(keys, index=answers.index, dtype=object)).dropna(subset=["request"])
    for _, mine in known.groupby([*by, "request"], sort=False):
        if len(mine) > 1:
            yield mine


def reference_value(runs: pd.DataFrame, name: str) -> object:
    """What most runs of one request have in a column; of two that are as frequent, that of an answer that came whole, which
    no gateway put together, then that of the first."""
    votes = runs.groupby(name, sort=False).agg(n=("of", "size"), whole=("is_whole", "max"), first=("of", "min"))
    return votes.sort_values(["n", "whole", "first"], ascending=[False, False, True], kind="stable").index[0]
