"""The generations of the hash by which the recorder of llama-stack (now OGX) names its files, as data.

Takes nothing, gives two tables, newest first: what each generation made of a request, and what was done to recordings
afterwards. A fact stands here with the version of the recorder that it was read in; how often each fits real recordings is
in ``docs/matching.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlparse

from recexplore.matching.normalisation import Drops, Leaf, as_sent, rounded, without_ids, without_scores

__all__ = ["CURRENT", "GENERATIONS", "REWRITES", "Generation", "Rewrite"]

_OLLAMA_AND_OPENAI: Final = frozenset({"/api/tags", "/v1/models"})
_PROJECT: Final = frozenset({("extra_body", "project_id"), ("extra_query", "project_id")})
_THREE: Final = _OLLAMA_AND_OPENAI | {"/v1/openai/v1/models"}


@dataclass(frozen=True, slots=True)
class Generation:
    """How one generation of the recorder hashed.

    Attributes
    ----------
    name, since, source
        What it is called here, when it came where that is known, and where it can be read.
    did, change
        What it did that the one before did not; the same as it follows on "before", of a name that is older.
    leaf
        What it made of every value of a body.
    drops
        Given a URL, the keys of a body that it left out.
    shares
        Given the path of a URL, whether all tests share the recording: their id is then not hashed. None: it knew no tests.
    knows_http
        Whether it recorded HTTP requests.
    """

    name: str
    since: str
    source: str
    did: str
    change: str
    leaf: Leaf
    drops: Callable[[str], Drops]
    shares: Callable[[str], bool] | None
    knows_http: bool


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Texts that were replaced in recordings, not in their names: ``undo`` is tried in order to find the hashed text."""

    name: str
    source: str
    did: str
    undo: tuple[tuple[str, str], ...]


def _nothing(url: str) -> Drops:
    return Drops()


def _usage_at_bedrock(url: str) -> Drops:
    return Drops(frozenset({("stream_options",)})) if "bedrock" in urlparse(url).netloc else Drops()


def _project_too(url: str) -> Drops:
    return Drops(_usage_at_bedrock(url).here | _PROJECT, _PROJECT)


def _is_model_list(path: str) -> bool:
    return path == "/api/tags" or path.endswith("/models")


GENERATIONS: Final = (
    Generation(
        "model-lists",
        "2026, after the renaming",
        "ogx-ai/ogx@482c6a5:src/ogx/testing/api_recorder.py",
        "the id of the test is left out for every URL that ends in /models, not only for three known ones",
        "the test was left out for every list of models",
        without_ids,
        _project_too,
        _is_model_list,
        True,
    ),
    Generation(
        "document-ids",
        "2026",
        "ogx-ai/ogx@be1d444:src/ogx/testing/api_recorder.py",
        "ids of documents and citations in file search results are replaced",
        "ids of documents and citations were replaced",
        without_ids,
        _project_too,
        _THREE.__contains__,
        True,
    ),
    Generation(
        "scores",
        "2026",
        "no version of the source is stored; 13 names of real recordings say so",
        "scores and attributes in file search results are replaced",
        "scores in file search results were replaced",
        without_scores,
        _project_too,
        _THREE.__contains__,
        True,
    ),
    Generation(
        "project-id",
        "2026",
        "Artemon-line/llama-stack@c5a41bb:src/llama_stack/testing/api_recorder.py",
        "project_id is left out of extra_body and extra_query",
        "project ids were left out",
        rounded,
        _project_too,
        _THREE.__contains__,
        True,
    ),
    Generation(
        "bedrock",
        "2025 or 2026",
        "llamastack/llama-stack@00b7499:src/llama_stack/testing/api_recorder.py",
        "stream_options are left out where the host is Bedrock's; HTTP requests are recorded",
        "stream options were left out for Bedrock",
        rounded,
        _usage_at_bedrock,
        _THREE.__contains__,
        True,
    ),
    Generation(
        "decimals",
        "end of 2025",
        "llama_stack/testing/api_recorder.py of that time, a copy of which is in the index without its commit",
        "floats and long decimals in texts are rounded to five digits",
        "decimals were rounded",
        rounded,
        _nothing,
        _OLLAMA_AND_OPENAI.__contains__,
        False,
    ),
    Generation(
        "test-id",
        "October 2025",
        "llamastack/llama-stack@00fd27b:llama_stack/testing/api_recorder.py, ogx-ai/ogx#3681",
        "the id of the test is hashed too, but for model lists; file names hold the whole hash",
        "the test was hashed too",
        as_sent,
        _nothing,
        _OLLAMA_AND_OPENAI.__contains__,
        False,
    ),
    Generation(
        "body",
        "July 2025",
        "meta-llama/llama-stack@0a115dd:llama_stack/testing/inference_recorder.py, ogx-ai/ogx#2941",
        "method, path of the URL and body as sent; file names hold the hash's first 12 digits",
        "recordings were named by a hash",
        as_sent,
        _nothing,
        None,
        False,
    ),
)
"""Newest first."""

CURRENT: Final = GENERATIONS[0]

REWRITES: Final = (
    Rewrite(
        "renaming",
        "ogx-ai/ogx#5613; the texts as measured on real recordings",
        "llama-stack became OGX, in the texts of recorded requests and the ids of tests too",
        (
            ("The OGX Contributors 4", "Meta Llama 4"),
            ("X-OGX-Provider-Data", "X-LlamaStack-Provider-Data"),
            ("ogx_and_models", "llama_stack_and_models"),
            ("OGX", "Llama Stack"),
            ("ogx", "llama_stack"),
        ),
    ),
)
"""What was done to recordings afterwards: no request of today has the hash in such a file's name."""
