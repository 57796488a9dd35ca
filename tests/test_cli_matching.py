"""The commands ``why`` and ``upkeep``, as a user types them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from matching_requests import TEST, body, request, save

import recexplore.cli as cli


@pytest.fixture
def call(monkeypatch: Any, capsys: Any) -> Any:
    """Runs a command in this process; gives exit code and output."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_why_it_is_there(call: Any, tmp_path: Path) -> None:
    path = save(tmp_path, request())
    code, out, err = call("why", str(path), str(tmp_path))
    assert (code, err) == (0, "")
    assert out.startswith("✓ It is there: ")


def test_why_not_from_standard_input(call: Any, tmp_path: Path) -> None:
    save(tmp_path, request())
    asked = json.dumps(request(body("What is the boiling point of tea?")) | {"test_id": TEST})
    code, out, _ = call("why", "-", str(tmp_path), "--nearest", "1", stdin=asked)
    assert code == 1
    assert "messages[0].content  at character 29" in out


def test_why_as_json(call: Any, tmp_path: Path) -> None:
    save(tmp_path, request())
    asked = json.dumps(request(body("\ud800", seed=10**40)) | {"test_id": TEST})
    code, out, _ = call("why", "-", str(tmp_path), "--json", stdin=asked)
    found = json.loads(out)
    assert code == 1
    assert found["found"] is None
    assert found["is_found"] is False
    assert next(iter(found["hashes"])) == "model-lists"
    assert [each["path"] for each in found["nearest"][0]["differences"]] == ["messages[0].content", "seed"]
    assert found["nearest"][0]["differences"][1]["asked"] == 10**40


@pytest.mark.parametrize(
    ("stdin", "said"), [("{", "not readable as JSON"), ("[]", "expected an object"), ('{"request": 1}', "no object")]
)
def test_why_of_what_is_no_request(call: Any, tmp_path: Path, stdin: str, said: str) -> None:
    save(tmp_path, request())
    code, out, err = call("why", "-", str(tmp_path), stdin=stdin)
    assert (code, out) == (2, "")
    assert said in err


def test_why_where_something_cannot_be_read(call: Any, tmp_path: Path) -> None:
    path = save(tmp_path, request())
    (tmp_path / "broken.json").write_text("{")
    assert call("why", str(path), str(tmp_path))[0] == 0
    code, _, err = call("why", "-", str(tmp_path), stdin=json.dumps(body("x")))
    assert code == 2
    assert "1 problem while reading" in err
    assert call("why", str(tmp_path / "none.json"), str(tmp_path))[0] == 2
    assert call("why", str(path))[0] == 3
    assert call("why", str(path), str(tmp_path), "--nearest", "-1")[0] == 3


def test_upkeep(call: Any, tmp_path: Path) -> None:
    path = save(tmp_path / "recordings", request())
    assert call("upkeep", str(tmp_path))[0] == 0
    (tmp_path / "used.txt").write_text(f"{path.name}\n")
    assert call("upkeep", str(tmp_path / "recordings"), "--used", str(tmp_path / "used.txt"))[0] == 0
    (tmp_path / "used.txt").write_text("other\n")
    code, out, _ = call("upkeep", str(tmp_path / "recordings"), "--used", str(tmp_path / "used.txt"))
    assert code == 1
    assert "1 recording not used" in out
    assert call("upkeep", str(tmp_path), "--used", str(tmp_path / "none.txt"))[0] == 2


def test_upkeep_as_json(call: Any, bundled_folder: Path) -> None:
    code, out, _ = call("upkeep", str(bundled_folder), "--json")
    found = json.loads(out)
    assert code == 1
    assert list(found) == ["stale", "duplicates"]
    assert [row["generation"] for row in found["stale"]] == ["body", "project-id"]


@pytest.fixture
def formats(monkeypatch: Any) -> Path:
    """The folder of recordings of other recorders, from where commands are called."""
    folder = Path(__file__).parent.parent / "recordings" / "formats"
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("asked", ["browser.har", "responses.yaml#1", "buffered.jsonl", "aiperf.jsonl#0", "browser"])
def test_why_of_any_recording(call: Any, formats: Path, asked: str) -> None:
    code, out, err = call("why", asked, ".")
    assert (code, err) == (1, "")
    assert out.startswith("✗ A recording of this very request is there, ") or "has this very body" in out


def test_why_of_a_request_that_no_recorder_wrapped(call: Any, tmp_path: Path) -> None:
    save(tmp_path / "recordings", request())
    (tmp_path / "asked.json").write_text(json.dumps(request(body(seed=10**40)) | {"test_id": TEST}))
    code, out, _ = call("why", str(tmp_path / "asked.json"), str(tmp_path / "recordings"))
    assert code == 1
    assert str(10**40) in out


def test_why_of_an_id(call: Any, tmp_path: Path) -> None:
    path = save(tmp_path, request())
    code, out, _ = call("why", path.stem[:6], str(tmp_path))
    assert code == 0
    assert out.startswith("✓ It is there: ")


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ("none.json", 2, "none.json does not exist: name a file with a request, or an id in RECORDINGS"),
        ("none/94d11d", 2, "none/94d11d does not exist: name a file with a request, or an id in RECORDINGS"),
        ("none.har#0", 2, "none.har#0 does not exist: name a file with a request, or an id in RECORDINGS"),
        (".", 3, ". is a folder, not a request: name a file in it"),
        ("responses.yaml", 3, "responses.yaml holds 2 recordings: name one, responses.yaml#0 to responses.yaml#1"),
        ("browser.har#3", 3, "browser.har holds no recording #3: name one, browser.har#0"),
        ("messages.sse", 2, "messages.sse holds no request: only the answer was recorded; give the request as JSON"),
        ("../../pyproject.toml", 2, "it is no recording that recexplore knows, and no JSON with a request"),
    ],
)
def test_why_says_in_words_what_is_wrong(call: Any, formats: Path, asked: str, code: int, said: str) -> None:
    ended, out, err = call("why", asked, "none that is looked at")
    assert (ended, out) == (code, "")
    assert err.startswith("recexplore: ")
    assert said in err
    assert len(err.splitlines()) == 1
    assert "Errno" not in err


def test_why_of_an_id_that_is_not_there(call: Any, formats: Path) -> None:
    code, _, err = call("why", "zzz", ".")
    assert code == 3
    assert "zzz is no file, and among RECORDINGS no recording has the id" in err
    assert "corpus." not in err


def test_nearest_is_as_many_as_asked_for(call: Any, formats: Path) -> None:
    assert "Nothing like it" in call("why", "browser.har", "responses.yaml")[1]
    assert "\n1. " not in call("why", "browser.har", "responses.yaml")[1]
    assert "\n2. " in call("why", "browser.har", "responses.yaml", "--nearest", "2")[1]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [("", 3, "names no recording"), ("# none\n\n", 3, "names no recording"), (None, 2, "does not exist")],
)
def test_used_names_that_are_none(call: Any, tmp_path: Path, text: str | None, code: int, said: str) -> None:
    if text is not None:
        (tmp_path / "used.txt").write_text(text)
    ended, out, err = call("upkeep", str(tmp_path), "--used", str(tmp_path / "used.txt"))
    assert (ended, out) == (code, "")
    assert said in err
    assert "Errno" not in call("upkeep", str(tmp_path), "--used", str(tmp_path))[2]


def test_upkeep_shows_all_when_asked(call: Any, tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path, request(), name=f"{number:064}")
    assert "and 11 more: --all" in call("upkeep", str(tmp_path))[1]
    out = call("upkeep", str(tmp_path), "--all")[1]
    assert "--all" not in out
    assert f"{29:064}.json" in out
