"""The defect of a rule in what a replay answers.

Takes the id of a rule and a seed, gives what makes another answer of a recording's. A defect counts where its rule tells
it: of what chance proposes, that is taken in which the rule finds more than in the answer as it was. The same seed gives the
same bytes at the same times; a recording without room is answered as it is, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Final

from recexplore.capture.replay.answer import Answer, NotReplayable
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import SourceChanged
from recexplore.rules import Finding
from recexplore.testing.defects import CASES
from recexplore.testing.replayed_defects.captured import told
from recexplore.testing.replayed_defects.replayable import replayable_rule
from recexplore.testing.replayed_defects.wire_tape import WireTape

__all__ = ["Defect", "defect_in"]

_TRIES: Final = 60
"""How often chance proposes a defect; most proposals that find no room cost next to nothing."""
_LOOKED_AT: Final = 8
"""How many of the proposals a rule looks at."""
_OF_STRANGE_STREAMS: Final = (LookupError, TypeError, ValueError, AttributeError, StopIteration)
"""What a defect may raise in a stream that is not as its API sends it: there is no room in such a one."""


class Defect:
    """Puts the defect of a rule into answers.

    Parameters
    ----------
    rule
        The id of the rule.
    seed
        What chance begins with.

    Raises
    ------
    ValueError
        There is no such rule, or its defect cannot be replayed.
    """

    def __init__(self, rule: str, seed: int = 0) -> None:
        self.rule, self.seed = replayable_rule(rule), seed
        self._inject = CASES[rule].defect

    def __call__(self, recording: Recording, answer: Answer) -> tuple[Answer, tuple[str, ...]]:
        """The answer with the defect, and the words that say where it is; as it was, where it has no room."""
        found = self.found(recording, answer)
        if found is None:
            return answer, (f"no room for defect {self.rule.id}",)
        changed, finding = found
        return changed, (f"defect {self.rule.id} {_place(finding)}",)

    def found(self, recording: Recording, answer: Answer) -> tuple[Answer, Finding] | None:
        """The answer with the defect, and what the rule says of it; None where it has no room."""
        proposals = self._proposals(recording, answer)
        first = next(proposals, None)
        if first is None:
            return None
        before = told(self.rule, recording, answer)
        known = {_key(each) for each in before}
        for number, changed in enumerate(chain([first], proposals), 1):
            after = told(self.rule, recording, changed)
            if len(after) > len(before):
                return changed, next((each for each in after if _key(each) not in known), after[0])
            if number == _LOOKED_AT:
                break
        return None

    def _proposals(self, recording: Recording, answer: Answer) -> Iterator[Answer]:
        wire = WireTape(recording, answer, has_times="clock" in self.rule.needs)
        for number in range(_TRIES):
            chance = Random(f"{self.seed} {self.rule.id} {recording.id} {number}")
            try:
                mutant = self._inject(wire.tape, chance)
                changed = mutant and wire.answer_with(mutant.tape)
            except _OF_STRANGE_STREAMS:
                continue
            if changed and (changed.reads, changed.status) != (answer.reads, answer.status):
                yield changed


def defect_in(corpus: Corpus, rule: str, seed: int = 0) -> Defect:
    """The defect of a rule, where a recording of the corpus has room for it.

    Raises
    ------
    ValueError
        There is no such rule, its defect cannot be replayed, or no recording has room for it.
    """
    defect = Defect(rule, seed)
    for recording in corpus:
        try:
            answer = answer_of(recording, unpacked=True)
        except (NotReplayable, SourceChanged):
            continue
        if defect.found(recording, answer) is not None:
            return defect
    raise ValueError(
        f"defect {rule}: no recording of {corpus.where} has room for it. {defect.rule.title}: it is put where a stream has "
        "what it takes (several choices, tool calls, a request that asks for it); another seed may find a place"
    )


def _key(finding: Finding) -> tuple[int | None, int | None, str]:
    return finding.chunk, finding.choice, finding.message


def _place(finding: Finding) -> str:
    if finding.chunk is None:
        return "in the whole answer"
    if finding.last_chunk in (None, finding.chunk):
        return f"in chunk {finding.chunk}"
    return f"in chunks {finding.chunk} to {finding.last_chunk}"
