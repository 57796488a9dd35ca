"""What the explorer's page is told of runs that are compared: the verdict, texts on one axis, branches, similarity."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, pieces, says, stream, thinks

import recexplore
from recexplore.comparison.comparison import compare
from recexplore.comparison.runs import runs
from recexplore.corpus import Corpus
from recexplore.share.page.comparison_answers import runs_in_page
from recexplore.views.explorer.answers import Answers
from recexplore.views.figures import similarity_matrix

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Where?"}], "stream": True}
NAMES = ("length", "chunk", "left", "right", "position")


def answer(content: str, *, cut: int = 4, thought: str = "", arguments: str = "", finish: str = "stop") -> Any:
    cuts = range(cut, 1_000, cut)
    chunks = [thinks("reasoning_content", each) for each in pieces(thought, cuts) if thought and each]
    chunks += [says(each) for each in pieces(content, cuts) if each]
    if arguments:
        chunks += [
            calls(fragment("", name="look")),
            *(calls(fragment(each)) for each in pieces(arguments, cuts) if each),
        ]
    return stream(*chunks, chunk(choice({}, finish_reason=finish)), request=ASKED)


def asking(*documents: Any) -> Answers:
    return Answers(loaded(*documents), findings=False)


def told(answers: Answers, question: str, *runs: int, **given: Any) -> Any:
    """What is answered about these runs; about all of the first recording's request if none is named."""
    ids = [f"run-{run}" for run in runs] or ["run-0"]
    return answers.answer(question, {"recordings": ids, **given})[0]


def aligned(answers: Answers, shown: list[int]) -> list[dict[str, Any]]:
    """By section and run: the text, its pieces and where they stand."""
    view, buffers = answers.answer("compare_texts", {"recordings": ["run-0"], "runs": shown})
    assert [name for name, _ in view["columns"]] == [*NAMES, "text"]
    columns = {name: np.frombuffer(buffer, "<i4").tolist() for name, buffer in zip(NAMES, buffers, strict=False)}
    units, text = np.frombuffer(buffers[-1].decode().encode("utf-16-le"), "<u2"), []
    for section in view["sections"]:
        for run, part in zip(view["runs"], section["parts"], strict=True):
            n, m = part["n_pieces"], part["n_units"]
            mine = {name: columns[name][: m if name == "position" else n] for name in NAMES}
            for name in NAMES:
                del columns[name][: len(mine[name])]
            said, units = units[:m].tobytes().decode("utf-16-le"), units[m:]
            text.append({**part, **mine, "run": run, "text": said, "section": section})
    assert not any(columns.values())
    assert not len(units)
    return text


def test_runs_stand_in_the_order_in_which_a_replay_counts_them(tmp_path: Path) -> None:
    names = ["c5baedfb0ebb", "c5baedfb0ebb-00000002", "c5baedfb0ebb-00000003"]
    for name in names:
        (tmp_path / f"{name}.json").write_text(json.dumps(answer(name)))
    answers = Answers(recexplore.load(tmp_path, progress=False), findings=False)
    ids = [answers.corpus[f"{name}.json"].id for name in names]

    for asked in ids:
        view = answers.answer("compare", {"recordings": [asked]})[0]
        assert [run["id"] for run in view["runs"]] == ids
    assert runs_in_page(answers, np.arange(3), []).groups == [ids]


def test_one_recording_stands_for_all_runs_of_its_request() -> None:
    answers = asking(answer("Here."), answer("Here."), answer("There."))
    view = told(answers, "compare")
    assert [run["id"] for run in view["runs"]] == ["run-0", "run-1", "run-2"]
    assert view["verdict"] == "other words"
    assert view["sentences"][0].startswith("3 runs: 2 alike; ")
    assert view["is_one_request"]
    assert [run["name"] for run in view["runs"]] == ["run-0.json", "run-1.json", "run-2.json"]
    odd = view["runs"][2]
    assert (odd["verdict"], odd["classes"]) == ("other words", [0, 1, 1])
    assert odd["parting"] == {"text": "content", "char": 0, "says": "There.", "reference_says": "Here."}
    assert [(each["title"], each["values"]) for each in view["aspects"] if each["level"] == "text"] == [
        ("content", [[0, 1], [2]])
    ]
    assert "finish reason" in view["alike"]
    assert [each["name"] for each in view["levels"]] == ["structure", "text", "wire"]


def test_a_recording_without_other_runs_is_told_so(all_recordings: Corpus) -> None:
    with pytest.raises(ValueError, match="f27523f3fec8 is the only run of its request"):
        Answers(all_recordings, findings=False).answer("compare", {"recordings": ["f27523f3fec8"]})


def test_recordings_of_different_requests_are_told_apart(all_recordings: Corpus) -> None:
    answers = Answers(all_recordings, findings=False)
    view = answers.answer("compare", {"recordings": ["f27523f3fec8", "94d11daee205"]})[0]
    assert not view["is_one_request"]
    assert answers.answer("compare", {"recordings": ["aiperf#0"]})[0]["is_one_request"]


def test_texts_stand_on_one_axis() -> None:
    answers = asking(answer("It is a red sun. Yes.", thought="Hm."), answer("It is a sun. Yes.", cut=3, thought="Hm."))
    first, second, third, fourth = aligned(answers, [0, 1])
    assert [each["section"]["label"] for each in (first, third)] == ["reasoning", "content"]
    assert (first["text"], first["position"], second["position"]) == ("Hm.", [0, 1, 2], [0, 1, 2])
    assert (third["text"], fourth["text"]) == ("It is a red sun. Yes.", "It is a sun. Yes.")
    start = third["section"]["start"]
    assert start == 3
    assert third["position"] == list(range(start, start + 21))
    # Behind the word that it lacks every character stands where the other's does.
    assert fourth["position"] == [*range(start, start + 7), *range(start + 11, start + 21)]
    assert [third["text"][begin:end] for begin, end in third["differing"]] == [" red"]
    assert fourth["differing"] == [(7, 7)]
    assert [sum(each["length"]) for each in (third, fourth)] == [21, 17]
    assert (fourth["left"][2], fourth["right"][2]) == (start + 6, start + 13)


def test_lengths_are_counted_as_the_page_counts() -> None:
    answers = asking(answer("😀😀 one", cut=1), answer("😀 one", cut=2))
    first, second = aligned(answers, [0, 1])
    assert (first["length"], first["n_units"]) == ([2, 2, 1, 1, 1, 1], 8)
    assert first["position"][:4] == [0, 0, 1, 1]
    assert second["position"][-1] == first["position"][-1]


def test_tool_arguments_are_texts_too() -> None:
    answers = asking(answer("So.", arguments='{"a": 1}'), answer("So.", arguments='{"a": 2}'), answer("So."))
    parts = aligned(answers, [0, 1, 2])[3:]
    assert [(each["tool_name"], each["text"]) for each in parts] == [
        ("look", '{"a": 1}'),
        ("look", '{"a": 2}'),
        ("", ""),
    ]
    tool = next(each for each in told(answers, "compare")["texts"] if each["tool"] is not None)
    assert (tool["label"], tool["n_values"]) == ("tool call 0", 3)


@pytest.mark.parametrize("run", [-1, 2])
def test_a_run_that_is_not_there_is_told_so(run: int) -> None:
    with pytest.raises(IndexError, match=f"there is no run {run}: there are 2"):
        told(asking(answer("a"), answer("b")), "compare_texts", runs=[run])


def test_branches_hold_their_runs_together() -> None:
    answers = asking(*map(answer, ("It is so.", "It is not.", "It is so.", "It is", "It is so, yes.")))
    tree = told(answers, "compare_tree", choice=0, kind="content", tool=None)
    found = {each["text"]: sorted(tree["order"][each["first_run"] : each["end_run"]]) for each in tree["branches"]}
    assert found == {
        "It is": [0, 1, 2, 3, 4],
        " ": [0, 1, 2, 4],
        "not.": [1],
        "so": [0, 2, 4],
        ", yes.": [4],
        ".": [0, 2],
    }
    root = tree["branches"][0]
    assert (root["parent"], root["start"], root["end"], root["n_ending"]) == (None, 0, 5, 1)


def test_branches_tell_how_probable_the_parting_piece_was() -> None:
    def sure(text: str, logprob: float) -> Any:
        given = {"content": [{"token": text, "logprob": logprob, "bytes": None, "top_logprobs": []}]}
        return chunk(choice({"content": text}, logprobs=given))

    end = chunk(choice({}, finish_reason="stop"))
    answers = asking(
        *(stream(sure("It is ", -0.1), sure(word, p), end, request=ASKED) for word, p in (("so", -0.5), ("no", -1.5)))
    )
    tree = told(answers, "compare_tree", choice=0, kind="content", tool=None)
    assert {each["text"]: each["logprob"] for each in tree["branches"]} == {"It is ": None, "so": -0.5, "no": -1.5}


def swapped(first: str, second: str) -> Any:
    chunks = [chunk(choice({"content": text}, n)) for n, text in enumerate((first, second))]
    return stream(*chunks, *(chunk(choice({}, n, "stop")) for n in (0, 1)), request=ASKED)


def test_matched_choices_are_told_by_their_own_numbers() -> None:
    answers = asking(
        swapped("It is red.", "Or blue?"), swapped("It is red.", "Or blue?"), swapped("Or blue?", "It is.")
    )
    view = told(answers, "compare")
    assert [run["matched"] for run in view["runs"]] == [[], [], [(1, 0), (0, 1)]]
    parts = aligned(answers, [0, 2])
    assert [(each["section"]["choice"], each["run"], each["own_choice"], each["text"]) for each in parts] == [
        (0, 0, 0, "It is red."), (0, 2, 1, "It is."), (1, 0, 1, "Or blue?"), (1, 2, 0, "Or blue?"),
    ]  # fmt: skip


def test_a_choice_that_a_run_has_not_has_no_number_of_its_own() -> None:
    answers = asking(swapped("It is red.", "Or blue?"), swapped("It is red.", "Or blue?"), answer("It is red."))
    parts = [each for each in aligned(answers, [0, 2]) if each["section"]["choice"] == 1]
    assert [each["own_choice"] for each in parts] == [1, None]


def test_a_comparison_says_of_its_requests_what_their_group_does(flaky: Corpus) -> None:
    other = stream(says("Here."), request={**ASKED, "user": "me", "stream_options": {"include_usage": True}})
    groups = [(flaky, group) for group in runs(flaky)]
    for document in (answer("Here."), other):
        corpus = loaded(other, document)
        groups.append((corpus, runs(corpus)[0]))
    for corpus, group in groups:
        view = Answers(corpus, findings=False).answer("compare", {"recordings": [group[0].id]})[0]
        assert (view["title"], tuple(view["left_out"])) == (group.title, group.left_out)
    assert [group.left_out for _, group in groups[-2:]] == [("stream_options", "user"), ()]


def test_similarity_has_the_order_of_the_figure() -> None:
    texts = ["w x y z", "a b c d", "p q r s", "a b c e", "w x y q", "a b c d", "p q r t", "a q c t"]
    answers, comparison = asking(*map(answer, texts)), compare(loaded(*map(answer, texts)))
    rows = similarity_matrix(comparison).layout.yaxis.ticktext
    firsts = [next(n for n in range(len(texts)) if re.search(rf"(^|[>,·] ?){n + 1}( ·|,)", row)) for row in rows]
    assert [each["run"] for each in told(answers, "compare_alike")["answers"]] == firsts


def test_answers_stand_beside_those_they_are_most_like() -> None:
    answers = asking(*map(answer, ("a b c d", "w x y z", "a b c e", "w x y q", "a b c d")))
    view = told(answers, "compare_alike")
    assert view["n_answers"] == 4
    assert view["n_equal"] == 2
    assert [each["run"] for each in view["answers"]] == [0, 2, 1, 3]
    assert [each["n_runs"] for each in view["answers"]] == [2, 1, 1, 1]
    assert view["similarity"][0] == [1.0, 0.75, 0.0, 0.0]
    assert sum(view["partings"]) == 3


def test_runs_that_were_chosen_are_compared_without_grouping_all() -> None:
    answers = asking(answer("Here."), answer("There."), answer("Here."))
    assert told(answers, "compare", 0, 1)["is_one_request"]
    assert answers.answer("runs", {"recording": "run-0"})[0]["n_runs"] is None
    assert len(told(answers, "compare", 0)["runs"]) == 3
    assert answers.answer("runs", {"recording": "run-0"})[0]["n_runs"] == 3


def test_what_is_expected_is_compared_as_what_is_not() -> None:
    """Several comparisons in one pass are those that are made one by one."""
    said = [answer("in a big blue house"), answer("in a big red house"), answer("in a house", thought="hm"), answer("")]
    groups = [["run-0", "run-1"], ["run-2", "run-0", "run-3"]]
    alone = asking(*said)
    expected = Answers(alone.corpus, findings=False)
    expected.expect_comparisons(groups)
    for ids in groups:
        for question, given in (("compare", {}), ("compare_texts", {"runs": [1, 0]}), ("compare_alike", {})):
            asked = {"recordings": ids, **given}
            assert expected.answer(question, asked) == alone.answer(question, asked)
