"""The command that records what passes between a client and a server: ``capture``.

Takes arguments, runs a local proxy until Control-C, writes a recording for every exchange. The exit code says whether all of
it is recorded.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.background_text import BackgroundText
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.model.counts import count, plural, size_in_words

if TYPE_CHECKING:
    from rich.text import Text

    from recexplore.capture.proxy.proxy import Exchanged, Proxy
    from recexplore.capture.proxy.recording_proxy import Outcome, RecordingProxy
    from recexplore.capture.proxy.upstream import Upstream

__all__ = ["capture"]

_PORTS: Final = range(8080, 8180)
_REFRESH_S: Final = 0.5
_OVER_THE_LINE: Final = "\r\x1b[2K"
_ALARM: Final = "bold red"
_DEAD: Final = {
    "writer_alive": "the thread that writes is dead",
    "finisher_alive": "nobody makes recordings of journals until the end",
}
"""What is said where a member of the status is false."""
_WHOLE_SECONDS_FROM: Final = 10
_THREAD_SWITCH_S: Final = 0.0005
"""After how long the thread that writes journals lets that of the streams go on; Python's own 5 ms would be felt."""


def capture(
    upstream: Annotated[str, typer.Option(metavar="URL", help="The server that is recorded.", show_default=False)],
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Where to; made if it is not there.")] = "recordings",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"By default the first free one from {_PORTS[0]} on.", show_default=False),
    ] = None,
    test_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Noted with every recording.", show_default=False)
    ] = None,
) -> None:
    """Record what a server answers, with its times, between it and any client; the client changes its base URL."""
    try:
        from recexplore.capture.proxy.recording_proxy import RecordingProxy
    except ModuleNotFoundError as error:
        if error.name != "aiohttp":
            raise
        raise ImportError("capture needs aiohttp, which is not installed: pip install 'recexplore[capture]'") from None
    from recexplore.capture.proxy.upstream import Upstream

    recorder = RecordingProxy(Upstream.of(upstream), Path(out), test_id=test_id)
    ports = _PORTS if port is None else range(port, port + 1)
    sys.setswitchinterval(_THREAD_SWITCH_S)
    outcome = asyncio.run(_record(recorder, ports))
    _tell(outcome, out)
    raise Ended(ExitCode.FINDINGS if list(outcome.failures()) else ExitCode.CLEAN)


async def _record(recorder: RecordingProxy, ports: range) -> Outcome:
    with _until_told() as told, BackgroundText(sys.stdout) as out:
        try:
            await recorder.proxy.start(ports)
        except OSError:
            recorder.close()
            raise
        out.write(f"{_how_to_use(recorder.proxy)}\n")
        # What is imported stays: nothing of it is garbage.
        gc.collect()
        gc.freeze()
        with _shown(recorder, out) as show:
            while not told.is_set():
                show()
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), _REFRESH_S)
        out.write("ending ...\n")
        return await recorder.stop()


@contextmanager
def _until_told() -> Iterator[asyncio.Event]:
    """An event that Control-C, or an end asked for, sets; the second time it is as if nobody listened."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.getsignal(each) for each in signals}

    def tell(number: int, frame: Any) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        loop.call_soon_threadsafe(told.set)

    for each in signals:
        signal.signal(each, tell)
    try:
        yield told
    finally:
        for each in signals:
            signal.signal(each, before[each])


@contextmanager
def _shown(recorder: RecordingProxy, out: BackgroundText) -> Iterator[Callable[[], None]]:
    """What shows how things stand: one live line on a terminal; else a line for every exchange that is over."""
    if not sys.stdout.isatty():
        recorder.proxy.exchanged = lambda exchanged: out.write(f"{_in_a_line(exchanged)}\n")
        yield lambda: None
        return
    from rich.console import Console

    console = Console()

    def show() -> None:
        if out.is_idle:
            with console.capture() as shown:
                console.print(_live_line(recorder.proxy.status()), end="", no_wrap=True, overflow="ellipsis")
            out.write(f"{_OVER_THE_LINE}{shown.get()}")

    yield show
    show()
    out.write("\n")


def _live_line(status: dict[str, Any]) -> Text:
    from rich.text import Text

    line = Text()
    # First, for a narrow terminal cuts the end.
    for dead in (words for name, words in _DEAD.items() if not status[name]):
        line.append(f"{dead} · ", _ALARM)
    line.append(count(status["open"], "stream")).append(" open")
    if n_silent := status["silent"]["streams"]:
        up_to = "up to " if n_silent > 1 else ""
        line.append(f", {n_silent:,} silent for {up_to}{_while(status['silent']['longest_s'])}", "yellow")
    line.append(f" · {status['ended']:,} ended · {count(status['reads'], 'chunk')} · ")
    n_lost, n_bodies = status["lost"]["reads"], status["lost_requests"]
    bodies = f" and the {plural(n_bodies, 'body')} of {count(n_bodies, 'request')}" if n_bodies else ""
    line.append(f"lost = {n_lost:,}{bodies}", _ALARM if n_lost or n_bodies else "green")
    line.append(f" · {size_in_words(status['bytes'])}")
    if status["writer_alive"] and status["error"]:
        line.append(f" · {status['error']}", "red")
    return line


def _while(seconds: float) -> str:
    """As whole as a line is that is written anew twice a second."""
    return f"{seconds:.1f} s" if seconds < _WHOLE_SECONDS_FROM else f"{int(seconds):,} s"


def _in_a_line(exchanged: Exchanged) -> str:
    from recexplore.views.text.safe_text import one_line

    answered = "no answer" if exchanged.status is None else exchanged.status
    error = f" ({exchanged.error})" if exchanged.error else ""
    return one_line(
        f"{exchanged.method} {exchanged.url}: {answered}, {exchanged.how}{error}, "
        f"{count(exchanged.n_reads, 'read')}, {size_in_words(exchanged.n_bytes)}, {exchanged.seconds:.2f} s"
    )


def _how_to_use(proxy: Proxy) -> str:
    upstream, url = proxy.upstream, proxy.url
    lines = [f"Recording {upstream.url} into {proxy.writer.folder}; Control-C ends it. What a client is to be given:"]
    lines += [f"  {name}={base}" for name, base in _base_urls(upstream, url)]
    lines.append(f"  curl {url}/...  instead of  curl {upstream.url}/...")
    return "\n".join(lines)


def _base_urls(upstream: Upstream, url: str) -> Iterator[tuple[str, str]]:
    """The variables that official clients read; Anthropic's adds the version of the API itself."""
    yield "OPENAI_BASE_URL", url if upstream.is_versioned else f"{url}/v1"
    if not upstream.is_versioned:
        yield "ANTHROPIC_BASE_URL", url


def _tell(outcome: Outcome, out: str) -> None:
    n_written, now = len(outcome.finished.recordings) - outcome.n_left, outcome.status
    if outcome.n_left:
        _print(f"finished {count(outcome.n_left, 'journal')} that an earlier capture left")
    _print(
        f"{count(n_written, 'recording')} in {out}: {now.n_reads:,} {plural(now.n_reads, 'read')}, lost = {now.lost_reads:,}"
    )
    for failure in outcome.failures():
        sys.stderr.write(f"recexplore: {failure}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
