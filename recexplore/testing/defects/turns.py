"""Turns: a model that does not stop and plays both sides, and conversations that were meant."""

from __future__ import annotations

import re
from random import Random

from recexplore.testing.defects.planting import joined_text, planted, some_lane
from recexplore.testing.defects.positions import Slot, finishes, slots
from recexplore.testing.defects.tapes import COMPLETIONS, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]

_ROUNDS = (
    ("\n\nuser\nWhat is the capital of Sweden?\n\nassistant\n", "It is Stockholm."),
    ("\nuser\nAnd which one is older?\nmodel\n", "The first."),
    ("\n\nHuman: And what about the other one?\n\nAssistant: ", "It is older."),
    ("\nUser: Tell me more of it.\nAssistant: ", "Gladly."),
    ("\n\n### Instruction:\nName three rivers of Asia.\n\n### Response:\n", "The Ob."),
)
_SPEAKS_OF_IT = re.compile(
    r"(?i)dialog|conver|chat|transcript|exampl|script|role|interview|scen|prompt|templat|format|sampl|turn|messag|assist"
    r"|user|human|bot|here|below|follow|sure|certain|course|```"
)


def runaway_turns(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content", least=2)
    if made.dialect == COMPLETIONS or lane is None or _SPEAKS_OF_IT.search(joined_text(lane)):
        return None
    asked, answered = rng.choice(_ROUNDS)
    at = rng.randint(0, len(lane) - 1)
    if not joined_text(lane[: at + 1]).strip():
        return None
    # The line may begin in the delta behind: only the marks that close the answer stand in this one.
    lane[at].text += "." + (asked if at + 1 == len(lane) else "")
    if at + 1 < len(lane):
        lane[at + 1].text = asked + answered + lane[at + 1].text
    else:
        lane[at].text += answered
    first = lane[min(at + 1, len(lane) - 1)]
    return Mutant(made, (first.chunk, lane[-1].chunk), first.choice, "warning", exact=False)


def conversations(tape: Tape, rng: Random) -> Legal | None:
    """What was asked for, explained, or only has the words."""
    what = (
        "Here is a short dialogue.\n\nUser: What is it?\nAssistant: It is a lake.\n",
        "\n\n```\nuser\nWhat is it?\nassistant\nA lake.\n```\n",
        "\n\nUser: Jane Doe\nDate: May 3\n",
        "\n\nroles:\n\nadmin\nuser\nguest\n",
        "The three roles are these.\n\nuser\nThe one who asks it.\n\nassistant\nThe one who answers.\n",
        "\n- user\n- assistant\n",
        "the user asks. The assistant: it answers.",
        "\n**User:** What is it?\n**Assistant:** A lake.\n",
    )
    found = planted(tape, rng, rng.choice(what), "content")
    return found and Legal(found.tape)


def a_raw_prompt(tape: Tape, rng: Random) -> Legal | None:
    """Whoever writes the template may have the model write both sides."""
    if tape.dialect != COMPLETIONS or not slots(tape):
        return None
    made = tape.copy()
    last: Slot = slots(made)[-1]
    last.text += ".\n\nUser: What is the capital of Sweden?\nAssistant: It is Stockholm."
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


CASES = {
    "runaway-turns": Cases(runaway_turns, (conversations, a_raw_prompt)),
}
