"""One recording of a corpus: its rows of every frame, and what stands in its file beside them.

Takes the corpus and its position there. Reads its file again only when it is asked for its raw chunks, its request or its
lines, and says so when that file is no longer what was loaded. Never writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from recexplore.corpus.derived import Analysis, Derived
from recexplore.corpus.frames import Frames
from recexplore.corpus.services import Services
from recexplore.corpus.source_file import Source
from recexplore.corpus.span_pieces import pieces_at_the_ends
from recexplore.corpus.unread import problems_frame
from recexplore.model.counts import count
from recexplore.model.errors import RecordingNotFound
from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.kinds import TEXT_KINDS
from recexplore.model.region import Region
from recexplore.model.span import Span

if TYPE_CHECKING:
    from recexplore.corpus.corpus import Corpus

__all__ = ["Recording"]


class Recording(Frames):
    """One exchange of a corpus: the same frames, for this one alone.

    Attributes
    ----------
    id
        Its id in the corpus.
    facts : pandas.Series
        Its row of ``corpus.recordings``.
    recordings, requests, chunks, events, choices, tool_calls, usage, findings, problems : pandas.DataFrame
        The rows of the corpus' frames that belong to it, index from zero.
    """

    def __init__(
        self,
        corpus: Corpus,
        position: int,
        recording_id: str,
        services: Services,
        derived_of_several: Derived | None = None,
    ) -> None:
        self.id = recording_id
        self._corpus = corpus
        self._position = position
        self._services = services
        self._derived_of_several = derived_of_several

    @property
    def corpus(self) -> Corpus:
        """The corpus it is one of."""
        return self._corpus

    @property
    def position(self) -> int:
        """Its row in the corpus' ``recordings``."""
        return self._position

    def bounds(self, name: str) -> tuple[int, int]:
        """Which rows of a frame of its corpus are its own: from the first to before the second, by position."""
        start, end = self._corpus.bounds(name)[self._position : self._position + 2].tolist()
        return start, end

    @property
    def _source(self) -> Source:
        return self._corpus.sources[self._position]

    @property
    def name(self) -> str:
        """Its file as seen from the place that was loaded, the same wherever that stands, and with ``#k`` the k-th exchange
        of a file with several."""
        source = self._source
        return f"{source.blob.name}#{source.exchange}" if source.n_exchanges > 1 else source.blob.name

    @property
    def checksum(self) -> int | None:
        """The CRC-32 of its file, as it was read; None where it was never a file."""
        source = self._source
        return None if source.blob.identity[0] == "memory" else source.checksum

    @property
    def facts(self) -> pd.Series[Any]:
        # What is copied is shared until somebody writes into it.
        return self._facts.copy(deep=False)

    @cached_property
    def _facts(self) -> pd.Series[Any]:
        return self._corpus.facts(self._position)

    def derive(self, analysis: Analysis, *frames: str) -> pd.DataFrame:
        """What an analysis makes of its frames; made once, and shared: not to be changed.

        Parameters
        ----------
        analysis
            Takes frames, gives one with a column ``recording``; of several recordings the rows of each as if there were no
            other, and together.
        frames
            Their names.

        Returns
        -------
        pandas.DataFrame
            Its own rows, index from zero.
        """
        return self._derived.rows(self.id, analysis, frames)

    def derive_among(self, analysis: Analysis, *frames: str) -> pd.DataFrame:
        """Its own rows of what an analysis makes of the whole corpus: of one that holds recordings against one another."""
        return self._corpus.derived.rows(self.id, analysis, frames)

    @cached_property
    def _derived(self) -> Derived:
        return self._derived_of_several or Derived(lambda name: getattr(self, name), is_of_one=True)

    def _frame(self, name: str) -> pd.DataFrame:
        """The corpus' rows that belong to it."""
        return self._corpus.rows_of([self._position], name)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What is wrong with it: `recexplore.check` with the rules that are on by themselves."""
        return self._services.check(self)

    @cached_property
    def problems(self) -> pd.DataFrame:
        return problems_frame(self.unread)

    @property
    def unread(self) -> tuple[Problem, ...]:
        """What could not be read of it; what concerns its whole file is said of the file's first recording."""
        source = self._source
        place = source.blob.path, source.exchange
        return tuple(each for each in self._corpus.unread if (each.path, each.exchange or 0) == place)

    @property
    def request(self) -> dict[str, Json]:
        """The recorded request body, read from the source.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return deepcopy(self.exchange.request)

    @property
    def url(self) -> str | None:
        """The recorded URL with all that it holds, read from the source; ``facts["url"]`` is without credentials.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return self.exchange.url

    def raw(self, chunk: int) -> Json:
        """One chunk as recorded, read from the source.

        Parameters
        ----------
        chunk
            Zero-based position on the wire.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.
        """
        self._check_position(chunk)
        return deepcopy(self.exchange.chunks[chunk])

    def line(self, chunk: int | None = None) -> int | None:
        """The line of its file where a chunk begins, found in the source.

        Parameters
        ----------
        chunk
            Zero-based position on the wire. None: where the recording itself begins.

        Returns
        -------
        int or None
            Counted from one: the line of the chunk's first character; of a server-sent event, of its first ``data`` line.
            Where that cannot be told (a body that is packed), the line where the body or the recording begins. None where
            nothing is known: the envelope cannot say, or the recording was never a file. In an archive, lines are those of
            the member, as it is when unpacked.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.

        Notes
        -----
        A file is searched once and what was found is kept until another file is read.

        Examples
        --------
        >>> import recexplore as rx
        >>> recording = rx.load("recordings/llama-stack")["f6960cae871e"]
        >>> recording.line(), recording.line(0), recording.line(1)
        (1, 97, 124)
        """
        if chunk is not None:
            self._check_position(chunk)
        return self._services.files.line(self._source, chunk)

    def region(self, chunk: int, last_chunk: int | None = None, spans: Iterable[Span] = ()) -> Region | None:
        """The stretch of its file that chunks take, or the one where spans of their text were written.

        Parameters
        ----------
        chunk, last_chunk
            Zero-based positions on the wire, the last one included; one chunk, if only ``chunk`` is given.
        spans
            As a row of ``findings`` has them. The region then reaches from the first to the last of what these chunks
            brought of them; where that cannot be told (arguments that were recorded as an object, a text that stands twice
            in its chunk), it is that of the chunks.

        Returns
        -------
        Region or None
            Lines and columns from one, and the file's own text, escaped as it is. Of a server-sent event it begins with
            its first ``data`` line. None where it is not known where the chunks stand: their body is packed, the envelope
            cannot say, the file is no UTF-8 or the recording was never a file.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.

        Examples
        --------
        >>> import recexplore as rx
        >>> recording = rx.load("recordings/llama-stack")["f6960cae871e"]
        >>> region = recording.region(1)
        >>> region.start_line, region.start_column, region.text[:1], region.text[-1:]
        (124, 21, '{', '}')
        """
        last_chunk = chunk if last_chunk is None else last_chunk
        self._check_position(chunk)
        self._check_position(last_chunk)
        spans, pieces = tuple(spans), []
        if spans:
            events = self.events
            pieces = pieces_at_the_ends(spans, events[events["chunk"].between(chunk, last_chunk)])
        return self._services.files.region(self._source, chunk, last_chunk, pieces)

    @property
    def exchange(self) -> Exchange:
        """The exchange as its envelope gave it, read from the source and shared: not to be changed.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return self._services.files.exchange(self._source)

    def export(self, path: Any, format: str | None = None, **options: Any) -> Any:  # noqa: A002 - as pandas calls it
        """Write it in another format: what `recexplore.export` does, which describes the parameters.

        Raises
        ------
        TypeError
            Its corpus was made by something that hands it no exporter; `recexplore.load` does.
        """
        return self._services.export(self, path, format, options)

    def _check_position(self, chunk: int) -> None:
        """Raise where there is no such chunk."""
        if not isinstance(chunk, int):
            raise TypeError(f"a chunk is asked for by its position, not by {type(chunk).__name__}")
        start, end = self.bounds("chunks")
        n_chunks = end - start
        if not 0 <= chunk < n_chunks:
            raise IndexError(
                f"recording {self.id} has the chunks 0 to {n_chunks - 1}, not {chunk}"
                if n_chunks
                else f"recording {self.id} has no chunk"
            )

    def text(self, choice: int = 0) -> str:
        """The text of one choice exactly as recorded: content, reasoning and tags joined in the order they came.

        Raises
        ------
        LookupError
            There is no such choice.
        """
        if choice not in (numbers := self.choices["choice"].tolist()):
            raise RecordingNotFound(f"recording {self.id} has the choices {numbers}, not {choice}")
        events = self.events
        mine = events[(events["choice"] == choice) & events["kind"].isin(TEXT_KINDS)]
        return "".join(mine.sort_values("seq")["text"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and (self._corpus is other._corpus and self._position == other._position)

    def __hash__(self) -> int:
        return hash((id(self._corpus), self._position))

    def __repr__(self) -> str:
        facts = self.facts
        model = facts["model_served"] if isinstance(facts["model_served"], str) else facts["model_requested"]
        counts = [(facts["n_choices"], "choice"), (facts["n_chunks"], "chunk"), (facts["n_events"], "event")]
        said = ", ".join(count(n, noun) for n, noun in counts)
        return f"Recording {self.id}: {model if isinstance(model, str) else 'no model'}, {said}"
