from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

import pytest

from recexplore.capture.journal.writable import require_writable
from recexplore.capture.proxy.recording_proxy import RecordingProxy
from recexplore.capture.proxy.upstream import Upstream


def test_a_folder_is_made_and_nothing_stays_in_it(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "folder")

    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(OSError, match=r"file.* cannot be made \(.+\): name another"):
            require_writable(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match=r"no file can be written in .* \(Permission denied\): name another folder"):
        require_writable(tmp_path)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_no_proxy_starts_where_no_file_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number), f"{tmp_path}/.recexplore-abc.tmp")

    monkeypatch.setattr("recexplore.capture.journal.writable.tempfile.NamedTemporaryFile", fail)
    said = f"no file can be written in {tmp_path} ({os.strerror(number)}): name another folder"
    with pytest.raises(OSError, match=rf"^{re.escape(said)}\Z"):
        RecordingProxy(Upstream.of("http://127.0.0.1:1"), tmp_path)
