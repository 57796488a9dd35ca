"""Streams rebuilt from public bug reports, each with a healthy sibling: the one has to be told, the other left alone.

``tests/reports/NAME-NUMBER`` is named after the repository and the issue; texts, ids and names are made up.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import pytest

import recexplore
from recexplore.corpus import Corpus

FOLDER: Final = Path(__file__).parent / "reports"


class Told(NamedTuple):
    """A finding: its rule, severity, and chunks; the choice, where it matters; what its message has to say."""

    rule: str
    severity: str
    chunk: int | None
    last_chunk: int | None = None
    choice: int | None = None
    words: str = ""


BROKEN: Final[dict[str, tuple[Told, ...]]] = {
    "9router-3492/broken.yaml": (Told("sse-frame", "error", 0, words="without `data:`"),),
    "anthropicpy-1940/broken.sse": (Told("anthropic-lifecycle", "warning", 5, words="tool_use"),),
    "betterccflare-233/broken.sse": (Told("responses-lifecycle", "error", 4, 6, 0, "no string"),),
    "bifrost-4899/broken.sse": (Told("responses-lifecycle", "warning", 1, 10, words="sequence_number is 0"),),
    "ccswitch-320/broken.sse": (Told("anthropic-lifecycle", "error", 0, words="content"),),
    "cliproxy-2626/broken.yaml": (Told("responses-lifecycle", "error", 6, words="no items in `output`"),),
    "codexproxy-602/broken.sse": (Told("responses-lifecycle", "error", 10, words="no items in `output`"),),
    "foundrylocal-144/broken.sse": (Told("choice-index", "error", 1, 4, words="rises"), Told("id-drift", "error", 1)),
    "bifrost-6427/broken.sse": (Told("stutter", "warning", 1, 10, 0),),
    "ccswitch-6319/broken.sse": (Told("think-duplicate", "warning", 1, 3, 0, "begins with all of its reasoning"),),
    "floway-481/broken.yaml": (Told("logprobs", "warning", 1, 3, 0, "without log probabilities"),),
    "fms-477/broken.yaml": (Told("logprobs", "warning", 0, 1, 0, "a later one says"),),
    "hermes-5331/broken.jsonl": (Told("tool-id", "error", 2),),
    "imp-754/broken.har": (Told("burst", "warning", 1, 12),),
    "kelivo-1003/broken.sse": (Told("after-finish", "error", 2, 3, 0, "26 characters"),),
    "lens-49/broken.sse": (Told("tool-merged", "error", 3),),
    "litellm-3276/broken-norequest.sse": (Told("choice-index", "warning", 1, 5, 0, "two answers under number 0"),),
    "litellm-3276/broken.yaml": (Told("choice-index", "error", 1, 5, 0, "two answers under number 0"),),
    "litellm-33224/broken.sse": (Told("anthropic-lifecycle", "error", 2),),
    "litellm-37792/broken.yaml": (
        Told("id-drift", "error", 1),
        Told("tool-merged", "error", 2),
        Told("tool-args", "error", 1, 2, 0, "an object"),
        Told("tool-finish", "warning", 3),
    ),
    "litellm-38153/broken.sse": (Told("anthropic-lifecycle", "error", 1),),
    "litellm-39288/broken.sse": (Told("inband-error", "error", 1),),
    "litellm-39965/broken.yaml": (Told("cumulative-delta", "error", 4, 4, 0, "again"),),
    "llamacpp-16104/broken.sse": (Told("inband-error", "error", 1),),
    "macprovider-186/broken.sse": (Told("no-finish", "error", 4),),
    "macprovider-743/broken.yaml": (Told("special-token", "error", 0, 0, 0, "assistantfinal"),),
    "ohmypi-10575/broken.sse": (Told("think-tags", "warning", 1, 4),),
    "ohmypi-1779/broken.jsonl": (Told("tool-args", "error", 1, 1, 0, "an object"),),
    "openclaw-97474/broken.sse": (Told("sse-frame", "error", 0, 5, words="twice"),),
    "opencode-25858/broken.sse": (Told("sse-frame", "error", 2, 3, words="breaks off"),),
    "opencode-27365/broken-all.sse": (Told("sse-frame", "error", 0, None, None, "blank line"),),
    "opencode-27365/broken.sse": (Told("sse-frame", "error", 1, 2, None, "blank line"),),
    "openwebui-22235/broken-args.jsonl": (Told("tool-merged", "error", 3),),
    "openwebui-22235/broken-name.jsonl": (Told("tool-name", "warning", 2, 3, 0, "3 times"),),
    "openwebui-29860/broken.sse": (Told("cumulative-delta", "warning", 4, 4, 0, "again"),),
    "osa-234/broken.sse": (Told("unicode", "warning", 1, 2, 0, "4 places"),),
    "pi-8959/broken.sse": (
        Told("responses-lifecycle", "error", 2, 4),
        Told("responses-lifecycle", "error", 4, 5),
    ),
    "qwencode-2402/broken.sse": (Told("finish-repeated", "note", 3, 3, 0),),
    "qwencode-3896/broken.har": (Told("cumulative-delta", "error", 2, 8, 0),),
    "rapidmlx-1559/broken.sse": (Told("tool-args", "error", 2),),
    "ray-62246/broken.sse": (Told("sse-frame", "note", 5, None, None, "[DONE]"),),
    "sglang-39260/broken.json": (Told("logprobs", "warning", 1, 2, 0, "top_logprobs"),),
    "sglang-8417/broken.json": (Told("no-finish", "error", 2, 2, 0),),
    "sub2api-4468/broken.sse": (
        Told("responses-lifecycle", "warning", 3, words="never added"),
        Told("responses-lifecycle", "error", 8, words="no items in `output`"),
    ),
    "trpc-1649/broken.sse": (Told("anthropic-lifecycle", "warning", 1, 3, 0, "already"),),
    "tgi-1782/broken.sse": (Told("id-drift", "note", 0, 0, None, "no id"),),
    "vercel-1066/broken.har": (Told("stall", "warning", 6, 19),),
    "verifiers-2164/broken.sse": (Told("responses-lifecycle", "error", 3, 6, 0, "already"),),
    "vllm-40816/broken.json": (Told("empty-answer", "error", 4, 4, 0, "switched reasoning off"),),
    "vllm-44898/broken.json": (Told("think-orphan", "warning", 3),),
    "vllm-53269/broken.json": (Told("tool-args", "error", 6, 7, 0, "24"),),
    "vllmmlx-109/broken.json": (Told("unicode", "error", 1, 2),),
    "chatmock-114/broken.yaml": (Told("after-finish", "error", 4, 4, 0, "“tool_calls”"),),
    "goose-10023/broken.json": (Told("tool-index", "warning", 1, 2, 0),),
    "llamacpp-14101/broken.yaml": (Told("tool-as-text", "error", 2, 5, 0, "beside the call"),),
    "llamaswappo-13/broken.jsonl": (Told("finish-value", "warning", 1, 1, 0),),
    "localoperator-223/broken.yaml": (Told("inband-error", "error", 3, 3, None, "Provider disconnected"),),
    "opencode2api-17/broken.yaml": (Told("tool-id", "error", 2),),
    "pi-9681/broken.sse": (Told("tool-finish", "error", 1, 1, 0),),
    "portkey-1180/broken.sse": (Told("usage-missing", "note", 0),),
    "rapidmlx-480/broken.yaml": (Told("tool-as-text", "error", 1, 5, 0, "get_weather"),),
    "tgi-2344/broken.jsonl": (Told("finish-value", "warning", 3, 3, 0),),
    "unsloth-6570/broken.yaml": (Told("stream-mismatch", "warning", None, None, None, "`stream: false`"),),
    "vllm-3572/broken.yaml": (Told("stop-ignored", "error", 2, 2, 0, "“DE”"),),
    "vllm-53363/broken.yaml": (Told("tool-finish", "error", 0, 0, 0, "“required”"),),
    "vllm-9693/broken.yaml": (Told("tool-schema", "error", 1, 1, 0, "`$.n1` is missing"),),
    "vllmmlx-635/broken.yaml": (Told("json-format", "warning", 1, 2, 0, "an array"),),
    "gpustack-513/broken.yaml": (Told("embedding-inputs", "error", 0, words="1 embedding came for 2 inputs"),),
    "xberg-1302/broken.yaml": (Told("embedding-inputs", "error", 0, words="number 2 is missing"),),
    "lmstudio-756/broken.yaml": (Told("embedding-inputs", "warning", 0, words="base64"),),
    "llamacpp-899/broken.yaml": (Told("embedding-inputs", "warning", 0, words="nothing but zeros"),),
    "litellm-25825/broken.yaml": (Told("length-cut", "warning", 5, choice=0, words="exactly the 20 tokens"),),
    "envoy-1631/broken.yaml": (Told("usage-arith", "warning", 5, words="an earlier report of the same answer 1,500"),),
    "trtllm-2406/broken.yaml": (Told("logprobs", "warning", 1, 4, 0, "cannot both be certain"),),
    "lmdeploy-4754/broken.yaml": (
        Told("think-nested", "warning", 3, 6, 0, "stands inside the reasoning"),
        Told("empty-answer", "warning", 7),
    ),
    "intenserp-33/broken.yaml": (Told("think-tags", "warning", 1, 4, 0, "begins with “think>”"),),
    "s2s-416/broken.jsonl": (Told("realtime-lifecycle", "error", 5, words="no items in `output`"),),
    "vllm-47916/broken.yaml": (Told("responses-lifecycle", "error", 7, words="“call_zz”"),),
    "ollamavscode-61/broken.json": (Told("no-finish", "error", 2, choice=0, words="not that it is done"),),
    "nenya-17/broken.yaml": (Told("sse-frame", "error", 0), Told("inband-error", "error", 1)),
    "halogen-67/broken.sse": (Told("think-duplicate", "warning", 2, 5, 0, "as reasoning and as its summary"),),
}
"""What has to be said of each, errors and warnings complete; notes only where the report is about one."""

HEALTHY: Final = sorted(
    str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/healthy*") if path.parent.name != "ogx-5252"
)


@cache
def found_together() -> tuple[Corpus, pd.DataFrame]:
    """All streams, and what is told of them, each named outright; what only runs of one request show is left out."""
    corpus = recexplore.load([FOLDER / name for name in (*BROKEN, *HEALTHY)], progress=False)
    findings = recexplore.check(corpus, ignore=["run-*"])
    assert "failed" not in findings.attrs, findings.attrs
    return corpus, findings


def found_in(name: str) -> pd.DataFrame:
    corpus, findings = found_together()
    paths = corpus.recordings.set_index("recording")["path"]
    return findings[findings["recording"].map(paths) == str(FOLDER / name)]


@pytest.mark.parametrize("name", sorted(BROKEN)[::8])
def test_alone_it_is_told_the_same(name: str) -> None:
    alone = recexplore.load(FOLDER / name, progress=False).findings.drop(columns="recording")
    pd.testing.assert_frame_equal(alone, found_in(name).drop(columns="recording").reset_index(drop=True))


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_it_is_told_where_it_is(name: str) -> None:
    findings = found_in(name)
    for told in BROKEN[name]:
        mine = findings[(findings["rule"] == told.rule) & (findings["severity"] == told.severity)]
        assert not mine.empty, f"{told.rule} is silent, or as bad as something else: {said(findings)}"
        fits = [
            row
            for row in mine.itertuples()
            if (told.chunk is None or (not pd.isna(row.chunk) and row.chunk <= told.chunk))
            and (told.last_chunk is None or row.last_chunk >= told.last_chunk)
            and (told.chunk is None or row.last_chunk >= told.chunk)
            and (told.choice is None or row.choice == told.choice)
            and told.words in f"{row.message} {row.evidence}"
        ]
        assert fits, said(mine)


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_nothing_else_is_blamed(name: str) -> None:
    findings = found_in(name)
    bad = findings[findings["severity"] != "note"]
    wanted = {(told.rule, told.severity) for told in BROKEN[name] if told.severity != "note"}
    assert set(zip(bad["rule"], bad["severity"].astype(str), strict=True)) == wanted, said(bad)


@pytest.mark.parametrize("name", HEALTHY)
def test_the_healthy_sibling_is_silent(name: str) -> None:
    findings = found_in(name)
    bad = findings[findings["severity"] != "note"]
    assert bad.empty, said(bad)


def test_every_report_is_here() -> None:
    broken = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/broken*")}
    assert broken == set(BROKEN)


def said(findings: pd.DataFrame) -> str:
    return findings[["rule", "severity", "chunk", "last_chunk", "choice", "message"]].to_string()
