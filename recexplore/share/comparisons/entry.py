"""One request of an outcome, with its runs: what they are called, by which of them the others are told, and what they say.

Takes a `Comparison` and what is known beside it, gives an `Entry`, from which every report is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from recexplore.comparison.answer_texts import TextPieces, TextPlace, every_piece
from recexplore.comparison.changes import Status, is_at_least
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.levels import ComparedLevel, Verdict, outcome_of
from recexplore.corpus import Recording
from recexplore.corpus.ids import hashed_id
from recexplore.matching.difference import Difference
from recexplore.model.colours import AMBER, GREEN, VERMILION, Colour
from recexplore.share.comparisons.file_names import short_names

__all__ = ["SIDES", "STATUS_COLOURS", "Entry"]

SIDES: Final = ("before", "after")

STATUS_COLOURS: Final[Mapping[str, Colour]] = {"request changed": AMBER, "removed": VERMILION, "added": GREEN}
"""The colours of what became of a request, where its verdict does not say it."""


@dataclass(frozen=True)
class Entry:
    """One request and its runs.

    Attributes
    ----------
    name
        The file; of runs of one request the test that asked, or the request.
    title
        What was asked, shortly.
    status
        What became of it from one side to the other; None where its runs stand for themselves.
    sides
        For each run ``before`` or ``after``; "" where its runs stand for themselves.
    recordings
        The runs, in the order of ``comparison``.
    comparison
        None where there is nothing to compare with, or where the files are equal byte by byte.
    level
        The weightiest level in which the runs, or the two sides, differ.
    differing
        The titles of the aspects in which they differ, the weightiest first.
    left_out
        What the requests hold and are not compared by.
    request
        In what the requests of a pair differ.
    note
        What has to be known beside that.
    side_names
        What the sides are called where runs are named.
    told_apart_by
        The lightest level in which runs have to agree to be one answer, where there are but few answers then.
    """

    name: str
    title: str
    status: Status | None
    sides: tuple[str, ...]
    recordings: tuple[Recording, ...]
    comparison: Comparison | None
    verdict: Verdict | None
    level: ComparedLevel | None
    differing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    request: tuple[Difference, ...] = ()
    note: str = ""
    side_names: tuple[str, str] = SIDES
    told_apart_by: ComparedLevel = "text"

    def differs(self, level: ComparedLevel) -> bool:
        """Whether it differs in this level or a weightier one, or asks something else, or has no counterpart."""
        return self.status in ("request changed", "added", "removed") or is_at_least(self.level, level)

    @property
    def heading(self) -> str:
        """The first word of it: what its answers come to, or what became of its request."""
        return str(self.status if self.status in STATUS_COLOURS else self.verdict)

    @property
    def colour(self) -> Colour:
        """The colour of its heading."""
        status = STATUS_COLOURS.get(self.heading)
        return outcome_of(self.verdict or "identical").colour if status is None else status

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known beside its name, line by line."""
        not_compared = f"Not compared: {', '.join(self.left_out)}" if self.left_out else ""
        return tuple(filter(None, [self.title if self.title != self.name else "", self.note, not_compared]))

    @property
    def is_pair(self) -> bool:
        """Whether it is one recording before and one after: all is told by what was before."""
        return self.sides == SIDES and self.comparison is not None

    @property
    def reference(self) -> int:
        """The run by which the others are told: of a pair what was before, else the comparison's."""
        return 0 if self.is_pair or self.comparison is None else self.comparison.reference

    @cached_property
    def texts(self) -> Mapping[TextPlace, Sequence[str]]:
        """Every text by its place: of each run, "" where it has none."""
        comparison = self.comparison
        return {} if comparison is None else {place: comparison.texts(*place) for place in comparison.places}

    @cached_property
    def pieces(self) -> Mapping[TextPlace, Mapping[int, TextPieces]]:
        """How every text was cut, by its place and the run."""
        return {} if self.comparison is None else every_piece(self.comparison.frames)

    @cached_property
    def labels(self) -> list[str]:
        """What each run is called: of a pair the name of its side; of more its id, name or path, whichever tells all runs
        apart, with the side; as in the comparison where there are no sides."""
        if self.is_pair:
            return list(self.side_names)
        about = None if self.comparison is None else self.comparison.runs
        if about is not None and not any(self.sides):
            return list(about["name"])
        paths = [each.facts["path"] for each in self.recordings] if about is None else about["path"].tolist()
        namings = [each.id for each in self.recordings], [each.name for each in self.recordings], paths
        names = min((self._with_sides(each) for each in namings), key=lambda each: len(each) - len(set(each)))
        times = Counter(names)
        numbers: Counter[str] = Counter()
        labels = []
        for name in names:
            numbers[name] += 1
            labels.append(f"{name} [{numbers[name]}]" if times[name] > 1 else name)
        return labels

    def named(self, run: int) -> str:
        """What a run is called, and the end of its file's name where that is not said by it."""
        file = self._files[run]
        return f"{self.labels[run]} ({file})" if file else self.labels[run]

    @cached_property
    def _files(self) -> list[str]:
        """The file of each run as briefly as tells it from the others; "" where a label holds it: only ids of files that
        begin alike do not."""
        if self.is_pair:
            return [""] * len(self.labels)
        paths = [str(each.facts["path"]) for each in self.recordings]
        shown = [hashed_id(each.id) is not None for each in self.recordings]
        names = short_names(paths)
        return [
            name if is_hashed and path.rpartition("/")[2] not in label else ""
            for name, path, label, is_hashed in zip(names, paths, self.labels, shown, strict=True)
        ]

    def _with_sides(self, names: Sequence[str]) -> list[str]:
        sides = dict(zip(SIDES, self.side_names, strict=True))
        return [f"{name} ({sides[side]})" if side else name for name, side in zip(names, self.sides, strict=True)]
