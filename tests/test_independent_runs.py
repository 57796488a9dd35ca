"""The runs of the larger corpus, grouped and compared a second time by JSON alone.

Deliberately naive, and nothing of recexplore: a request is its JSON as one text, in which what changes from run to run is
replaced by patterns. Where the two readings disagree, one of them is wrong.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from independent_reading import chunks_of, is_chat, read_chat

import recexplore as rx
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.runs import Runs
from recexplore.corpus import Corpus

LABELS = ("stream_options", "user", "metadata", "prompt_cache_key", "safety_identifier")
SEARCH_RESULT = re.compile(r"\[\d+\] document_id: .*?cite as <\|[^|]*\|>")
ID = re.compile(
    r"(?<![\w-])(?:(?:call_|toolcall-|pyd_ai_)[\w-]+|file-[0-9a-f]{6,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
RENAMED = {"ogx_and": "llama_stack_and", "OGX": "Llama Stack", "ogx": "llama-stack"}


def text_of(method: str | None, path: str, body: Any, *, are_ids_alike: bool = True) -> str:
    """A request as one text, equal where it is the same; or, where ids are not alike, where it is equal to the letter."""
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in LABELS}
        if are_ids_alike:  # llama-stack's account at watsonx
            body.get("extra_body", {}).pop("project_id", None)
            body.get("extra_query", {}).pop("project_id", None)
            body = {name: value for name, value in body.items() if value or not name.startswith("extra_")}
    text = json.dumps([method, path, body], sort_keys=True)
    if not are_ids_alike:
        return text
    numbers: dict[str, int] = {}
    text = SEARCH_RESULT.sub("[search result]", text)
    text = ID.sub(lambda found: f"id {numbers.setdefault(found[0], len(numbers))}", text)
    for new, old in RENAMED.items():
        text = text.replace(new, old)
    return text


def json_of(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return body


def groups(keys: dict[tuple[str, int], str]) -> set[frozenset[tuple[str, int]]]:
    """Files and exchanges with the same text, two and more."""
    same = defaultdict(set)
    for where, text in keys.items():
        same[text].add(where)
    return {frozenset(each) for each in same.values() if len(each) > 1}


def as_groups(found: Runs) -> set[frozenset[tuple[str, int]]]:
    return {frozenset((run.facts["path"], int(run.facts["exchange"])) for run in group) for group in found}


@pytest.fixture(scope="module")
def ogx_runs(ogx: Corpus) -> Runs:
    return rx.runs(ogx)


@pytest.fixture(scope="module")
def comparisons(ogx_runs: Runs) -> list[Comparison]:
    return rx.compare_each(ogx_runs)


@pytest.fixture(scope="module")
def asked(corpus_folder: Path) -> dict[bool, dict[tuple[str, int], str]]:
    """The requests as texts, to the letter and with ids that are alike."""
    texts: dict[bool, dict[tuple[str, int], str]] = {False: {}, True: {}}
    for path in (corpus_folder / "ogx").rglob("*.json"):
        request = json.loads(path.read_bytes())["request"]
        place = request.get("endpoint") or urlsplit(request.get("url", "")).path
        tool = json.dumps([request.get(name) for name in ("payload", "tool_name", "kwargs", "file_id")], sort_keys=True)
        for alike, found in texts.items():
            text = text_of(request.get("method"), place, json_of(request.get("body")), are_ids_alike=alike)
            found[(path.as_posix(), 0)] = text + tool
    return texts


def test_what_is_equal_to_the_letter_is_together(ogx_runs: Runs, asked: dict[bool, dict[tuple[str, int], str]]) -> None:
    number_of = {where: number for number, group in enumerate(as_groups(ogx_runs)) for where in group}
    equal = groups(asked[False])
    assert len(equal) == 87
    for group in equal:
        assert len({number_of.get(where) for where in group}) == 1, sorted(group)
        assert group <= number_of.keys()


def test_what_is_together_is_the_same_request(ogx_runs: Runs, asked: dict[bool, dict[tuple[str, int], str]]) -> None:
    for group in as_groups(ogx_runs):
        assert len({asked[True][where] for where in group}) == 1, sorted(group)


def test_all_runs_are_together(ogx_runs: Runs, asked: dict[bool, dict[tuple[str, int], str]]) -> None:
    assert as_groups(ogx_runs) == groups(asked[True])


def test_cassettes_are_grouped_alike(corpus_folder: Path) -> None:
    keys = {}
    for path in (corpus_folder / "vcr-pydantic-ai").rglob("*.yaml"):
        interactions = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)["interactions"]
        for number, asked in enumerate(each["request"] for each in interactions):
            body = json_of(asked.get("parsed_body") or asked.get("body"))
            keys[(path.as_posix(), number)] = text_of(asked["method"], urlsplit(asked["uri"]).path, body)
    assert as_groups(rx.runs(rx.load(corpus_folder / "vcr-pydantic-ai", progress=False))) == groups(keys)


def test_verdicts_on_chats_are_the_same(comparisons: list[Comparison]) -> None:
    compared = Counter()
    for comparison in comparisons:
        chunks = [chunks_of(Path(run.facts["path"])) for run in comparison.recordings]
        if all(map(is_chat, chunks)):
            assert comparison.verdict == verdict(chunks), comparison.runs["path"].tolist()
            compared[comparison.verdict] += 1
    assert compared == {"other words": 72, "other wire": 24, "identical": 25, "other structure": 13}


def verdict(runs: list[list[dict[str, Any]]]) -> str:
    """What runs come to; of streams with one choice, so that there is nothing to match."""
    answers = [read_chat(chunks)["choices"] for chunks in runs]
    levels = {
        "other structure": [structure(answer) for answer in answers],
        "other words": [json.dumps(answer, default=str) for answer in map(without_ids, answers)],
        "other wire": [json.dumps(wire(chunks), sort_keys=True) for chunks in runs],
    }
    return next((name for name, values in levels.items() if len(set(values)) > 1), "identical")


def structure(answer: dict[int, Any]) -> str:
    return json.dumps(
        [
            [
                number,
                said["finish_reason"],
                *(bool(said[kind]) for kind in ("content", "reasoning", "refusal")),
                [[tool["name"], json_of(tool["arguments"])] for tool in said["tools"].values()],
            ]
            for number, said in sorted(answer.items())
        ],
        sort_keys=True,
    )


def without_ids(value: Any) -> Any:
    """Without what differs every time."""
    if isinstance(value, dict):
        volatile = ("id", "created", "system_fingerprint", "obfuscation", "logprobs")
        return {name: without_ids(each) for name, each in value.items() if name not in volatile}
    return [without_ids(each) for each in value] if isinstance(value, list) else value


def wire(chunks: list[dict[str, Any]]) -> Any:
    return without_ids(chunks)
