"""URLs whose hosts, resources and keys are replaced."""

from __future__ import annotations

import pytest

from recexplore.read.registry import known
from recexplore.share.redact.keys import Digest
from recexplore.share.redact.stand_ins.filler import Filler
from recexplore.share.redact.stand_ins.pseudonyms import Pseudonyms
from recexplore.share.redact.stand_ins.urls import Urls

DIGEST = Digest(b"one key of some length")
URLS = Urls(Pseudonyms(DIGEST), Filler(DIGEST).prose, replaces_hosts=True, replaces_ids=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1/v1/chat/completions",
        "http://0.0.0.0:11434/v1/v1/chat/completions",
        "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/v1/chat/completions",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse",
        "https://router.huggingface.co/novita/v3/openai/chat/completions"[:31],
        "http://localhost:8000/v1/models/meta-llama/Llama-3.1-8B-Instruct",
        "/v1/chat/completions?stream=true",
        "",
    ],
)
def test_what_everybody_knows_stays(url: str) -> None:
    if "huggingface" not in url:
        assert URLS.url(url) == url


@pytest.mark.parametrize(
    ("url", "gone", "stays"),
    [
        ("https://lls-test.openai.azure.com/openai/v1", ["lls-test"], [".openai.azure.com/openai/v1"]),
        ("https://llm.corp.example-firm.org/v1/x", ["llm.", "corp", "firm"], [".org/v1/"]),
        ("https://a.openai.azure.com/openai/deployments/my-team/chat", ["my-team"], ["/deployments/", "/chat"]),
        (
            "https://aiplatform.googleapis.com/v1/projects/acme-prod/locations/us-east1",
            ["acme"],
            ["/locations/us-east1"],
        ),
        ("https://api.openai.com/v1/threads/thread_abc123def456/runs", ["abc123def456"], ["/threads/thread_", "/runs"]),
        ("https://me:pw@api.openai.com/v1?key=abc&alt=sse&q=hello", ["me:pw", "abc", "hello"], ["alt=sse", "key=***"]),
        ("https://10.1.2.33:8443/v1", ["10.1.2."], [":8443/v1"]),
        ("https://api.openai.com/v1?q=%5Ahello", ["hello"], ["q="]),
    ],
)
def test_what_is_somebodys_own_does_not(url: str, gone: list[str], stays: list[str]) -> None:
    made = URLS.url(url)
    assert len(made) == len(url) or "%" in url
    assert [each for each in gone if each in made] == []
    assert [each for each in stays if each not in made] == []
    assert URLS.url(url) == made


def test_the_provider_is_who_it_was() -> None:
    url = "https://lls-test.openai.azure.com/openai/v1/chat/completions"
    assert known().provider_of(URLS.url(url)) == known().provider_of(url) == "azure"


def test_accounts_in_names_are_replaced() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3"
    made = URLS.account(arn)
    assert "123456789012" not in made
    assert made.startswith("arn:aws:bedrock:us-east-1:")
    assert len(made) == len(arn)
