"""Redacting: recordings in, a folder of redacted ones and a count sheet out; and what a folder still holds.

Takes what a user names, writes into a folder that is new, empty or of its own. The input is never changed. A file that
cannot be redacted is left out and said, never copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from recexplore.corpus import Corpus, Recording
from recexplore.model.exchange import Blob, Skipped
from recexplore.read import envelopes
from recexplore.read.options import MAX_FILE_BYTES
from recexplore.read.sources import Where, search
from recexplore.read.sources.paths import REDACTION_SHEET
from recexplore.read.wire.content import Content
from recexplore.read.workers import watched
from recexplore.share.redact.file_text import CannotRedact, Place, redacted_file
from recexplore.share.redact.keys import Digest, read_key
from recexplore.share.redact.names import redacted_name
from recexplore.share.redact.policy import Policy, Texts, policy_of
from recexplore.share.redact.replacing import Replacer
from recexplore.share.redact.shape import shapes_of
from recexplore.share.redact.sheet import LeftOut, Sheet, SheetRow, digest_of, known_rows, read_sheet
from recexplore.share.redact.stand_ins.pseudonyms import Pseudonyms

__all__ = ["Unredacted", "redact", "unredacted"]

_GROUP: Final = 100
"""Files whose frames are compared together."""
_ANY_KEY: Final = b"what would be replaced does not depend on the key"


@dataclass(frozen=True, slots=True)
class Unredacted:
    """What would be replaced in a file: the places, or why the file could not be redacted."""

    path: str
    places: tuple[Place, ...] = ()
    reason: str | None = None


def redact(
    where: Corpus | Recording | Where,
    out_dir: str | os.PathLike[str],
    policy: Policy | Texts | None = None,
    *,
    key: str | os.PathLike[str] | bytes | None = None,
) -> Sheet:
    """Write recordings anew, without what should not leave the house.

    Parameters
    ----------
    where
        What `load` gave, a recording of it (its whole file is redacted), or what `load` takes.
    out_dir
        A folder that is new, empty, or was written by this function; neither in the recordings' folder nor around it.
    policy
        What is replaced: a `Policy`, or one word for the texts, ``"filler"`` (the default), ``"masked"`` or ``"kept"``.
    key
        What pseudonyms and filler are made with: the path of a file, which is made if it is not there, or bytes. By
        default a file among the user's settings. Equal keys make equal pseudonyms; the key is never written into the folder.

    Returns
    -------
    Sheet
        How many values of which kind were replaced, and in which files; what was left out. It lies in the folder as
        ``redaction.json``. It counts, and does not say that nothing is left.

    Raises
    ------
    FileExistsError
        The folder holds something else.
    FileNotFoundError
        A path does not exist.
    ValueError
        The folder lies in or around the recordings', the key is too short, or the policy has a word that there is not.

    Notes
    -----
    The recorder of llama-stack names files by the hash of the request: they are named anew. What came packed or in an
    archive is written unpacked.
    """
    chosen, folder = policy_of(policy), Path(out_dir)
    places = _places(where)
    _check_folder(folder, places)
    if isinstance(key, str | os.PathLike) and folder.resolve() in Path(key).resolve().parents:
        raise ValueError(f"the key {os.fspath(key)} would lie in {folder}: it stays with its owner")
    digest = Digest(read_key(key))
    replacer, pseudonyms = Replacer(chosen, digest), Pseudonyms(digest)
    known = known_rows(places, chosen)
    with _cleared(folder):
        rows: list[SheetRow] = []
        left_out: list[LeftOut] = []
        taken: set[str] = set()
        foreign: list[str] = []
        group: list[tuple[Blob, bytes, SheetRow]] = []
        blobs = _blobs(where)
        for at, blob in enumerate(watched(blobs, total=len(blobs), unit="file", doing="redacting")):
            made = None
            try:
                made = _redacted(blob, replacer, pseudonyms, known)
            except CannotRedact as error:
                left_out.append(LeftOut(blob.path, str(error)))
            else:
                if made is None:
                    foreign.append(blob.path)
                else:
                    data, row = made
                    row = replace(row, name=_free_name(row.name, digest_of(blob.path.encode()), taken))
                    group.append((blob, data, row))
            if group and (len(group) >= _GROUP or at == len(blobs) - 1):
                _write(folder, group, chosen, rows, left_out)
                group = []
        if group:
            _write(folder, group, chosen, rows, left_out)
        sheet = Sheet(chosen, tuple(rows), tuple(left_out), tuple(foreign))
        _write_file(folder / REDACTION_SHEET, orjson.dumps(sheet.as_json(), option=orjson.OPT_INDENT_2))
    return sheet


def unredacted(where: Corpus | Recording | Where, policy: Policy | Texts | None = None) -> list[Unredacted]:
    """What recordings still hold that a policy would replace; files that were redacted by it hold nothing.

    Parameters
    ----------
    where, policy
        As `redact` has them.

    Returns
    -------
    list of Unredacted
        A row for each file that holds something, or of which that cannot be told.
    """
    chosen = policy_of(policy)
    replacer, known = Replacer(chosen, Digest(_ANY_KEY)), known_rows(_places(where), chosen)
    found = []
    blobs = _blobs(where)
    for blob in watched(blobs, total=len(blobs), unit="file", doing="looking"):
        try:
            data = _read(blob)
            if digest_of(data) in known or _is_foreign(blob, data):
                continue
            places = redacted_file(Content(blob.name, data), replacer).places
        except CannotRedact as error:
            found.append(Unredacted(blob.path, reason=str(error)))
            continue
        if places:
            found.append(Unredacted(blob.path, tuple(places)))
    return found


def _places(where: Corpus | Recording | Where) -> list[str]:
    """The places on disk, as far as they are there."""
    if isinstance(where, Recording):
        return [str(where.facts["path"])]
    if isinstance(where, Corpus):
        return [blob.path for blob in where.blobs]
    each = [where] if isinstance(where, str | os.PathLike | Blob) else list(where)
    return [one.path if isinstance(one, Blob) else os.fspath(one) for one in each]


def _blobs(where: Corpus | Recording | Where) -> list[Blob]:
    """The files."""
    if isinstance(where, Recording):
        return [where.corpus.blobs[list(dict.fromkeys(where.corpus.recordings["path"])).index(where.facts["path"])]]
    if isinstance(where, Corpus):
        return list(where.blobs)
    return [each for each in search(where) if not isinstance(each, Skipped)]


def _read(blob: Blob) -> bytes:
    try:
        return blob.read(MAX_FILE_BYTES)
    except Exception as error:  # whatever a source does, the other files are redacted
        raise CannotRedact(f"it cannot be read: {error}") from error


def _is_foreign(blob: Blob, data: bytes) -> bool:
    """Whether a search met a file that is no recording."""
    return not blob.is_named and envelopes.choose(Content(blob.name, data), is_named=False) is None


def _redacted(
    blob: Blob, replacer: Replacer, pseudonyms: Pseudonyms, known: Mapping[str, SheetRow]
) -> tuple[bytes, SheetRow] | None:
    """A file's bytes and its row; None where it is no recording."""
    data = _read(blob)
    name = _plain_name(blob.name)
    if (row := known.get(digest_of(data))) is not None:
        return data, replace(row, name=name)
    if _is_foreign(blob, data):
        return None
    made = redacted_file(Content(blob.name, data), replacer)
    return made.data, SheetRow(redacted_name(name, data, made.data, pseudonyms), digest_of(made.data), made.counts)


def _write(
    folder: Path,
    group: Sequence[tuple[Blob, bytes, SheetRow]],
    policy: Policy,
    rows: list[SheetRow],
    left_out: list[LeftOut],
) -> None:
    """Write files whose frames say that they are redacted."""
    shapes = shapes_of([(blob.name, _read(blob), data) for blob, data, _ in group])
    for (blob, data, row), shape in zip(group, shapes, strict=True):
        if shape.has_text and policy.texts != "kept" and not row.was_redacted:
            left_out.append(LeftOut(blob.path, "a text stands in it as it was"))
            continue
        _write_file(folder / row.name, data)
        rows.append(row if row.was_redacted else replace(row, keeps_shape=shape.is_kept))


def _check_folder(folder: Path, places: Iterable[str]) -> None:
    """Raise where nothing may be written."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is no folder")
    if folder.is_dir() and any(folder.iterdir()) and not read_sheet(str(folder)):
        raise FileExistsError(f"{folder} is not empty and was not written by redact: name a new folder")
    out = folder.resolve()
    for place in places:
        if os.path.lexists(place):
            source = Path(place).resolve()
            if out == source or source in out.parents or (out in source.parents):
                raise ValueError(f"{folder} lies in or around {place}: name a folder elsewhere")


@contextmanager
def _cleared(folder: Path) -> Iterator[None]:
    """The folder, without what was written here before. Where something ends the work, Control-C too, what was written is
    taken back: a folder without its sheet would be nobody's, and nothing could be written there again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    before = set(folder.rglob("*"))
    try:
        yield
    except BaseException:
        for path in sorted(set(folder.rglob("*")) - before, reverse=True):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        if is_new:
            folder.rmdir()
        raise


def _clear(folder: Path) -> None:
    """Take away what was written here before, as far as it is still that."""
    for each in read_sheet(str(folder)).get("files", ()):
        path = folder / each["name"]
        if (
            folder.resolve() in path.resolve().parents
            and path.is_file()
            and digest_of(path.read_bytes()) == each["sha256"]
        ):
            path.unlink()
    (folder / REDACTION_SHEET).unlink(missing_ok=True)


def _plain_name(name: str) -> str:
    """A file's name below the folder, without archives and without leaving it."""
    steps = [step.rstrip("!") for step in name.replace("\\", "/").split("/")]
    inside = [step for step in steps if step not in ("", ".", "..")]
    packed = next((end for end in (".gz", ".bz2", ".xz", ".zst", ".br") if inside[-1].lower().endswith(end)), "")
    inside[-1] = inside[-1][: len(inside[-1]) - len(packed)]
    return "/".join(inside)


def _free_name(name: str, digest: str, taken: set[str]) -> str:
    """A name that no other file has."""
    if name.lower() in taken or name == REDACTION_SHEET:
        stem, dot, end = name.rpartition(".")
        name = f"{stem if dot else name}-{digest[:8]}{dot}{end if dot else ''}"
    taken.add(name.lower())
    return name


def _write_file(path: Path, data: bytes) -> None:
    """The whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:100]}.part")
    part.write_bytes(data)
    os.replace(part, path)
