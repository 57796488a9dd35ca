"""The public functions that join rooms: loading hands a corpus the rules that judge it.

Takes what a user names, gives what `recexplore.corpus` defines. Everything else that is public stands where it is made; the
names are listed in `recexplore`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Json
from recexplore.read.cache.place import Cache
from recexplore.read.load import read_corpus
from recexplore.read.options import MAX_FILE_BYTES
from recexplore.read.sources import Where
from recexplore.read.workers import Progress, with_progress

if TYPE_CHECKING:
    from recexplore.analysis.price_table import Prices
    from recexplore.capture.in_process.in_process_recording import InProcessRecording
    from recexplore.capture.in_process.recorder import Only
    from recexplore.checks.settings import Settings
    from recexplore.comparison.comparison import Comparison
    from recexplore.scans import Scan
    from recexplore.share.exports.export import Out
    from recexplore.share.exports.options import Untimed
    from recexplore.share.exports.outcome import Outcome
    from recexplore.share.page.shown import Shown
    from recexplore.views.explorer.widget import Compared, Explorer

__all__ = ["explore", "export", "from_chunks", "load", "recording", "report", "scan", "show"]

_PARTITION_BYTES: Final = 32 * 1024 * 1024
"""What a partition of a scan reads; its frames take a few times as much."""


def _check(subject: Corpus | Recording, progress: Progress = None) -> pd.DataFrame:
    """`recexplore.check`, imported with all its rules when findings are first asked for."""
    from recexplore.checks.run import check

    return check(subject, progress=progress)


def _write_scan(scan: Scan, path: str, *, findings: bool, force: bool) -> Outcome:
    from recexplore.share.exports.scanned import write_scan

    outcome = write_scan(scan, path, findings=findings, force=force)
    places = [scan.where] if isinstance(scan.where, str) else scan.where
    _warn_of_credentials(places, [note.recording for note in outcome.unmasked])
    return outcome


def load(
    where: Where,
    *,
    strict: bool = False,
    jobs: int | None = None,
    progress: Progress = None,
    max_file_bytes: int = MAX_FILE_BYTES,
    rev: str | None = None,
    exclude: Iterable[str] | Callable[[str], bool] = (),
    credentials: Credentials = "masked",
    cache: Cache = None,
) -> Corpus:
    """Load recordings into tidy frames.

    Parameters
    ----------
    where
        A file, a folder (searched recursively for JSON, YAML, HAR, lines of JSON and event streams, hidden folders left
        out), a glob, a zip or tar archive, a URL that fsspec opens (``s3://``, ``gs://``, ``https://`` …),
        ``git+file:///repository@rev:path``, or several of these. Or a dataset that ``export`` or a scan wrote: it is opened
        and not read, frames and the rows of a recording are when they are asked for (docs/exporting.md).
    strict
        Raise at the first thing that cannot be read, instead of noting it in ``problems``.
    jobs
        Number of processes: this one, and as many helpers as are missing. None: as many as there are cores, one for each 30
        MB. The frames are the same whatever it is. Helpers know the plug-ins that are installed; what else was added to
        recexplore in this process keeps them from reading, with a warning.
    progress
        True shows a progress bar, False none, None one that appears when loading takes longer than a second. Or a function
        that is told how many files are read, and of how many.
    max_file_bytes
        Larger files are not read but noted in ``problems``.
    rev
        A git revision: the recordings as they stood then, without a checkout (``"main~5"``).
    exclude
        Globs of files that are not read, whether a search meets them or they are named: they fit the path as seen from the
        working directory, a folder in it, or the file's name. Or a function that says of a path whether it is left out.
    credentials
        ``"masked"``: keys in URLs, header fields that may hold one, fields named like one and known forms of keys are
        ``***`` in the frames and in whatever shows them; the texts of answers stay as recorded. ``"shown"``: all is as
        recorded.
    cache
        Whether what is read of a folder is kept for the next time, which then costs a look at every file: None where it
        pays, True always, False never; or the folder that the cache stands in, which else is among your caches
        (``RECEXPLORE_CACHE`` names another, or is ``off``). Files that changed are read again. Nothing is kept of single
        files, lists, globs, archives, URLs and revisions, with ``strict``, with ``credentials="shown"`` or where a function
        excludes.

    Returns
    -------
    Corpus
        The frames, and the recordings one by one. Empty where no file was found.

    Raises
    ------
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    NotLoadable
        With ``strict=True``, what could not be read: file, exchange, chunk, expected, found.

    Examples
    --------
    >>> import recexplore as rx
    >>> corpus = rx.load("recordings/llama-stack")
    >>> corpus.recordings[["recording", "n_choices", "n_chunks"]].values.tolist()[-1]
    ['f6960cae871e', 1, 39]
    """
    return read_corpus(
        where,
        # A function is told of files, not of rules.
        check=partial(_check, progress=False if callable(progress) else progress),
        export=export,
        strict=strict,
        jobs=jobs,
        progress=progress,
        max_file_bytes=max_file_bytes,
        rev=rev,
        exclude=exclude,
        credentials=credentials,
        cache=cache,
    )


def scan(
    where: Where,
    *,
    max_partition_bytes: int = _PARTITION_BYTES,
    max_file_bytes: int = MAX_FILE_BYTES,
    rev: str | None = None,
    exclude: Iterable[str] | Callable[[str], bool] = (),
    credentials: Credentials = "masked",
) -> Scan:
    """Recordings that need not fit into memory, as Dask DataFrames; needs ``pip install 'recexplore[dask]'``.

    Files are found at once and read when a frame is computed: by threads of this process, or by the workers of a
    `dask.distributed.Client`, which need the same files and packages. Frames that are computed together
    (``dask.compute(scan.recordings, scan.usage)``) are read together.

    Parameters
    ----------
    where, max_file_bytes, rev, exclude, credentials
        As `load` takes them.
    max_partition_bytes
        How many bytes of files a partition reads, at most; a larger file is a partition of its own. Frames and ids are the
        same whatever it is.

    Returns
    -------
    Scan
        The frames, but for ``findings``: `recexplore.check` takes a scan, too.

    Raises
    ------
    ImportError
        Dask is not installed.
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    ValueError
        ``max_partition_bytes`` is less than one.

    Examples
    --------
    >>> import recexplore as rx
    >>> scan = rx.scan("recordings/llama-stack")
    >>> scan.events.groupby("recording").size().compute().loc["f6960cae871e"].item()
    39
    """
    from recexplore.read.found_files import found_files, named_places
    from recexplore.read.load import read_options
    from recexplore.scans.partition import partitions_of
    from recexplore.scans.scan import Scan, require_dask

    require_dask()
    if max_partition_bytes < 1:
        raise ValueError(f"max_partition_bytes: expected 1 or more, found {max_partition_bytes}")
    options = read_options(False, max_file_bytes, credentials)
    where, shown = named_places(where)
    found, skipped = found_files(where, rev, exclude)
    return Scan(partitions_of(found, options, max_partition_bytes), skipped, shown, credentials, write=_write_scan)


def from_chunks(
    chunks: Any,
    times: Sequence[float] | None = None,
    *,
    sent: float | None = None,
    request: Mapping[str, Json] | None = None,
    url: str | None = None,
    name: str = "stream",
) -> Recording:
    """Look at a stream that was just received.

    Parameters
    ----------
    chunks
        What came, in order: dicts, an SDK's objects (anything with ``model_dump``, ``to_dict`` or ``dict``, or a dataclass),
        or the text of a stream of server-sent events in pieces (str or bytes). One that is no list is a whole answer.
    times
        When each came, in seconds on any clock that does not go back (``time.perf_counter()``); as many as chunks.
    sent
        When the request was sent, on the same clock. Without it, time begins with the first chunk.
    request, url
        What was asked and where: the model, the endpoint and the number of choices asked for come from these.
    name
        The recording's id.

    Returns
    -------
    Recording
        With clock ``measured`` where times were given, ``none`` (or the provider's own) where not.

    Raises
    ------
    TypeError
        A chunk is of a kind that cannot be turned into plain data.
    ValueError
        There are not as many times as chunks, or they go back; or a text is no stream's.

    Examples
    --------
    >>> import recexplore as rx
    >>> chunk = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}]}
    >>> rx.from_chunks([chunk]).text()
    'Hi'
    """
    from recexplore.read.from_chunks import received

    return received(chunks, times, check=_check, export=export, sent=sent, request=request, url=url, name=name)


def recording(folder: str | os.PathLike[str], *, test_id: str | None = None, only: Only = None) -> InProcessRecording:
    """Record what the HTTP clients of this process receive, with the time of every read (docs/recording.md).

    While it is open, ``with`` or ``async with``, every exchange of httpx, httpx2 and aiohttp is written as it comes, whoever
    made the client and in whatever thread or task: these are what the SDKs of OpenAI, Anthropic, Google, Mistral, Cohere and
    Groq use. What requests, urllib3, botocore or another process receive is not seen: ``recexplore capture`` records them.

    Parameters
    ----------
    folder
        Where recordings are written, named by their request; made where it is not there. Nothing in it is overwritten.
    test_id
        Which test asks, as llama-stack notes it; by default the one that pytest runs.
    only
        Which URLs are recorded: those that have this text in them, or of which a function says so. All if not given.

    Returns
    -------
    InProcessRecording
        ``paths`` of the recordings in the order of the requests, ``corpus()`` of just these, and what was ``lost``.

    Warns
    -----
    RecordingIncomplete
        When it is closed: something that clients received is not in the recordings. Clients never notice.

    Raises
    ------
    OSError
        The folder cannot be made.
    RuntimeError
        It was open before.

    Examples
    --------
    >>> import tempfile, recexplore as rx
    >>> with rx.recording(tempfile.mkdtemp()) as recording:
    ...     pass  # clients ask and are answered
    >>> recording.paths, recording.lost
    ([], Lost(exchanges=0, reads=0, bytes=0))
    """
    from recexplore.capture.in_process.in_process_recording import InProcessRecording  # only this needs the recorder

    return InProcessRecording(folder, partial(load, progress=False), test_id=test_id, only=only)


def explore(
    corpus: Corpus | Recording | Where,
    recording: str | None = None,
    chunk: int | None = None,
    *,
    findings: pd.DataFrame | Literal[False] | None = None,
    prices: Prices | None = None,
    height: int | None = None,
    compare: Compared | None = None,
) -> Explorer:
    """Open the explorer.

    Parameters
    ----------
    corpus
        What `load` gave, one recording of it, or what `load` takes: a path, a folder, a glob …
    recording
        The recording to begin with: an id, its beginning or a path. By default that of the first of the most severe
        findings, else the first stream.
    chunk
        The chunk to begin with. By default that of the finding where it opens, else the last one: all has arrived.
    findings
        What was found wrong: ``corpus.findings`` if not given, nothing if False. A frame of your own has a row each:
        ``recording``, ``rule``, ``severity`` (error, warning, note), ``chunk``, ``last_chunk``, ``choice``, ``message``,
        ``evidence``, ``spans`` (what of the text is underlined; without them the text of the chunks); only ``recording`` has
        to be there. They are listed, marked on the timeline and underlined in the text; what a check in the working
        directory accepts (its baseline, a ``recexplore.toml``) is listed apart.
    prices
        What a million tokens cost: a mapping of models, or the path of a table in TOML, JSON or CSV (docs/prices.md).
        Without it nothing is said of money.
    height
        In pixels; by default that of what is seen of the notebook.
    compare
        Runs with whose comparison to begin: a group that `runs` gave, recordings of ``corpus``, or their ids; one alone
        stands for all runs of its request.

    Returns
    -------
    Explorer
        A widget; show it by making it the last line of a cell.

    Raises
    ------
    RecordingNotFound
        No recording, or more than one, answers to ``recording`` or to one of ``compare``.
    IndexError
        The recording has no such chunk.
    TypeError
        ``corpus`` is neither what `load` gave nor what it takes, or ``findings`` is no frame of findings.
    ValueError
        A recording is named twice in ``compare``.
    PricesNotReadable
        The price table cannot be read: file, row, expected, found.
    """
    from recexplore.views.explorer.widget import Explorer  # ipywidgets take half a second, and only this needs them

    if isinstance(corpus, Recording):
        recording = recording or corpus.id
        corpus = corpus.corpus
    return Explorer(
        corpus if isinstance(corpus, Corpus) else load(corpus),
        recording,
        chunk,
        findings,
        prices,
        height,
        compare=compare,
    )


def export(
    recordings: Corpus | Recording | Where,
    path: Out,
    format: str | None = None,  # noqa: A002 - as pandas calls it
    *,
    frames: Iterable[str] | None = None,
    untimed: Untimed = "leave-out",
    content: bool = False,
    lossy: bool = False,
    force: bool = False,
) -> Outcome:
    """Write recordings in the format of another tool (docs/exporting.md).

    Parameters
    ----------
    recordings
        What `load` gave, one recording of it, or what `load` takes. Credentials are masked, unless it was loaded with
        ``credentials="shown"``.
    path
        A folder that is to hold the files, a ``.zip`` archive of them, one file, or an open binary file.
    format
        ``parquet``, ``arrow``, ``csv``, ``jsonl``, ``sse``, ``llama-stack``, ``vcr``, ``perfetto`` or ``otlp``. By default
        what the path ends with, else ``parquet``.
    frames
        Of the formats that have a file a frame, those that are wanted; all if not given.
    untimed
        Of traces: ``leave-out`` leaves out streams without times, ``index`` takes the number of each chunk for its time, in
        milliseconds, and says so.
    content
        Of spans: whether the texts of messages are written too.
    lossy
        Of recorders' files: whether a recording is converted although something of it is lost.
    force
        Whether files that are there may be replaced; never a recording that was loaded.

    Returns
    -------
    Outcome
        ``files`` that were written; ``left_out``, ``lost``, ``added`` and ``masked``: what is not as recorded, a recording
        each; ``unmasked``: what is, and looks like a credential.

    Warns
    -----
    CredentialsInAnswers
        The text of an answer that was written says what looks like a credential.

    Raises
    ------
    ExportRefused
        Something is there that may not be replaced, or nothing can be written that would be true.
    ValueError
        There is no such format, frame or option, or one file cannot hold what is asked for.
    OSError
        It cannot be written. Then nothing is.

    Examples
    --------
    >>> import io, recexplore as rx
    >>> out = io.BytesIO()
    >>> recording = rx.load("recordings/llama-stack")["f6960cae871e"]
    >>> print(rx.export(recording, out, "csv", frames=["usage"]))
    0 files of csv
    """
    from recexplore.share.exports.export import export as write  # only this needs the formats

    loaded = recordings if isinstance(recordings, Corpus | Recording) else load(recordings)
    outcome = write(loaded, path, format, frames=frames, untimed=untimed, content=content, lossy=lossy, force=force)
    corpus = loaded if isinstance(loaded, Corpus) else loaded.corpus
    _warn_of_credentials(corpus.places, [note.recording for note in outcome.unmasked])
    return outcome


def report(
    what: Corpus | Recording | Comparison | Iterable[Recording] | Where,
    path: str | os.PathLike[str] = "report.html",
    *,
    title: str = "",
    note: str = "",
    recording: str | None = None,
    chunk: int | None = None,
    max_recordings: int = 1_000,
    findings: pd.DataFrame | Literal[False] | None = None,
    prices: Prices | None = None,
    settings: Settings | None = None,
    pictures: str | os.PathLike[str] | None = None,
    progress: Progress = None,
    force: bool = False,
) -> Path:
    """Write the explorer as one file, which opens in any browser, without Python and without a network.

    Parameters
    ----------
    what
        What `load` gave, recordings of it, what `compare` gave, or what `load` takes: a path, a folder, a glob …
    path
        The file to write. One that ends in ``.md`` is a summary in Markdown: findings, lanes, comparisons.
    title, note
        What stands at its top: text, never markup.
    recording, chunk
        Where it opens: an id, its beginning or a path, and a chunk of it. By default at the first of the most severe
        findings, of the recording where one is named. An address with ``#f27523/81`` at its end leads there, too.
    max_recordings
        How many it may hold; those with the most severe findings are kept, and the page says how many are left out.
    findings
        As `explore` takes them; by default those of ``recexplore check``, what is accepted apart.
    prices
        What a million tokens cost, as `explore` takes it.
    settings
        Those of a check; by default what ``recexplore.toml`` or ``pyproject.toml`` of the working directory says.
    pictures
        A folder for pictures (PNG) of the recordings that a summary shows, made by an installed Chrome or Chromium.
    progress
        Whether to show a bar, as `load` takes it.
    force
        Write over a file that recexplore did not write.

    Returns
    -------
    pathlib.Path
        The file.

    Warns
    -----
    CredentialsInAnswers
        The text of an answer that it holds says what looks like a credential.

    Raises
    ------
    FileExistsError
        There is a file that recexplore did not write.
    RecordingNotFound
        No recording, or more than one, answers to ``recording``.

    Examples
    --------
    >>> import recexplore as rx
    >>> rx.report(rx.load("recordings")["f27523"], "/tmp/report.html", title="Two choices, mixed", chunk=81).name
    'report.html'
    """
    from recexplore.checks.settings import read_settings
    from recexplore.share.page.subject import subject_of
    from recexplore.share.reporting import Wishes, is_report, report_text, unmasked_answers
    from recexplore.share.writing import require_writable, write_text

    require_writable(os.fspath(path), is_report, force)
    wishes = Wishes(
        title,
        note,
        recording,
        chunk,
        max_recordings,
        findings,
        prices,
        settings or read_settings(),
        None if pictures is None else os.fspath(pictures),
    )
    subject = subject_of(what, load)
    said = report_text(subject, wishes, os.fspath(path), None, _watched(progress))
    write_text(os.fspath(path), said, is_report, force)
    _warn_of_credentials(subject.corpus.places, unmasked_answers(subject, wishes, said))
    return Path(path)


def show(
    what: Corpus | Recording | Comparison | Iterable[Recording] | Where,
    recording: str | None = None,
    chunk: int | None = None,
    *,
    title: str = "",
    note: str = "",
    max_recordings: int = 20,
    height: int = 720,
    findings: pd.DataFrame | Literal[False] | None = None,
    prices: Prices | None = None,
) -> Shown:
    """Show the explorer in a cell's output so that it lives on without a kernel: in a notebook that is opened again, or that
    was exported to HTML.

    Its answers are in the output, about 0.4 MB and as much as the recordings take; nothing is asked of a kernel.

    Parameters
    ----------
    what
        What `load` gave, recordings of it, what `compare` gave, or what `load` takes.
    recording, chunk
        Where it opens, as `report` takes them.
    title, note
        What stands at its top: text, never markup.
    max_recordings
        How many it may hold; those with the most severe findings are kept.
    height
        In pixels.
    findings, prices
        As `explore` takes them.

    Returns
    -------
    Shown
        Show it by making it the last line of a cell.

    Warns
    -----
    CredentialsInAnswers
        The text of an answer that it holds says what looks like a credential.

    Raises
    ------
    RecordingNotFound
        No recording, or more than one, answers to ``recording``.
    """
    from recexplore.checks.settings import read_settings
    from recexplore.share.page.shown import Shown
    from recexplore.share.page.subject import subject_of
    from recexplore.share.reporting import Wishes, page, unmasked_answers

    subject = subject_of(what, load)
    wishes = Wishes(title, note, recording, chunk, max_recordings, findings, prices, read_settings())
    words = f"The explorer of {subject.corpus.where} stands in this output, recordings and all; it needs no kernel."
    shown = page(subject, wishes, _watched(None))
    _warn_of_credentials(subject.corpus.places, unmasked_answers(subject, wishes, shown))
    return Shown(shown, words, height)


def _warn_of_credentials(places: Sequence[str], recordings: Sequence[str]) -> None:
    """Warn whoever called the function that calls this."""
    if recordings:
        from recexplore.share.exports.unmasked import CredentialsInAnswers, unmasked_sentence

        warnings.warn(unmasked_sentence(places, recordings), CredentialsInAnswers, stacklevel=3)


def _watched(progress: Progress) -> Callable[[Sequence[Any], str], Iterable[Any]]:
    return lambda items, unit: with_progress(items, total=len(items), unit=unit, show=progress, doing="reporting")
