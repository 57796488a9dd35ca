"""What leaves the house holds no credential by default, wherever it stood; and nothing of what `redact` replaced."""

from __future__ import annotations

import base64
import gzip
import html
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pandas as pd
import pytest
from redaction_samples import CREDENTIAL, KEY_FORM, SENTINEL, samples
from report_page import islands_of

import recexplore as rx
from recexplore.share.exports import FORMATS

pytestmark = pytest.mark.long

KEY = b"a key of sixteen bytes and more"
SECRET = KEY_FORM.removeprefix("sk-proj-")
READERS: Final[dict[str, Callable[[Path], pd.DataFrame]]] = {".parquet": pd.read_parquet, ".arrow": pd.read_feather}
EVERYTHING: Final = {"lossy": True, "untimed": "index", "content": True}


def words_in(text: str) -> set[str]:
    """Which of the planted words a text holds, as they are or in base64."""
    lower = text.lower()
    words = {"sentinel": SENTINEL, "credential": CREDENTIAL, "key": SECRET}
    return {name for name, word in words.items() if any(form in lower for form in _forms(word))}


def _forms(word: str) -> Iterator[str]:
    yield word.lower()
    for at in range(3):
        yield base64.b64encode(b"x" * at + word.encode()).decode()[4 if at else 0 : -4].lower()


def unpacked(page: str) -> str:
    """A page, and what its islands hold."""
    islands = [text for name, text in islands_of(page).items() if name != "rx-report"]
    assert len(islands) > 3
    packed = (gzip.decompress(base64.b64decode(each)).decode("utf-8", "replace") for each in islands)
    # JSON writes a quote within a text otherwise; the words have none.
    return "\n".join([page, *packed])


def exported(corpus: rx.Corpus, form: str, out: Path) -> str:
    options = {name: value for name, value in EVERYTHING.items() if name in FORMATS[form].options}
    outcome = corpus.export(out, form, **options)
    assert outcome.files
    read = [repr(outcome)]
    for path in sorted(each for each in {*map(Path, outcome.files), *out.rglob("*")} if each.is_file()):
        reader = READERS.get(path.suffix)
        read += [path.name, path.read_bytes().decode("latin-1") if reader is None else reader(path).to_csv()]
        if reader is not None:
            read.append(path.read_bytes().decode("latin-1"))
    return "\n".join(read)


def command(*arguments: object) -> str:
    given = [sys.executable, "-m", "recexplore", *map(str, arguments)]
    done = subprocess.run(given, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return done.stdout + done.stderr


def reported(form: str) -> Callable[[SimpleNamespace], str]:
    def read(made: SimpleNamespace) -> str:
        rx.report(made.corpus, path := made.out / f"report.{form}")
        text = path.read_text(encoding="utf-8")
        return unpacked(text) if form == "html" else text

    return read


def shown(made: SimpleNamespace) -> str:
    cell = rx.show(made.corpus, max_recordings=len(made.corpus))._repr_mimebundle_()
    page = html.unescape(cell["text/html"].partition('srcdoc="')[2].partition('" style=')[0])
    return "\n".join([unpacked(page), *cell.values()])


ARTEFACTS: Final[dict[str, Callable[[SimpleNamespace], str]]] = {
    "report.html": reported("html"),
    "report.md": reported("md"),
    "show": shown,
    **{
        f"export {form}": lambda made, form=form: exported(made.corpus, form, made.out / form)  # type: ignore[misc]
        for form in FORMATS
    },
    "ls --json": lambda made: command("ls", "--json", made.folder, *made.more),
}
COMPARED: Final = ("text", "json", "markdown", "html")
FORMS: Final = [pytest.param(form, marks=[pytest.mark.thorough] * (form in ("json", "markdown"))) for form in COMPARED]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    for name, data in samples():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def masked(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    return SimpleNamespace(folder=planted, corpus=rx.load(planted), out=tmp_path_factory.mktemp("masked"), more=())


@pytest.fixture(scope="module")
def with_credentials(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    corpus, out = rx.load(planted, credentials="shown"), tmp_path_factory.mktemp("shown")
    return SimpleNamespace(folder=planted, corpus=corpus, out=out, more=("--show-credentials",))


@pytest.fixture(scope="module")
def redacted(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("redacted")
    rx.redact(planted, folder / "in", key=KEY)
    (folder / "out").mkdir()
    corpus = rx.load(folder / "in", credentials="shown")
    return SimpleNamespace(folder=folder / "in", corpus=corpus, out=folder / "out", more=("--show-credentials",))


@pytest.mark.parametrize("name", ARTEFACTS)
def test_no_credential_leaves_unless_asked_for(masked: SimpleNamespace, name: str) -> None:
    assert words_in(ARTEFACTS[name](masked)) <= {"sentinel"}


@pytest.mark.thorough
@pytest.mark.parametrize("name", ARTEFACTS)
def test_with_the_switch_they_are_shown(with_credentials: SimpleNamespace, name: str) -> None:
    words = words_in(ARTEFACTS[name](with_credentials))
    # A trace has the texts of answers alone.
    assert words == {"sentinel"} if name == "export perfetto" else words > {"sentinel"}


@pytest.mark.thorough
@pytest.mark.parametrize("name", ARTEFACTS)
def test_what_was_redacted_leaves_in_nothing(redacted: SimpleNamespace, name: str) -> None:
    assert words_in(ARTEFACTS[name](redacted)) == set()


def changed(folder: Path, out: Path) -> Path:
    """The same recordings with another model asked and another answer given."""
    out.mkdir()
    for path in folder.iterdir():
        if path.is_file() and path.name != "redaction.json":
            data = path.read_bytes().replace(b'"model": "m"', b'"model": "n"')
            (out / path.name).write_bytes(data.replace(b'"finish_reason": "tool_calls"', b'"finish_reason": "stop"'))
    return out


@pytest.mark.parametrize("form", FORMS)
def test_no_comparison_shows_a_credential(masked: SimpleNamespace, tmp_path: Path, form: str) -> None:
    told = command("compare", masked.folder, changed(masked.folder, tmp_path / "changed"), "--format", form)
    assert len(told) > 500
    assert words_in(told) <= {"sentinel"}


@pytest.mark.parametrize("form", FORMS)
def test_no_comparison_of_redacted_recordings_shows_a_word(
    redacted: SimpleNamespace, tmp_path: Path, form: str
) -> None:
    told = command("compare", redacted.folder, changed(redacted.folder, tmp_path / "changed"), "--format", form)
    assert len(told) > 500
    assert words_in(told) == set()
