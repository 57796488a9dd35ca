"""What the server refuses, each with its own name.

Imports nothing heavy: a JupyterLab that only has the explorer installed starts without pandas.
"""

from __future__ import annotations

from recexplore.model.errors import RecexploreError

__all__ = ["OutOfDate", "OutsideRoot"]


class OutOfDate(RecexploreError):
    """What was asked about a revision that is let go of: the place has changed since."""


class OutsideRoot(RecexploreError, ValueError):
    """A path that leads out of the folder that the server may show."""
