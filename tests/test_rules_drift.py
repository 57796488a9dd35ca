"""What should stay the same along a stream: an id that is none, and what only looks like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, says, whole

import recexplore

END = chunk(choice({}, finish_reason="stop"))
FILTER: dict[str, Any] = {**chunk(prompt_filter_results=[{"prompt_index": 0}]), "id": ""}


def told(*chunks: dict[str, Any]) -> list[tuple[str, str]]:
    findings = recexplore.check(recexplore.from_chunks(list(chunks)), select=["id-drift"])
    assert "failed" not in findings.attrs
    return list(findings[["severity", "message"]].itertuples(index=False, name=None))


def test_an_id_that_is_empty_everywhere_is_noted() -> None:
    chunks = [{**each, "id": ""} for each in (says("Elm "), says("bends."), END)]
    assert told(*chunks) == [("note", "The answer has no id: it is an empty string in all 3 chunks.")]


@pytest.mark.parametrize(
    "chunks",
    [
        [FILTER, says("Elm"), END],
        [FILTER],
        [{name: value for name, value in each.items() if name != "id"} for each in (says("Elm"), END)],
        [{**each, "id": None} for each in (says("Elm"), END)],
        [{**each, "id": "rec-1"} for each in (says("Elm"), END)],
    ],
    ids=["Azure's first chunk", "nothing else", "left out", "null", "a recorder's"],
)
def test_ids_that_are_legal(chunks: list[dict[str, Any]]) -> None:
    assert told(*chunks) == []


def test_a_whole_answer_without_an_id(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(whole({"role": "assistant", "content": "Elm"}, id="")))
    findings = recexplore.check(recexplore.load(path, progress=False), select=["id-drift"])
    assert findings["message"].tolist() == ["The answer has no id: it is an empty string."]


def of_models(
    asked: str, served: str, url: str = "https://gateway.example.com/v1/chat/completions", **request: Any
) -> list[str]:
    chunks = [{**each, "model": served} for each in (says("Elm", role="assistant"), END)]
    corpus = recexplore.from_chunks(chunks, request={"model": asked, "messages": [], **request}, url=url)
    return recexplore.check(corpus, select=["model-drift"])["severity"].astype(str).tolist()


SAME = """
llama3.3-70b llama-3.3-70b
databricks-claude-3-7-sonnet us.anthropic.claude-3-7-sonnet-20250219-v1:0
databricks-meta-llama-3-3-70b-instruct meta-llama-3.3-70b-instruct-121024
Qwen/Qwen3-Coder-480B-A35B-Instruct:cerebras qwen-3-coder-480b
openai/gpt-oss-20b:free gpt-oss-20b
gemini-2.5-flash-preview-05-20 gemini-2.5-flash
gemini-2.5-pro-preview-03-25 models/gemini-2.5-pro
gemini-2.0-flash-exp gemini-2.0-flash
eu.anthropic.claude-sonnet-4-20250514-v1:0 claude-sonnet-4-20250514
meta-llama/Llama-3.1-8B-Instruct llama-3.1-8b
openrouter/auto grok-4
"""
OTHERS = """
gpt-5-nano o4-mini-2025-04-16 warning
grok-4 gemini-2.5-pro warning
gpt-4o gpt-4o-mini-2024-07-18 warning
gpt-5-nano-2025-08-07 gpt-5-mini warning
us.anthropic.claude-3-5-sonnet-20240620-v1:0 anthropic.claude-3-haiku-20240307-v1:0 warning
meta-llama/Llama-3.3-70B-Instruct llama-3.1-8b-instant warning
mixtral-8x7b mixtral-8x22b warning
claude-3-5-sonnet-latest claude-3-7-sonnet-20250219 note
deepseek-chat deepseek-v4-flash note
mistral-tiny open-mistral-7b note
gpt-4 gpt-4o note
fast gpt-4o-mini note
my-gpt other note
o1 o1-preview note
gemini-2.5-flash gemini-2.5-flash-preview-05-20 note
"""


@pytest.mark.parametrize("pair", SAME.split("\n")[1:-1])
def test_two_names_of_one_model(pair: str) -> None:
    asked, served = pair.split()
    assert of_models(asked, served) == []


@pytest.mark.parametrize("pair", OTHERS.split("\n")[1:-1])
def test_names_of_two_models(pair: str) -> None:
    asked, served, severity = pair.split()
    assert of_models(asked, served) == [severity]


def test_models_that_are_called_as_their_owners_like() -> None:
    for path in ("openai/deployments/gpt-35-turbo/chat/completions", "openai/v1/chat/completions"):
        assert of_models("gpt-35-turbo", "gpt-4o-mini", f"https://mine.openai.azure.com/{path}") == []
    assert of_models("grok-4", "gpt-4o", models=["grok-4", "openai/gpt-4o"]) == []
