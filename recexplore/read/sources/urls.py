"""Whatever fsspec can open: ``s3://``, ``gs://``, ``https://``, ``memory://`` and the rest, with the user's own settings.

Takes a URL, gives blobs. A URL is written without what could be a secret in it: user, password, query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit, urlunsplit

from recexplore.model.exchange import Blob, Skipped
from recexplore.read.sources import archives
from recexplore.read.sources.paths import is_hidden, is_searched_for, shown, why_skipped

__all__ = ["below", "is_url", "without_secrets"]

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+(?:://|::[a-zA-Z])")


def is_url(place: str) -> bool:
    """Whether a place is a URL and not a path (``C:\\`` is a path)."""
    return _URL.match(place) is not None


def below(url: str) -> Iterator[Blob | Skipped]:
    """Every file at a URL: one file, a folder, a glob or an archive. What goes wrong is said without what could be secret.

    Raises
    ------
    FileNotFoundError
        There is nothing.
    ImportError
        The package that fsspec needs for this kind of URL is not installed; it says which.
    """
    try:
        yield from _below(url)
    except ImportError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(_said(error, url)) from None
    except Exception as error:  # whatever a file system of fsspec's raises
        bare = without_secrets(url)
        name = shown(bare.rstrip("/").rpartition("/")[2])
        yield Blob(shown(bare), name, partial(_refuse, _said(error, url)), ("url", url))


def _refuse(what: str, max_bytes: int) -> bytes:
    raise OSError(what)


def _said(error: Exception, url: str) -> str:
    """What went wrong, without the parts of a URL that could be secret."""
    text = str(error) if isinstance(error, OSError) and str(error) else f"{type(error).__name__}: {error}"
    for part in url.split("::"):
        text = text.replace(part, _bare(part))
        pieces = urlsplit(part)
        for secret in (pieces.netloc.rpartition("@")[0], pieces.query, pieces.password, *pieces.query.split("&")):
            if secret:
                text = text.replace(secret, "…")
    return text


def _below(url: str) -> Iterator[Blob | Skipped]:
    files, root = _open_file_system(url)
    is_web = url.startswith(("http://", "https://"))
    bare = url.partition("?")[0]
    if "::" not in url and archives.is_archive(bare):
        yield from archives.members(partial(_open, url), without_secrets(url), ("url", url))
    elif not is_web and any(sign in root for sign in "*[") and not files.exists(root):
        matches = sorted(path for path in files.glob(root) if files.isfile(path))
        if not matches:
            raise FileNotFoundError(f"no file matches {without_secrets(url)!r}")
        for path in matches:
            found = files.unstrip_protocol(path)
            yield _blob(found, path.rpartition("/")[2], found)
    elif not is_web and files.isdir(root):
        prefix = len(root.rstrip("/")) + 1
        for path in sorted(files.find(root)):
            name = path[prefix:]
            if is_hidden(name):
                continue
            found = files.unstrip_protocol(path)
            if is_searched_for(name.rpartition("/")[2]):
                yield _blob(found, name, found)
            else:
                yield Skipped(shown(without_secrets(found)), why_skipped(name.rpartition("/")[2]), "not searched")
    elif not is_web and "::" not in url and files.exists(root):
        yield replace(_blob(url, root.rstrip("/").rpartition("/")[2], files.unstrip_protocol(root)), is_named=True)
    elif is_web or files.exists(root):
        yield replace(_blob(url, bare.rstrip("/").rpartition("/")[2], url), is_named=True)
    else:
        raise FileNotFoundError(f"{without_secrets(url)!r} does not exist")


def _fsspec() -> Any:
    """Imported when a URL is first opened: most loads never do."""
    return import_module("fsspec")


def _open_file_system(url: str) -> tuple[Any, str]:
    try:
        files, root = _fsspec().core.url_to_fs(url)
    except ValueError as error:
        raise FileNotFoundError(f"{without_secrets(url)!r} cannot be opened: {error}") from error
    return files, root


def _blob(place: str, name: str, url: str) -> Blob:
    """The file at a URL, which is shown as the place that was asked for."""
    return Blob(shown(without_secrets(place)), shown(name), partial(_read, url), ("url", url))


def _open(url: str) -> BinaryIO:
    try:
        return cast("BinaryIO", _fsspec().open(url, "rb").open())
    except Exception as error:  # whatever a file system of fsspec's raises
        raise OSError(_said(error, url)) from None


def _read(url: str, max_bytes: int) -> bytes:
    try:
        with _fsspec().open(url, "rb") as file:
            data = bytes(file.read(max_bytes + 1))
    except Exception as error:  # whatever a file system of fsspec's raises
        raise OSError(_said(error, url)) from None
    if len(data) > max_bytes:
        raise OSError(f"more than {max_bytes} bytes (max_file_bytes)")
    return data


def without_secrets(url: str) -> str:
    """A URL, or a chain of them, without user, password and query."""
    return "::".join(map(_bare, url.split("::")))


def _bare(url: str) -> str:
    if not is_url(url):
        return url
    parts = urlsplit(url)
    return (
        urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        if parts.netloc
        else url.partition("?")[0]
    )
