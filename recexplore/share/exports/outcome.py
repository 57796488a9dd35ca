"""How an export went: what was written, what was left out and why, what was lost or filled in.

Takes notes while an export is made, gives them to whoever asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from recexplore.model.counts import count

__all__ = ["Note", "Outcome"]


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said of one recording."""

    recording: str
    what: str

    def __str__(self) -> str:
        return f"{self.recording}: {self.what}"


@dataclass(slots=True)
class Outcome:
    """What `recexplore.export` gives.

    Attributes
    ----------
    format
        The format's name.
    files
        The paths of the files that were written, in order; names inside the archive where it is one.
    left_out
        The recordings that are not in the export, and why.
    lost
        What was recorded and is not in the export, a recording each.
    added
        What nobody recorded and the format has to say, a recording each.
    masked
        In what of a recording credentials were masked, where it was written as another recorder's file.
    unmasked
        In which texts of a recording's answer something looks like a credential, which is written as recorded.
    """

    format: str
    files: list[str] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
    lost: list[Note] = field(default_factory=list)
    added: list[Note] = field(default_factory=list)
    masked: list[Note] = field(default_factory=list)
    unmasked: list[Note] = field(default_factory=list)

    def __str__(self) -> str:
        told = [f"{count(len(self.files), 'file')} of {self.format}"]
        if self.left_out:
            told.append(f"{count(len(self.left_out), 'recording')} left out")
        if self.lost:
            told.append(f"something of {count(len(self.lost), 'recording')} lost")
        return ", ".join(told)
