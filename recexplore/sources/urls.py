"""Whatever fsspec can open: ``s3://``, ``gs://``, ``https://``, ``memory://`` and the rest, with the user's own settings.

Takes a URL, gives blobs. A URL is written without what could be a secret in it: user, password, query.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit, urlunsplit

import fsspec

from recexplore.model import Blob
from recexplore.sources import archives
from recexplore.sources.paths import is_searched_for, shown

__all__ = ["below", "is_url"]

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


def is_url(place: str) -> bool:
    """Whether a place is a URL and not a path (``C:\\`` is a path)."""
    return _URL.match(place) is not None


def below(url: str) -> Iterator[Blob]:
    """Every file at a URL: one file, a folder, a glob or an archive.

    Raises
    ------
    FileNotFoundError
        There is nothing.
    ImportError
        The package that fsspec needs for this kind of URL is not installed; it says which.
    """
    files, root = _open_file_system(url)
    is_web = url.startswith(("http://", "https://"))
    if archives.is_archive(urlsplit(url).path):
        yield from archives.members(partial(_open, url), _without_secrets(url))
    elif glob.has_magic(root) and not is_web:
        matches = sorted(path for path in files.glob(root) if files.isfile(path))
        if not matches:
            raise FileNotFoundError(f"no file matches {_without_secrets(url)!r}")
        yield from (_blob(files, path, path.rpartition("/")[2]) for path in matches)
    elif not is_web and files.isdir(root):
        prefix = len(root.rstrip("/")) + 1
        for path in sorted(files.find(root)):
            name = path[prefix:]
            if is_searched_for(name.rpartition("/")[2]) and not any(part.startswith(".") for part in name.split("/")):
                yield _blob(files, path, name)
    elif is_web or files.exists(root):
        yield Blob(shown(_without_secrets(url)), shown(urlsplit(url).path.rpartition("/")[2]), partial(_read, url))
    else:
        raise FileNotFoundError(f"{_without_secrets(url)!r} does not exist")


def _open_file_system(url: str) -> tuple[Any, str]:
    try:
        files, root = fsspec.core.url_to_fs(url)
    except ValueError as error:
        raise FileNotFoundError(f"{_without_secrets(url)!r} cannot be opened: {error}") from error
    return files, root


def _blob(files: Any, path: str, name: str) -> Blob:
    url = files.unstrip_protocol(path)
    return Blob(shown(_without_secrets(url)), shown(name), partial(_read, url))


def _open(url: str) -> BinaryIO:
    return cast("BinaryIO", fsspec.open(url, "rb").open())


def _read(url: str, max_bytes: int) -> bytes:
    try:
        with fsspec.open(url, "rb") as file:
            data = bytes(file.read(max_bytes + 1))
    except OSError:
        raise
    except Exception as error:  # whatever a file system of fsspec's raises
        raise OSError(f"{type(error).__name__}: {error}") from error
    if len(data) > max_bytes:
        raise OSError(f"more than {max_bytes} bytes (max_file_bytes)")
    return data


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")) if host or parts.query else url
