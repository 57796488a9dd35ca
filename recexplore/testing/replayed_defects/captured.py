"""What a client would have recorded of an answer, and what a rule says of it.

Takes a recording and an `Answer` to its request, gives an `Exchange` or findings: those that `recexplore.check` has for what
`recexplore capture` writes between the client and the replay. Asks nobody and writes nothing.
"""

from __future__ import annotations

from recexplore.capture.replay.answer import Answer
from recexplore.checks.run import check, find
from recexplore.corpus import Recording
from recexplore.model.exchange import Exchange
from recexplore.read.load import corpus_of
from recexplore.read.wire.http_exchange import Headers
from recexplore.read.wire.recorded_wire import COMPLETE, note_end
from recexplore.read.wire.timed_reads import Clocked, fill_timed
from recexplore.rules import Finding, Rule

__all__ = ["captured", "told"]


def captured(recording: Recording, answer: Answer) -> Exchange:
    """The request of a recording, answered otherwise."""
    asked = recording.exchange
    made = Exchange(
        "journal",
        request=asked.request,
        method=asked.method,
        url=asked.url,
        endpoint=asked.endpoint,
        provider=asked.provider,
        model=asked.model,
        test_id=asked.test_id,
    )
    fill_timed(made, answer.status, Headers([list(each) for each in answer.headers]), answer.reads, Clocked(0))
    note_end(made, COMPLETE if answer.ending == "complete" else "server broke off", None, None)
    return made


def told(rule: Rule, recording: Recording, answer: Answer) -> list[Finding]:
    """The findings of a rule; without those that another rule tells better."""
    corpus = corpus_of(captured(recording, answer), str(recording.facts["path"]), check)
    found = find(corpus, select=[rule.id, *rule.covered_by]).found
    return [each for each in found if each.rule == rule.id]
