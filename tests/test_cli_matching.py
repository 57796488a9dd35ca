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
