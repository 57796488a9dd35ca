from __future__ import annotations

from typing import Any

import pytest

from recexplore.capture.in_process.replaced_method import Method, ReplacedMethod


def louder(method: Method) -> Method:
    return lambda self: f"{method(self)}!"


@pytest.fixture
def owner() -> Any:
    class Owner:
        def say(self) -> str:
            """Says it."""
            return "a"

    return Owner


def test_a_method_is_replaced_and_restored(owner: Any) -> None:
    original = owner.say
    method = ReplacedMethod(owner, "say", louder)
    assert owner.say is original

    method.put()
    assert owner().say() == "a!"
    assert (owner.say.__name__, owner.say.__doc__) == ("say", "Says it.")

    method.restore()
    assert vars(owner)["say"] is original


def test_it_is_put_once(owner: Any) -> None:
    method = ReplacedMethod(owner, "say", louder)
    method.put()
    method.put()
    assert owner().say() == "a!"

    method.restore()
    method.restore()
    assert owner().say() == "a"


def test_what_others_put_in_its_place_stays_and_it_is_not_put_twice(owner: Any) -> None:
    method = ReplacedMethod(owner, "say", louder)
    method.put()
    ours = owner.say
    owner.say = lambda self: f"<{ours(self)}>"

    method.restore()
    assert owner().say() == "<a!>"
    method.put()
    assert owner().say() == "<a!>"

    owner.say = ours
    method.restore()
    assert owner().say() == "a"


def test_what_others_took_away_is_put_again(owner: Any) -> None:
    original = owner.say
    method = ReplacedMethod(owner, "say", louder)
    method.put()
    owner.say = original

    method.put()
    assert owner().say() == "a!"


def test_what_others_put_there_before_is_restored(owner: Any) -> None:
    method = ReplacedMethod(owner, "say", louder)
    owner.say = other = lambda self: "b"
    method.put()
    assert owner().say() == "b!"

    method.restore()
    assert owner.say is other


def test_a_class_without_the_method(owner: Any) -> None:
    with pytest.raises(KeyError, match="ask"):
        ReplacedMethod(owner, "ask", louder)
