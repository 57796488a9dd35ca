"""Stalls of compared runs: told to people, and no reason for runs to differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text
from typer.testing import CliRunner

from recexplore.cli.application import app

MS = 1_000_000
URL = "http://localhost/v1/chat/completions"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs of one request, the second of which waits two seconds for its sixth chunk."""
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])
    for name, stall_ms in (("a", 0), ("b", 2_000), ("c", 0)):
        reads = [((at + 1) * 20 * MS + (stall_ms * MS if at > 4 else 0), event) for at, event in enumerate(events)]
        journal = journal_bytes(URL, json.dumps({"model": "m"}).encode(), reads, end=(3_000 * MS, "complete"))
        (tmp_path / f"{name}.journal.jsonl").write_bytes(journal)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "html"])
def test_the_run_that_stalled_is_named(runs: Path, form: str) -> None:
    told = CliRunner().invoke(app, ["compare", str(runs), "--format", form])

    assert told.exit_code == 0, told.output
    assert "b.journal" in told.output
    assert "Nothing came for 2.02 s between chunks 4 and 5" in " ".join(told.output.split())
