"""The table of kinds: that it is whole."""

from __future__ import annotations

import pytest

from recexplore.model.colours import GREY
from recexplore.model.kinds import KINDS, LEGEND, LETTERS, TABLE, Kind


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_every_row_says_how_the_kind_is_shown(kind: Kind) -> None:
    assert kind.meaning.endswith(".")
    assert kind.letter in {each.letter for each in LETTERS}
    assert (kind.colour is not GREY) == bool(kind.legend), "a colour of its own needs a legend that explains it"
    assert not (kind.joined_in and not kind.is_payload), "only parts of the answer are joined"


def test_names_letters_and_places_in_legends_are_given_once() -> None:
    assert len(set(KINDS)) == len(KINDS)
    assert len({each.letter for each in LETTERS}) == len(LETTERS)
    assert len({kind.legend for kind in LEGEND}) == len(LEGEND)
