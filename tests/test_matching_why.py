"""Why a recording was not found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from matching_requests import TEST, body, name_of, request, save, sha
from test_matching_request import nested

import recexplore
from recexplore.corpus import Corpus
from recexplore.matching import CURRENT, Why, why
from recexplore.matching.reason import is_looked_at


def asked(text: str = "What is the boiling point of water?", test_id: str | None = TEST, **more: Any) -> dict[str, Any]:
    return request(body(text, **more)) | {"test_id": test_id}


@pytest.fixture
def formats() -> Path:
    return Path(__file__).parent.parent / "recordings" / "formats"


def answer(folder: Path, sent: Any, **options: Any) -> Why:
    return why(sent, recexplore.load(folder, progress=False), **options)


def test_it_is_there(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    found = answer(tmp_path, asked())
    assert found.is_found
    assert found.reason == f"It is there: {path.stem[:12]}."
    assert found.advice == ""
    assert (found.path, found.generation, found.nearest) == (path.as_posix(), CURRENT.name, ())
    assert found.found is not None
    assert found.found.id == path.stem[:12]
    assert found.hashes[CURRENT.name] == path.stem
    assert found.differences.empty


def test_every_bundled_recording_is_found_somehow(bundled: Corpus) -> None:
    found = {recording.id: why(recording, bundled) for recording in bundled}
    assert all(each.found is not None and each.found.id == name for name, each in found.items())
    assert sum(each.is_found for each in found.values()) == 3


def test_it_is_there_under_an_older_name(tmp_path: Path) -> None:
    older = sha({"method": "POST", "endpoint": "/v1/v1/chat/completions", "body": body()})[:12]
    path = save(tmp_path, request(), name=older)
    found = answer(tmp_path, asked())
    assert (found.is_found, found.generation, found.path) == (False, "body", path.as_posix())
    assert "named by an older recorder (before the test was hashed too)" in found.reason
    assert f"today's recorder looks for the hash {name_of(request())[:12]}…" in found.reason
    assert found.advice.startswith(f"Rename the file to {name_of(request())}.json, or record it again: ")


def test_one_word_differs(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    save(tmp_path, request(body("Something else entirely")))
    found = answer(tmp_path, asked("What is the boiling point of tea?"))
    assert found.found is None
    assert found.nearest[0].path == path.as_posix()
    assert found.reason.startswith(f"The nearest recording, {path.stem[:12]}, differs in one part: messages[0].content")
    assert found.advice == (
        "If the change is meant, record it again: run its test with --inference-mode=record-if-missing; "
        "if not, change back messages[0].content."
    )
    assert str(found.nearest[0].fit) == "model-lists"
    rows = found.differences
    assert rows.columns.tolist() == [
        "rank", "recording", "path", "likeness", "part", "kind", "matters", "at", "recorded", "asked",
    ]  # fmt: skip
    assert rows.iloc[0][["rank", "part", "kind", "at"]].tolist() == [1, "messages[0].content", "value", 29]
    assert repr(found).startswith(f"Why: {found.reason}\nhash today: {found.hashes[CURRENT.name]}\n")


def test_the_same_request_of_another_test(tmp_path: Path) -> None:
    save(tmp_path, request(), test_id="tests/b.py::test_b")
    assert "recorded, but for another test, tests/b.py::test_b:" in answer(tmp_path, asked()).reason
    assert answer(tmp_path, asked(test_id=None)).reason.endswith("; the request names no test.")


def test_the_same_request_under_no_known_name(tmp_path: Path) -> None:
    save(tmp_path, request(), name="0" * 64)
    found = answer(tmp_path, asked())
    assert "no known recorder gives it that name" in found.reason
    assert found.reason.endswith(f"today's recorder looks for the hash {name_of(request())[:12]}….")
    assert found.advice.startswith(f"Rename the file to {name_of(request())}.json, ")


def test_texts_that_were_edited_after_naming(tmp_path: Path) -> None:
    save(
        tmp_path, request(body("see ogx_and_models.pdf")), name=name_of(request(body("see llama_stack_and_models.pdf")))
    )
    found = answer(tmp_path, asked("see ogx_and_models.pdf"))
    assert "but edited after it was named: llama-stack became OGX" in found.reason
    assert "renaming" not in found.reason


def test_only_ids_of_tool_calls_differ(tmp_path: Path) -> None:
    def sent(name: str) -> dict[str, Any]:
        return body() | {"messages": [{"role": "tool", "tool_call_id": name, "content": "-100"}]}

    save(tmp_path, request(sent("call_a")))
    found = answer(tmp_path, request(sent("call_b")) | {"test_id": TEST})
    assert "only in ids of tool calls" in found.reason


def test_another_endpoint(tmp_path: Path) -> None:
    save(tmp_path, request())
    found = answer(tmp_path, {**asked(), "url": "https://h/v1/embeddings", "endpoint": "/v1/embeddings"})
    assert found.reason.startswith("No recording goes to this endpoint")


def test_a_body_alone(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    found = answer(tmp_path, body())
    assert found.hashes == {}
    assert found.reason == f"A recording has this very body, {path.stem[:12]}."
    assert len(found.notes) == 1
    assert "url" not in found.reason
    assert "`url`" in found.advice


def test_nothing_like_it(tmp_path: Path) -> None:
    save(tmp_path, request())
    sent = {"url": "https://h/v1/other", "body": {"model": "x", "input": "entirely foreign"}}
    found = answer(tmp_path, sent)
    assert found.reason == "Nothing like it was recorded: the nearest recording is 0% alike."
    assert found.nearest == ()
    assert found.advice.startswith("Record it: ")
    asked_for = answer(tmp_path, sent, nearest=1)
    assert (asked_for.reason, len(asked_for.nearest)) == (found.reason, 1)


def test_what_is_far_is_left_out_beside_what_is_near(tmp_path: Path) -> None:
    save(tmp_path, request(body(" ".join(f"word{number}" for number in range(40)))))
    save(tmp_path, request({"model": "other", "input": "x"}), test_id="tests/b.py::test_b")
    sent = asked(" ".join(f"word{number}" for number in range(39)))
    assert len(answer(tmp_path, sent).nearest) == 1
    assert len(answer(tmp_path, sent, nearest=3).nearest) == 2


def test_beside_the_same_request_no_other_is_told(tmp_path: Path) -> None:
    save(tmp_path, request(), name="0" * 64)
    save(tmp_path, request(body(seed=1)))
    assert [near.likeness for near in answer(tmp_path, asked()).nearest] == [1.0]


def test_what_to_do_follows_from_the_reason(tmp_path: Path) -> None:
    path = save(tmp_path / "agents" / "recordings", request())
    assert answer(tmp_path, asked()).advice == "Move the file to inference/recordings."
    assert "for this test too" in answer(tmp_path, asked(test_id="tests/b.py::test_b")).advice
    assert "`test_id`" in answer(tmp_path, asked(test_id=None)).advice
    assert answer(tmp_path, asked(seed=1)).advice.endswith("leave out seed.")
    assert answer(tmp_path, asked("Why?", seed=1)).advice.endswith("undo the 2 changes.")
    path.unlink()
    assert answer(tmp_path, asked()).advice.startswith("Name the folder of the recordings")


def test_a_list_of_models_keeps_the_end_of_its_name(tmp_path: Path) -> None:
    sent = {"method": "GET", "url": "https://h/v1/v1/models", "headers": {}, "body": {}, "endpoint": "/v1/models"}
    older = sha({"method": "GET", "endpoint": "/v1/v1/models", "body": {}, "test_id": TEST})
    now = sha({"method": "GET", "endpoint": "/v1/v1/models", "body": {}})
    save(tmp_path, sent, name=f"models-{older}-0b98574d")
    assert f"Rename the file to models-{now}-0b98574d.json" in answer(tmp_path, sent | {"test_id": TEST}).advice
    save(tmp_path, sent, name=older)
    (tmp_path / f"models-{older}-0b98574d.json").unlink()
    assert "Rename" not in answer(tmp_path, sent | {"test_id": TEST}).advice


def test_recordings_of_other_recorders_have_no_hash(formats: Path) -> None:
    corpus = recexplore.load(formats, progress=False)
    found = why(corpus["browser"], corpus)
    assert found.reason.endswith("browser; its recorder names no file by a hash.")
    assert not found.is_found


def test_nothing_to_be_found(tmp_path: Path) -> None:
    assert answer(tmp_path, asked()).reason == "There is no recording at all where you looked."
    save(tmp_path, request())
    assert answer(tmp_path, asked("Another"), nearest=0).reason == "No recording has its hash in its name."


@pytest.mark.parametrize("levels", [600, 5_000])
def test_a_deep_request_says_so(tmp_path: Path, levels: int) -> None:
    save(tmp_path, request())
    found = answer(tmp_path, asked(deep=nested(levels)))
    assert found.reason == "The request is nested deeper than 200 levels: it is neither hashed nor compared."


def test_a_deep_recording_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    save(tmp_path, request(body(deep=nested(600))), name="deep")
    found = answer(tmp_path, asked())
    assert [str(each) for each in found.nearest[0].differences if each.kind == "depth"]


def test_the_folder_in_which_the_recorder_looks(tmp_path: Path) -> None:
    save(tmp_path / "agents" / "recordings", request())
    found = answer(tmp_path, asked())
    assert found.is_found
    assert "inference/recordings and common/recordings only" in found.notes[0]
    right = save(tmp_path / "inference" / "recordings", request())
    found = answer(tmp_path, asked())
    assert found.path == right.as_posix()
    assert found.notes == ("2 recordings have this hash in their names.",)


@pytest.mark.parametrize(
    ("path", "test_id", "looked_at"),
    [
        ("tests/integration/common/recordings/a.json", TEST, True),
        ("tests/integration/inference/recordings/a.json", TEST, True),
        ("tests/integration/agents/recordings/a.json", TEST, False),
        ("tests/integration/agents/recordings/a.json", None, True),
        ("recordings/a.json", TEST, True),
        ("anywhere/a.json", TEST, True),
    ],
)
def test_where_the_recorder_looks(path: str, test_id: str | None, looked_at: bool) -> None:
    assert is_looked_at(path, test_id) is looked_at


def test_one_word_changed_in_real_recordings(ogx: Corpus) -> None:
    is_chat = ogx.recordings["endpoint"] == "/v1/chat/completions"
    ranks = []
    for name in ogx.recordings["recording"][is_chat].iloc[::15]:
        recording = ogx[name]
        document = json.loads(Path(recording.facts["path"]).read_bytes())
        message = document["request"]["body"]["messages"][0]
        if isinstance(message["content"], str):
            message["content"] = re.sub(r"\w+", "zebra", message["content"], count=1)
            found = why(document, ogx, nearest=5)
            assert not found.is_found
            ranks.append([near.recording.id for near in found.nearest].index(recording.id))
    assert len(ranks) > 40
    assert ranks.count(0) > 0.95 * len(ranks)
