"""recexplore: the notebook microscope for recorded LLM API streams.

Takes a recording, gives tidy pandas frames, figures and an explorer. Imports lazily: ``import recexplore`` loads neither
pandas nor plotly nor ipywidgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import recexplore.views.figures as figures
    from recexplore.api import explore, export, from_chunks, load, recording, report, scan, show
    from recexplore.capture.in_process.recorder import RecordingIncomplete
    from recexplore.checks.run import check
    from recexplore.comparison.changes import Changes, changes
    from recexplore.comparison.comparison import Comparison, compare, compare_each
    from recexplore.comparison.runs import Runs, runs
    from recexplore.corpus import Corpus, Recording
    from recexplore.matching import duplicates, stale, unused, why
    from recexplore.model.errors import ExportRefused, NotLoadable, RecexploreError, RecordingNotFound, SourceChanged
    from recexplore.scans import Scan
    from recexplore.share.exports.unmasked import CredentialsInAnswers
    from recexplore.share.redact.policy import Policy
    from recexplore.share.redact.run import redact
    from recexplore.testing.assert_clean import assert_clean
    from recexplore.testing.assert_same import assert_same
    from recexplore.testing.replay_server import replaying

__all__ = [
    "Changes",
    "Comparison",
    "Corpus",
    "CredentialsInAnswers",
    "ExportRefused",
    "NotLoadable",
    "Policy",
    "RecexploreError",
    "Recording",
    "RecordingIncomplete",
    "RecordingNotFound",
    "Runs",
    "Scan",
    "SourceChanged",
    "__version__",
    "assert_clean",
    "assert_same",
    "changes",
    "check",
    "compare",
    "compare_each",
    "duplicates",
    "explore",
    "export",
    "figures",
    "from_chunks",
    "load",
    "recording",
    "redact",
    "replaying",
    "report",
    "runs",
    "scan",
    "show",
    "stale",
    "unused",
    "why",
]

__version__: Final = "0.1.0"

_HOMES: Final = {
    "Changes": "recexplore.comparison.changes",
    "Comparison": "recexplore.comparison.comparison",
    "Corpus": "recexplore.corpus.corpus",
    "CredentialsInAnswers": "recexplore.share.exports.unmasked",
    "ExportRefused": "recexplore.model.errors",
    "NotLoadable": "recexplore.model.errors",
    "Policy": "recexplore.share.redact.policy",
    "RecexploreError": "recexplore.model.errors",
    "Recording": "recexplore.corpus.recording",
    "RecordingIncomplete": "recexplore.capture.in_process.recorder",
    "RecordingNotFound": "recexplore.model.errors",
    "Runs": "recexplore.comparison.runs",
    "Scan": "recexplore.scans.scan",
    "SourceChanged": "recexplore.model.errors",
    "assert_clean": "recexplore.testing.assert_clean",
    "assert_same": "recexplore.testing.assert_same",
    "changes": "recexplore.comparison.changes",
    "check": "recexplore.checks.run",
    "compare": "recexplore.comparison.comparison",
    "compare_each": "recexplore.comparison.comparison",
    "duplicates": "recexplore.matching",
    "explore": "recexplore.api",
    "export": "recexplore.api",
    "from_chunks": "recexplore.api",
    "load": "recexplore.api",
    "recording": "recexplore.api",
    "redact": "recexplore.share.redact.run",
    "replaying": "recexplore.testing.replay_server",
    "report": "recexplore.api",
    "runs": "recexplore.comparison.runs",
    "scan": "recexplore.api",
    "show": "recexplore.api",
    "stale": "recexplore.matching",
    "unused": "recexplore.matching",
    "why": "recexplore.matching",
}


def __getattr__(name: str) -> Any:
    if name == "figures":
        return import_module("recexplore.views.figures")
    if name not in _HOMES:
        raise AttributeError(f"module 'recexplore' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server asks an extension's package for."""
    return [{"module": "recexplore.server.app", "app": import_module("recexplore.server.app").RecexploreApp}]
