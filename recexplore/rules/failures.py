"""Rules about what went wrong openly: exceptions that were recorded, and errors inside a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.model.counts import count
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.rules.intent import Intent, as_wanted, intent_of
from recexplore.rules.quoting import quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]

_FAILED: Final = {
    "failed": "the model's side failed.",
    "malformed": "what the model wrote is no call or answer that its API could read, and so there is none.",
}
"""What finish reasons of these meanings say."""


class _Failure(NamedTuple):
    """A way in which a request fails, and how it is known: by its status, else by the words of the error.

    Providers give the same failure different statuses: a wrong key is 400 at Gemini and 401 elsewhere, an unknown model 400
    in Responses and 404 in chat. The words count before the status.
    """

    name: str
    statuses: frozenset[int]
    words: str


_ACCIDENTS: Final = (
    _Failure(
        "the model is no longer served",
        frozenset(),
        r"model_(?:decommissioned|deprecated|retired)|\bmodel(?:[^.{};]|\.(?=\w)){0,120}(?:decommissioned|deprecated|retired"
        r"|no longer (?:supported|available)(?! (?:with|when|for|by|if)\b)|end of (?:its )?life)",
    ),
    _Failure(
        "the key was not accepted",
        frozenset([401, 403, 407]),
        r"invalid_api_key|api_key_invalid|api key (?:not valid|expired)|(?:incorrect|invalid|missing) (?:x-)?api.?key"
        r"|authentication_?error|unauthenticated|unauthorized|permission_?(?:denied|error)|accessdenied|unrecognizedclient",
    ),
    _Failure(
        "there is no such model or address",
        frozenset([404]),
        r"model_not_found|not_found_?error|deploymentnotfound|model[^.{}]{0,80}(?:does not exist|is not found|not found)"
        r"|(?:unknown|invalid|no such) model\b|invalid model (?:id|name)|model identifier is invalid|\"NOT_FOUND\"",
    ),
    _Failure(
        "the provider was busy, or a quota was used up",
        frozenset([408, 409, 425, 429]),
        r"rate.?limit|resource_exhausted|insufficient_quota|quota exceeded|exceeded your current quota|too many requests"
        r"|throttling|overloaded|credit balance is too low|billing",
    ),
)
_LOOKED_AT: Final = 4_000
"""Characters of an error that are searched for such words."""
_CATALOGUE: Final = re.compile(r"/(?:models|files|tags|ps|info|version|health)(?:/[^:]*)?$")
"""What lists models and files, or tells of a server."""
_ANSWERED: Final = 400
"""Statuses below say that the request succeeded."""


def _recorded_exception(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    refused = (recordings["status"].fillna(0) >= _ANSWERED).to_numpy(dtype=bool)
    raised = recordings["is_exception"].fillna(False).to_numpy(dtype=bool)
    found = recordings[refused | raised | _errors_alone(streams)]
    if found.empty:
        return
    again = _answered_later(recordings, found)
    for row in rows(found[~_is_foreign(streams, found)]):
        status = None if pd.isna(row.status) else int(row.status)
        error = row.error if isinstance(row.error, str) else ""
        breaks_off = row.n_events > 1 and row.n_choices > 0
        failure = _failure(status, error)
        is_refusal = failure is None and not breaks_off and _is_refusal(status, error)
        if breaks_off and row.ended == "server broke off":
            message = f"The server broke the stream off after {count(row.n_chunks, 'chunk')}."
        elif breaks_off:
            message = f"The recording breaks off with an exception after {count(row.n_chunks, 'chunk')}."
        elif is_refusal:
            by = f" with status {status}" if status else ""
            message = f"The request was refused{by}: the recording holds that refusal and no answer."
        else:
            what = "an exception" if status or row.is_exception is True else "an error"
            message = f"The recording holds {what} and no answer" + (f" (status {status})" if status else "")
            message += f": {failure}." if failure else "."
        severity, why = _severity(row, is_refusal, again.get(row.Index))
        if severity == "error" and _asks_no_model(row):
            severity, why = "warning", " It asked for a list, and no model for an answer."
        last = row.n_chunks - 1 if breaks_off else None
        evidence = quoted(error) if error and error != f"HTTP {status}" else f"status {status}"
        yield Hit(row.Index, f"{message}{why}", chunk=last, evidence=evidence, severity=severity)


def _severity(row: Any, is_refusal: bool, answered: int | None) -> tuple[Severity, str]:
    """How bad it is, and what is said of it: what the test wants decides, where its name tells."""
    if answered is not None:
        return "note", f" It was asked again, and exchange {answered} of the file has the answer."
    match intent_of(row.test_id if isinstance(row.test_id, str) else None, str(row.path)):
        case Intent.FAILURE:
            return "note", " By its name, the test wants a failure."
        case Intent.MAYBE_FAILURE:
            return "warning", ""
        case Intent.ANSWER:
            return "error", " Nothing in the test's name says that a failure is wanted." if is_refusal else ""
    return "warning" if is_refusal else "error", ""


def _asks_no_model(row: Any) -> bool:
    """Whether it only asked what there is."""
    return row.method == "GET" and isinstance(row.endpoint, str) and _CATALOGUE.search(row.endpoint) is not None


def _failure(status: int | None, error: str) -> str | None:
    """Which of the failures it is that say something of keys, addresses and load rather than of the request."""
    if status is not None and status >= 500:
        return None
    said = error[:_LOOKED_AT]
    for each in _ACCIDENTS:
        if re.search(each.words, said, re.IGNORECASE):
            return each.name
    return next((each.name for each in _ACCIDENTS if status in each.statuses), None)


def _is_refusal(status: int | None, error: str) -> bool:
    if status is not None:
        return _ANSWERED <= status < 500
    return (
        re.search(r"invalid_?request|invalid_?argument|bad_?request|validation_?error", error, re.IGNORECASE)
        is not None
    )


def _errors_alone(streams: Streams) -> np.ndarray:
    """Recordings that are an error and nothing else, of which no status was recorded."""
    recordings = streams.recordings
    unsaid = recordings["error"].notna() & recordings["status"].isna() & (recordings["n_choices"] == 0)
    alone = np.array(unsaid, dtype=bool)
    of = np.flatnonzero(alone)
    if of.size:
        # What has an id of its own was made: a run that failed was asked for with success. In a stream the status came
        # before, and was a good one.
        made = np.isin(of, streams.chunks.loc[streams.chunks["id"].notna(), "of"])
        began = streams.streamed[of] & streams.has(of, Trait.GENERATES)
        alone[of] = ~made & ~began & _is_ours(streams, recordings.loc[of])
    return alone


def _is_ours(streams: Streams, recordings: pd.DataFrame) -> np.ndarray:
    """Whether a dialect knows the format, a request asks a model, or it is a stream, as models' answers are."""
    of = recordings.index.to_numpy()
    known_format = np.array([bool(streams.dialects[at].traits) for at in of], dtype=bool)
    return np.asarray(known_format | recordings["model_requested"].notna().to_numpy() | streams.streamed[of])


def _is_foreign(streams: Streams, recordings: pd.DataFrame) -> np.ndarray:
    """Whether it went to a host that serves no model, as far as anybody knows: a page, a picture, a tokenizer, a tracker."""
    elsewhere = [
        isinstance(url, str) and (not isinstance(provider, str) or f"//{provider}/" in f"{url.lower()}/")
        for url, provider in zip(recordings["url"], recordings["provider"], strict=True)
    ]
    return np.asarray(np.array(elsewhere, dtype=bool) & ~_is_ours(streams, recordings))


def _answered_later(recordings: pd.DataFrame, failed: pd.DataFrame) -> dict[int, int]:
    """For requests that were asked again with success in the same file, the exchange that has the answer."""
    same = recordings[recordings["request_hash"].isin(failed["request_hash"].dropna()).to_numpy(dtype=bool)]
    good = same[same["error"].isna() & (same["status"].fillna(0) < _ANSWERED) & ~same["is_exception"].fillna(False)]
    if good.empty:
        return {}
    pairs = (
        failed[["path", "request_hash", "url", "exchange"]]
        .reset_index()
        .merge(
            good[["path", "request_hash", "url", "exchange"]],
            on=["path", "request_hash", "url"],
            suffixes=("", "_good"),
        )
    )
    pairs = pairs[pairs["exchange_good"] > pairs["exchange"]].drop_duplicates("index")
    return dict(zip(pairs["index"].tolist(), pairs["exchange_good"].tolist(), strict=True))


def _inband_error(streams: Streams) -> Iterator[Hit]:
    errors, filters = streams.of_kind("error"), streams.of_kind("filter")
    refused = (streams.recordings["status"].fillna(0) >= _ANSWERED).to_numpy(dtype=bool) | _errors_alone(streams)
    errors = errors[~refused[errors["of"]]].drop_duplicates("of")
    for row in rows(errors):
        message = f"An error came inside the answer, in chunk {row.chunk}, though the request itself succeeded."
        yield _in_answer(streams, row, message, row.text)
    strays = streams.stray_errors
    strays = strays[~strays["of"].isin(errors["of"]) & ~refused[strays["of"].to_numpy(dtype=np.int64)]]
    for row in rows(strays):
        message = (
            f"An error was written into the stream, {row.place}, in a form that its API does not have; most clients do "
        )
        message += "not see it, and take the answer for whole or wait for its end."
        yield _in_answer(streams, row, message, row.text)
    finishes = streams.finishes
    has_failed = finishes["meaning"].isin(_FAILED).to_numpy() & ~finishes["of"].isin(errors["of"]).to_numpy()
    for row in rows(finishes[has_failed] if has_failed.any() else finishes.head(0)):
        message = f"Choice {row.choice} finishes with {quoted(row.finish_reason)}: {_FAILED[row.meaning]}"
        evidence = row.extra if isinstance(row.extra, str) else row.finish_reason
        yield _in_answer(streams, row, message, evidence, int(row.choice))
    skipped = filters[filters["text"].str.contains("content_filter_error", regex=False)].drop_duplicates("of")
    for row in rows(skipped):
        message = "The provider's content filter failed and was skipped; the answer is unfiltered."
        yield Hit(row.of, message, chunk=row.chunk, evidence=quoted(row.text), severity="note")


def _in_answer(streams: Streams, row: Any, message: str, evidence: str, choice: int | None = None) -> Hit:
    test_id, path = streams.recordings.loc[row.of, ["test_id", "path"]]
    severity, why = as_wanted("failure", "error", test_id, path)
    last = getattr(row, "last_chunk", None)
    return Hit(row.of, f"{message}{why}", row.chunk, last, choice=choice, evidence=quoted(evidence), severity=severity)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "recorded-exception",
        "The recording holds an exception",
        "error",
        meaning="Replaying it raises instead of answering.",
        cause="The provider was down, overloaded or refused the request while the recording was made.",
        remedy="Record it again. Where the test wants the failure, keep it and say so: in a `recexplore.toml` beside it "
        "(`[[suppress]]` with `rule`, `files` and `reason`), or in the name of the test.",
        legal="Tests that provoke a failure record it on purpose: where the name of the test or of the file says so "
        "(`invalid`, `error`, `not_found`, `401` and the like) it is a note, where it may be meant a warning. Where "
        "nothing names a test, a refusal of the request (400, 413, 415, 422) is a warning; what speaks of keys, models, "
        "addresses or load, by its status or by its words, what the server did (5xx), and exceptions in mid-stream are "
        "errors. A request that was asked again with success is a note. Hosts that serve no model are not judged; "
        "where a list of models or files was asked for it is a warning at most. "
        "`stream: true` with an answer that was not streamed is no exception.",
        find=_recorded_exception,
        traits=frozenset(),
    ),
    Rule(
        "inband-error",
        "An error inside the answer",
        "error",
        meaning="The HTTP status was 200: clients that look only at it, or only at the text, miss that the answer "
        "failed.",
        cause="The model's server failed after it had begun to answer, or a gateway turned an error into an event.",
        remedy="Handle `error` in every chunk; record it again.",
        legal="Azure's `content_filter_error` only says that a filter was skipped: a note. Comments between events are no "
        "errors, whatever they say. Where the name of the test or of the file wants a failure, it is a warning.",
        find=_inband_error,
        sources=(
            "https://github.com/diegosouzapw/OmniRoute/issues/8210",
            "https://github.com/block/goose/issues/8027",
            "https://github.com/ggml-org/llama.cpp/issues/16104",
        ),
    ),
)
