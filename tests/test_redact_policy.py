"""What is replaced, as plain data."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from recexplore.share.redact.policy import TEXTS, Policy, policy_of

OTHER = {"texts": "kept", "names": "filler", "numbers": "kept", "ids": "kept", "hosts": "kept", "media": "kept"}


def test_a_word_is_the_usual_policy_with_texts_treated_so() -> None:
    assert policy_of(None) == Policy()
    assert [policy_of(texts).texts for texts in TEXTS] == list(TEXTS)
    assert policy_of("kept") == replace(Policy(), texts="kept")
    own = Policy(ids="kept")
    assert policy_of(own) is own


@pytest.mark.parametrize("name", OTHER)
def test_a_word_that_there_is_not(name: str) -> None:
    with pytest.raises(ValueError, match=f"policy: {name} is one of .*, not 'hidden'"):
        Policy(**{name: "hidden"})  # type: ignore[arg-type]


def test_every_choice_has_a_digest_of_its_own() -> None:
    policies = [Policy(), *(Policy(**{name: word}) for name, word in OTHER.items())]  # type: ignore[arg-type]
    policies.append(Policy(headers=frozenset(["x-a"])))
    assert len(policies) == len(fields(Policy)) + 1
    assert len({each.digest for each in policies}) == len(policies)


def test_equal_policies_have_one_digest_and_are_json() -> None:
    one, other = (Policy(headers=frozenset(each)) for each in (["x-a", "x-b"], ["x-b", "x-a"]))
    assert one.digest == other.digest
    assert json.loads(json.dumps(one.as_json()))["headers"] == ["x-a", "x-b"]
