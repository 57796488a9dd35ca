"""The frames that a corpus and each of its recordings have alike, made when first asked for and then kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import pandas as pd

__all__ = ["Frames"]


class Frames(ABC):
    """What was read, as DataFrames; columns as `recexplore.model.schema` declares them."""

    @abstractmethod
    def _frame(self, name: str) -> pd.DataFrame:
        """The rows of one frame."""

    @cached_property
    def recordings(self) -> pd.DataFrame:
        return self._frame("recordings")

    @cached_property
    def requests(self) -> pd.DataFrame:
        return self._frame("requests")

    @cached_property
    def chunks(self) -> pd.DataFrame:
        return self._frame("chunks")

    @cached_property
    def events(self) -> pd.DataFrame:
        return self._frame("events")

    @cached_property
    def choices(self) -> pd.DataFrame:
        return self._frame("choices")

    @cached_property
    def tool_calls(self) -> pd.DataFrame:
        return self._frame("tool_calls")

    @cached_property
    def usage(self) -> pd.DataFrame:
        return self._frame("usage")
