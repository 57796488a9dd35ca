"""Accepting findings: what is accepted, what would be written, and that a check then comes to the same."""

from __future__ import annotations

import datetime
import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from verdict_kit import HOSTILE, a_rule, use_rules

import recexplore
from recexplore.checks.accepting import WAYS, Acceptance, NotAcceptable, Way, acceptances, propose
from recexplore.checks.baseline import Baseline, Kind, baseline_at, write_baseline
from recexplore.checks.file_update import update_file
from recexplore.checks.result import judge, key_of
from recexplore.checks.settings import Settings, read_settings, suppressions_in
from recexplore.rules import Hit

RECORDING = "94d11daee205.json"
TODAY = datetime.date(2027, 1, 31)


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording in two folders, and a rule that finds two things of choice 0 and one of none."""
    for folder in ("recordings", "recordings/deep"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / RECORDING).write_bytes((bundled_folder / RECORDING).read_bytes())
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    hits = (Hit("94d1", "a", choice=0), Hit("94d1", "b", choice=0), Hit("94d1", "c"))
    use_rules(monkeypatch, a_rule("one", *hits), a_rule("two", Hit("94d1", "d"), severity="note"))


def kinds_of(place: str = "recordings") -> list[Kind]:
    return [key_of(each) for each in judge(recexplore.load(place, progress=False)).new]


def accepted(place: str = "recordings", given: Settings | None = None) -> list[Acceptance | None]:
    """What accepts each kind that there is; a check with these settings lets the same findings stay."""
    given = replace(given or read_settings())
    if given.baseline is None and Path("recexplore-baseline.json").exists():
        given = replace(given, baseline="recexplore-baseline.json")
    kinds = [key_of(each) for each in judge(recexplore.load(place, progress=False), Settings(looks_beside=False)).new]
    found = acceptances(kinds, given, [place], today=TODAY)
    verdict = judge(recexplore.load(place, progress=False), given, today=TODAY)
    assert [key_of(each) for each in verdict.new] == [kind for kind, by in zip(kinds, found, strict=True) if by is None]
    return found


def test_a_kind_is_accepted_in_the_baseline_that_the_settings_name() -> None:
    Path("pyproject.toml").write_text('[tool.recexplore]\nbaseline = "accepted.json"\n')
    kind = next(each for each in kinds_of() if each.choice == 0 and "deep" not in each.file)
    proposal = propose(kind, kinds_of(), "baseline", read_settings())
    assert proposal.file == "accepted.json"
    assert json.loads(proposal.text) == {**kind._asdict(), "count": 2}
    assert "--baseline" not in proposal.words
    assert not Path("accepted.json").exists(), "nothing is written before it is said"
    proposal.write()
    assert proposal.text in Path("accepted.json").read_text()
    by = accepted()
    assert [each for each in by if each] == [Acceptance("accepted.json")] * 2
    # What was accepted before stays.
    other = next(each for each in kinds_of() if each.choice is None)
    propose(other, kinds_of(), "baseline", read_settings()).write()
    assert len([each for each in accepted() if each]) == 3


def test_without_settings_it_is_the_file_that_write_baseline_makes() -> None:
    kind = kinds_of()[0]
    proposal = propose(kind, kinds_of(), "baseline", Settings())
    assert proposal.file == "recexplore-baseline.json"
    assert "recexplore check reads it with --baseline recexplore-baseline.json" in proposal.words
    proposal.write()
    assert Acceptance("recexplore-baseline.json") in acceptances(kinds_of(), Settings(), ["recordings"])


def test_a_kind_is_suppressed_for_its_file() -> None:
    kind = next(each for each in kinds_of() if each.choice == 0 and "deep" in each.file)
    proposal = propose(kind, kinds_of(), "file", Settings(), reason=" because ", until=TODAY, today=TODAY)
    assert proposal.file == "recordings/deep/recexplore.toml"
    assert proposal.text == (
        f'[[suppress]]\nrule = "one"\nreason = "because"\nfiles = ["{RECORDING}"]\nchoice = 0\nuntil = 2027-01-31\n'
    )
    assert proposal.words == (
        "Suppresses one in every file of this name in recordings/deep and below, of choice 0, until 2027-01-31."
    )
    proposal.write()
    assert Path(proposal.file).read_text() == proposal.text
    by = [each for each in accepted() if each]
    assert by == [Acceptance("recordings/deep/recexplore.toml", "because")] * 2


def test_a_kind_is_suppressed_for_its_folder_and_those_below() -> None:
    kind = next(each for each in kinds_of() if "deep" not in each.file and each.rule == "one")
    propose(kind, kinds_of(), "folder", Settings(), reason="all of it").write()
    assert sum(each is not None for each in accepted()) == 6
    assert {each.rule for each in kinds_of()} == {"two"}


def test_what_the_file_held_stays_and_comes_first() -> None:
    before = '# ours\r\nfail-on = "never"   # for now\r\n\r\n[[suppress]]\r\nrule = "two"\r\nreason = "é"'
    path = Path("recordings/recexplore.toml")
    path.write_bytes(before.encode())
    path.chmod(0o640)
    kind = next(each for each in kinds_of() if "deep" not in each.file)
    propose(kind, kinds_of(), "file", Settings(), reason="x").write()
    after = path.read_bytes().decode()
    assert after.startswith(before + "\r\n\r\n[[suppress]]\r\n")
    assert "\n" not in after.replace("\r\n", "")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.reason for each in suppressions_in(str(path))] == ["é", "x"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_stays_a_link() -> None:
    Path("shared.toml").write_text("")
    Path("recordings/recexplore.toml").symlink_to("../shared.toml")
    propose(kinds_of()[0], kinds_of(), "folder", Settings(), reason="x").write()
    assert Path("recordings/recexplore.toml").is_symlink()
    assert len(suppressions_in("shared.toml")) == 1


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("suppress = []\n", "cannot hold it at its end"),
        ("suppress = [{rule = 'one', reason = 'x'}]\n", "cannot hold it at its end"),
        ("nonsense", "expected TOML"),
        ("[[suppress]]\nrule = 'one'\n", "reason: expected"),
    ],
)
def test_a_file_that_cannot_take_it_is_left_as_it_is(before: str, expected: str) -> None:
    path = Path("recordings/recexplore.toml")
    kind = kinds_of()[0]._replace(file=f"recordings/{RECORDING}")
    path.write_text(before)
    with pytest.raises(ValueError, match=expected):
        propose(kind, kinds_of(), "folder", Settings(), reason="x").write()
    assert path.read_text() == before
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(["deep", RECORDING, path.name])


def test_no_reason_no_suppression() -> None:
    with pytest.raises(NotAcceptable, match="write a reason"):
        propose(kinds_of()[0], kinds_of(), "file", Settings(), reason="  ").write()
    assert not list(Path().rglob("recexplore.toml"))


def test_a_rule_that_nobody_knows_is_not_suppressed_but_may_be_in_a_baseline() -> None:
    kind = kinds_of()[0]._replace(rule="my own")
    for rule in ("my own", "*", "all"):
        with pytest.raises(NotAcceptable, match="is no rule of the catalogue"):
            propose(kind._replace(rule=rule), [kind], "file", Settings(), reason="x").write()
    assert not list(Path().rglob("recexplore.toml*"))
    propose(kind, [kind], "baseline", Settings()).write()


@pytest.mark.parametrize("file", ["https://x.invalid/a.json", "main~1:recordings/a.json"])
def test_what_is_no_file_here_is_not_accepted(file: str) -> None:
    for way in get_args(Way):
        with pytest.raises(NotAcceptable, match="no file on this machine"):
            propose(Kind(file, 0, None, "one", "error"), [], way, Settings(), reason="x")
    assert WAYS.keys() == {*get_args(Way)}


def test_files_beside_recordings_do_not_count_where_nobody_looks_at_them() -> None:
    with pytest.raises(NotAcceptable, match="do not count"):
        propose(kinds_of()[0], kinds_of(), "folder", Settings(looks_beside=False), reason="x")


def test_a_member_of_an_archive() -> None:
    kind = Kind("recordings/all.zip!/sub/a.json", 0, None, "one", "error")
    proposal = propose(kind, [kind], "file", Settings(), reason="x")
    assert 'files = ["all.zip!/sub/a.json"]' in proposal.text
    proposal.write()
    assert acceptances([kind], Settings(), ["recordings"]) == [Acceptance("recordings/recexplore.toml", "x")]


def test_a_day_that_is_over_suppresses_nothing() -> None:
    kind = next(each for each in kinds_of() if each.choice == 0 and "deep" in each.file)
    yesterday = TODAY - datetime.timedelta(1)
    with pytest.raises(NotAcceptable, match="2027-01-30 is over already"):
        propose(kind, [kind], "file", Settings(), reason="x", until=yesterday, today=TODAY)
    propose(kind, [kind], "file", Settings(), reason="x", until=yesterday, today=yesterday).write()
    assert not any(accepted())


def test_entries_of_worse_findings_that_are_gone_are_counted() -> None:
    kind = Kind(f"recordings/{RECORDING}", 0, None, "one", "warning")
    write_baseline(
        "b.json", Baseline(os.getcwd(), {kind._replace(severity="error"): 5, kind._replace(severity=None): 1})
    )
    before = baseline_at("b.json")
    after, n = before.accepting(kind, [kind] * 8)
    assert n == 2
    assert after.accepts([kind] * 8) == [True] * 8
    assert after.accepts([kind] * 9) == [False] * 9
    # What is still found keeps its entry.
    errors = [kind._replace(severity="error")] * 5
    after, n = before.accepting(kind, [kind, kind, *errors])
    assert n == 1
    assert all(after.accepts([kind, kind, *errors]))


def test_what_lies_beside_is_never_touched(tmp_path: Path) -> None:
    """A link or a file of the name that a careless writer would use for its draft."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text("precious")
    Path("recordings/recexplore.toml.part").symlink_to(outside)
    Path("recexplore-baseline.json.part").write_text("mine")
    kind = next(each for each in kinds_of() if "deep" not in each.file)
    propose(kind, [kind], "folder", Settings(), reason="x").write()
    propose(kind, [kind], "baseline", Settings()).write()
    assert outside.read_text() == "precious"
    assert Path("recexplore-baseline.json.part").read_text() == "mine"
    assert Path("recordings/recexplore.toml.part").is_symlink()
    assert not list(Path().rglob(".*")), "no draft is left"


@pytest.mark.parametrize("way", ["baseline", "folder"])
def test_nothing_is_written_outside_the_folder_of_a_server(way: Way, tmp_path: Path) -> None:
    kind = next(each for each in kinds_of() if "deep" not in each.file)
    Path("recordings/recexplore.toml").symlink_to("../above.toml")
    given = Settings(root=str(tmp_path / "recordings"), baseline="recordings/../above.json")
    with pytest.raises(NotAcceptable, match="leads out of"):
        propose(kind, [kind], way, given, reason="x", within=str(tmp_path / "recordings"))
    inside = propose(kind, [kind], way, given, reason="x", within=str(tmp_path))
    assert inside.file in ("above.json", "above.toml"), "the file that is written is the one that is named"
    inside.write()
    assert Path(inside.file).exists()
    assert Path("recordings/recexplore.toml").is_symlink()


def test_many_that_accept_at_once_lose_nothing() -> None:
    kinds = [Kind(f"recordings/{n}.json", 0, None, "one", "error") for n in range(24)]

    def accept(kind: Kind) -> None:
        propose(kind, kinds, "baseline", Settings()).write()
        propose(kind, kinds, "file", Settings(), reason=kind.file).write()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(accept, kinds))
    assert set(baseline_at("recexplore-baseline.json").counts) == set(kinds)
    assert {each.reason for each in suppressions_in("recordings/recexplore.toml")} == {each.file for each in kinds}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write every file")
def test_a_file_that_may_not_be_written_is_not() -> None:
    Path("recordings/recexplore.toml").write_text("")
    Path("recordings/recexplore.toml").chmod(0o444)
    kind = next(each for each in kinds_of() if "deep" not in each.file)
    with pytest.raises(OSError, match="may not be written"):
        propose(kind, [kind], "folder", Settings(), reason="x").write()


def test_a_file_that_cannot_be_made_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/x/.b.json.uwt26suk")

    monkeypatch.setattr("recexplore.checks.file_update.tempfile.mkstemp", fail)
    with pytest.raises(PermissionError, match=r"^b\.json cannot be written: Permission denied\Z"):
        update_file("b.json", lambda _: b"")


def test_a_baseline_of_an_older_version_is_said_to_be_written_anew() -> None:
    Path("recexplore-baseline.json").write_text(
        '{"recexplore_baseline": 1, "accepted": [{"file": "a", "exchange": 0, "choice": null, "rule": "one", "count": 1}]}'
    )
    kind = kinds_of()[0]
    assert "written in today's version" in propose(kind, [kind], "baseline", Settings()).words


names = st.text(st.characters(exclude_characters="/\0:", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 200
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, reason=st.text(max_size=40) | st.sampled_from([*HOSTILE.values()]))
def test_any_name_and_any_reason_are_read_as_they_were_said(name: str, reason: str) -> None:
    path = Path("recordings/recexplore.toml")
    path.unlink(missing_ok=True)
    kind = Kind(f"recordings/{name}", 0, None, "one", "error")
    proposal = propose(kind, [kind], "file", Settings(), reason=reason)
    try:
        proposal.write()
    except ValueError:
        cannot_be_named = name.endswith("!") or name.startswith("./")
        assert cannot_be_named or not reason.strip() or any("\ud800" <= each <= "\udfff" for each in reason)
        assert not path.exists()
        return
    (suppression,) = suppressions_in(str(path))
    assert suppression.reason == reason.strip()
    assert acceptances([kind], Settings(), ["recordings"]) == [Acceptance("recordings/recexplore.toml", reason.strip())]
    assert acceptances([kind._replace(file="recordings/another.json")], Settings(), ["recordings"]) == [None]
