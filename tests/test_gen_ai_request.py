"""What a request asked for, in the words of OpenTelemetry."""

from __future__ import annotations

from typing import Any

import pytest
import synthetic
from run_kit import loaded

from recexplore.model.plain_values import plain
from recexplore.read.registry import known
from recexplore.share.exports.gen_ai_request import request_attributes


def attributes(request: dict[str, Any]) -> dict[str, Any]:
    (recording,) = loaded(synthetic.recording([synthetic.wrapped(synthetic.says("Hi"))], request=request))
    return request_attributes(recording, {str(name): plain(value) for name, value in recording.facts.items()})


@pytest.mark.parametrize("place", [None, *known().request.settings])
def test_settings_stand_where_some_api_has_them(place: str | None) -> None:
    settings = {"temperature": 0.5, "topK": 7, "seed": 1.5}
    asked = attributes({"model": "m", **(settings if place is None else {place: settings})})
    assert asked["gen_ai.request.temperature"] == 0.5
    assert asked["gen_ai.request.top_k"] == 7
    assert "gen_ai.request.seed" not in asked


def test_elsewhere_they_are_none() -> None:
    assert "gen_ai.request.temperature" not in attributes({"model": "m", "metadata": {"temperature": 0.5}})
