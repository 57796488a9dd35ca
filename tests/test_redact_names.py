"""What redacted files are called."""

from __future__ import annotations

import json
from pathlib import Path

from recexplore.matching.ogx_hash import fitting
from recexplore.matching.request import request_of
from recexplore.share.redact.keys import Digest
from recexplore.share.redact.names import redacted_name
from recexplore.share.redact.stand_ins.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms(Digest(b"a key of sixteen bytes and more"))


def hashed(folder: Path) -> tuple[str, bytes]:
    """A recording that is named by its request's hash."""
    for path in sorted(folder.glob("*.json")):
        if fitting(request_of(json.loads(path.read_bytes())), path.stem) is not None:
            return path.name, path.read_bytes()
    raise AssertionError("no recording is named by its hash")


def other_request(data: bytes) -> bytes:
    document = json.loads(data)
    document["request"]["body"]["messages"] = [{"role": "user", "content": "Something else."}]
    return json.dumps(document).encode()


def test_a_hash_becomes_that_of_what_is_written_in_its_generation(bundled_folder: Path) -> None:
    name, before = hashed(bundled_folder)
    after = other_request(before)
    new = redacted_name(f"deep/{name}", before, after, PSEUDONYMS)
    assert new.startswith("deep/")
    assert (new != f"deep/{name}", len(new)) == (True, len(name) + 5)
    fits = [fitting(request_of(json.loads(data)), Path(each).stem) for each, data in ((name, before), (new, after))]
    assert fits[0] is not None
    assert fits[1] is not None
    assert fits[0].generation == fits[1].generation


def test_a_name_that_stays(bundled_folder: Path) -> None:
    name, before = hashed(bundled_folder)
    assert redacted_name("chat.json", before, other_request(before), PSEUDONYMS) == "chat.json"
    assert redacted_name(name, before, before, PSEUDONYMS) == name


def test_a_hash_of_something_else_becomes_other_digits(bundled_folder: Path) -> None:
    _, before = hashed(bundled_folder)
    name = f"{'0a' * 32}.json"
    for data in (before, b"no JSON"):
        new = redacted_name(name, data, other_request(before), PSEUDONYMS)
        assert new != name
        assert int(new.removesuffix(".json"), 16) >= 0
        assert len(new) == len(name)
