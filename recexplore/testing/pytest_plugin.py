"""pytest looks at recordings: ``pytest --recexplore recordings/`` makes a test item of each. And it makes them, and answers
with them: the fixtures ``recexplore_recording`` and ``recexplore_replay``.

Takes pytest's arguments, its ini options ``recexplore_…`` and the project's settings; gives items that fail with what was
found, in words. Where neither option nor fixture is asked for nothing of recexplore is imported.

All recordings are loaded once, when the first file is collected, and judged once, when the first item runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from recexplore.capture.in_process.in_process_recording import InProcessRecording
    from recexplore.checks.result import Verdict
    from recexplore.checks.settings import Settings
    from recexplore.corpus import Corpus
    from recexplore.model.exchange import Problem
    from recexplore.rules import Finding
    from recexplore.rules.finding import RecordingLabel
    from recexplore.testing.replay_server import Start

__all__ = ["pytest_addoption", "pytest_configure", "recexplore_recording", "recexplore_replay"]

_OPTION: Final = "--recexplore"
_NAME: Final = "recexplore-recordings"
_FOLDER_OPTION: Final = "--recexplore-recordings"
_FOLDER_INI: Final = "recexplore_recordings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option, and what ``pytest.ini`` may say instead of ``[tool.recexplore]``."""
    group = parser.getgroup("recexplore", "recorded LLM API streams")
    group.addoption(
        _OPTION, action="store_true", help="Collect recordings: each is a test that fails where it is broken."
    )
    parser.addini("recexplore_fail_on", "The least severity that fails: error, warning, note or never.", default=None)
    parser.addini("recexplore_select", "Rules to run.", type="args", default=None)
    parser.addini("recexplore_ignore", "Rules not to run.", type="args", default=None)
    parser.addini("recexplore_baseline", "File with accepted findings, seen from the ini file.", default=None)
    group.addoption(_FOLDER_OPTION, metavar="FOLDER", help="Where the fixture recexplore_recording writes.")
    parser.addini(_FOLDER_INI, "Where recexplore_recording writes, seen from the ini file.", default="recordings")


def pytest_configure(config: pytest.Config) -> None:
    """Register what collects, if it is asked for; where no path is given, the settings' ``paths`` are collected too."""
    if not config.getoption(_OPTION):
        return
    try:
        recordings = _Recordings(config, _settings(config))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(recordings, _NAME)
    if hasattr(config, "workerinput"):  # a process of pytest-xdist
        config.args, recordings.places = config.workerinput[_NAME]
    elif not _names_paths(config):
        config.args += recordings.settings.paths


@pytest.fixture
def recexplore_replay() -> Iterator[Start]:
    """Answer a client with recordings: ``server = recexplore_replay("recordings/", stall_at=3)`` has a ``url``, the
    ``requests`` that came and those that are ``misses``. It ends with the test."""
    from recexplore.testing.replay_server import starting

    with starting() as start:
        yield start


@pytest.fixture
def recexplore_recording(pytestconfig: pytest.Config) -> Iterator[InProcessRecording]:
    """Record what httpx, httpx2 and aiohttp receive while the test runs, as `recexplore.recording` does."""
    from recexplore.api import recording

    given: str | None = pytestconfig.getoption(_FOLDER_OPTION)
    own = _ini_folder(pytestconfig) / pytestconfig.getini(_FOLDER_INI)
    with recording(pytestconfig.invocation_params.dir / given if given else own) as opened:
        yield opened


def _ini_folder(config: pytest.Config) -> Path:
    return config.inipath.parent if config.inipath else config.rootpath


def _settings(config: pytest.Config) -> Settings:
    """Those of the project, and what pytest's ini file says instead."""
    from recexplore.checks.baseline import read_baseline
    from recexplore.checks.settings import FAIL_ON, read_settings

    ini = {name: config.getini(f"recexplore_{name}") for name in ("fail_on", "select", "ignore", "baseline")}
    given: dict[str, Any] = {name: value for name, value in ini.items() if value}
    if given.get("fail_on", "error") not in FAIL_ON:
        raise ValueError(f"recexplore_fail_on: expected one of {', '.join(FAIL_ON)}, found {given['fail_on']!r}")
    for name in {"select", "ignore"} & given.keys():
        given[name] = tuple(part for each in given[name] for part in each.split(",") if part)
    if "baseline" in given:
        given["baseline"] = str(_ini_folder(config) / given["baseline"])
    settings = replace(read_settings(config.rootpath), **given)
    # What is wrong with these is said now, and not by every item.
    settings.rules()
    if settings.baseline is not None:
        read_baseline(settings.baseline)
    return settings


def _names_paths(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.ARGS


class _Recordings:
    """The recordings of one run of pytest."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        from recexplore.read.sources.archives import is_archive
        from recexplore.read.sources.paths import is_searched_for

        is_wanted = (
            is_searched_for(file_path.name) or is_archive(file_path.name) or parent.session.isinitpath(file_path)
        )
        if not is_wanted or file_path.suffix == ".py" or not self.is_among(file_path):
            return None
        if self.settings.is_excluded(str(file_path)):
            return None
        return _File.from_parent(parent, path=file_path, recordings=self)

    def is_among(self, file: Path) -> bool:
        """Whether a file lies in one of the places that are to be looked at."""
        return any(str(file) == place or str(file).startswith(os.path.join(place, "")) for place in self.places)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """pytest-xdist starts a process: it is told what it cannot know, because it is not told who named the paths."""
        node.workerinput[_NAME] = (self.config.args, self.places)

    @cached_property
    def places(self) -> list[str]:
        """The paths of the command line; where none are given the settings', else all that pytest collects."""
        named = self.config.args if _names_paths(self.config) else self.settings.paths or self.config.args
        return [os.path.abspath(self.config.invocation_params.dir / each.split("::")[0]) for each in named]

    @cached_property
    def corpus(self) -> Corpus:
        from recexplore.api import load
        from recexplore.model.location import relative

        there = (each for each in self.places if not each.endswith(".py") and os.path.exists(each))
        places = [relative(each, os.getcwd()) for each in there]
        return load(places, progress=False, exclude=self.settings.is_excluded)

    @cached_property
    def verdict(self) -> Verdict:
        from recexplore.checks.missing import with_missing_rules
        from recexplore.checks.result import judge

        try:
            return with_missing_rules(judge(self.corpus, self.settings))
        except ValueError as error:  # what lies beside the recordings
            raise _Broken(str(error)) from None

    @cached_property
    def new(self) -> dict[str, list[Finding]]:
        """The new findings of each recording."""
        found: dict[str, list[Finding]] = {}
        for finding in self.verdict.new:
            found.setdefault(finding.label.recording, []).append(finding)
        return found

    @cached_property
    def labels(self) -> dict[str, list[RecordingLabel]]:
        """The recordings of each file."""
        from recexplore.rules.finding import labels_of

        return _by_file((label.path, label) for label in labels_of(self.corpus.recordings))

    @cached_property
    def unread(self) -> dict[str, list[Problem]]:
        """What could not be read of each file."""
        return _by_file((each.path, each) for each in self.corpus.unread)


def _by_file(pairs: Any) -> dict[str, list[Any]]:
    from recexplore.model.location import place_of

    found: dict[str, list[Any]] = {}
    for path, value in pairs:
        found.setdefault(os.path.abspath(place_of(path).file), []).append(value)
    return found


class _File(pytest.File):
    """A file of recordings."""

    def __init__(self, *, recordings: _Recordings, **rest: Any) -> None:
        super().__init__(**rest)
        self.recordings = recordings

    def collect(self) -> Iterator[pytest.Item]:
        from recexplore.model.location import place_of

        key = os.path.abspath(self.path)
        if unread := self.recordings.unread.get(key, []):
            yield _Unread.from_parent(self, name="reading", unread=unread)
        for label in self.recordings.labels.get(key, []):
            member, number = place_of(label.path).member, label.name.removeprefix(label.path)
            yield _Recording.from_parent(self, name=f"{member or 'recording'}{number}", label=label)


class _Broken(Exception):
    """Why an item fails; shown as it is."""


class _Item(pytest.Item):
    parent: _File

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Broken):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        # What ends like the item's id is taken by pytest for a Python name, dots and all.
        return self.path, None, f"{self.path.name}: {self.name}"


class _Unread(_Item):
    """What could not be read of a file."""

    def __init__(self, *, unread: list[Problem], **rest: Any) -> None:
        super().__init__(**rest)
        self.unread = unread

    def runtest(self) -> None:
        from recexplore.views.text.safe_text import one_line

        said = "\n".join(one_line(str(each)) for each in self.unread)
        if set(self.unread) <= set(self.parent.recordings.verdict.accepted_problems):
            self.add_report_section("call", "recexplore", said)
        else:
            raise _Broken(said)


class _Recording(_Item):
    """One recording."""

    def __init__(self, *, label: RecordingLabel, **rest: Any) -> None:
        super().__init__(**rest)
        self.label = label
        # What `-k` finds it by, beside the names of file and item.
        self.extra_keyword_matches.update(filter(None, (label.recording, label.model, label.test_id)))

    def runtest(self) -> None:
        from recexplore.share.reports.text import told
        from recexplore.share.reports.wording import in_short

        verdict = self.parent.recordings.verdict
        mine = self.parent.recordings.new.get(self.label.recording, [])
        if failing := [each for each in mine if verdict.fails(each)]:
            raise _Broken(f"{in_short(failing)}\n{told(failing)}")
        own = self.label.recording
        if unknown := {rule: why for rule, why in verdict.failed.items() if own in verdict.failed_in.get(rule, (own,))}:
            rules = "\n".join(f"the rule {rule} failed: {why}" for rule, why in unknown.items())
            raise _Broken(f"nobody knows whether this recording is clean\n{rules}")
        if mine:
            self.add_report_section("call", "recexplore", told(mine))
