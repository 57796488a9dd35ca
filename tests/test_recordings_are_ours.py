"""Nothing of other people's recordings, against which recexplore is measured, stands among the project's own files."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = ("recordings", "recexplore/rules/examples", "tests", "notebooks", "docs")


def contents(folder: Path) -> dict[str, Path]:
    """Every file below that holds something, by the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size and ".git" not in path.parts)
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in files}


def test_no_file_of_the_corpus_is_shipped(corpus_folder: Path) -> None:
    theirs = contents(corpus_folder)
    ours = {digest: path for folder in SHIPPED for digest, path in contents(ROOT / folder).items()}

    assert len(theirs) > 100
    assert [ours[digest].as_posix() for digest in ours.keys() & theirs.keys()] == []
