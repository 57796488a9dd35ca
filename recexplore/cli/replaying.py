"""The command that answers clients with recordings: ``replay``.

Takes arguments, starts a server that answers until Control-C. Changes no recording.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.recordings import STDIN, load_recordings, require_readable, require_recordings, says_unread
from recexplore.model.counts import count
from recexplore.model.errors import RecexploreError

if TYPE_CHECKING:
    from recexplore.replay.server import Replay

__all__ = ["replay"]

_CHUNK: Final = "K"
_LINE_S: Final = 0.2


def replay(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders, globs, archives or URLs.", metavar="PATH...", show_default=False),
    ],
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="By default the first free one from 8790 on; 0: any free one.", show_default=False
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0, metavar="N", help="How many times as fast as recorded; 0: at once.")
    ] = 1.0,
    loose: Annotated[
        bool, typer.Option("--loose", help="Where none is the same, the nearest recording answers.")
    ] = False,
    run: Annotated[
        int | None,
        typer.Option(min=1, metavar=_CHUNK, help="The run that answers, from 1; else all in turn.", show_default=False),
    ] = None,
    stall_at: Annotated[
        int | None,
        typer.Option(min=0, metavar=_CHUNK, help="Wait before this chunk, counted from 0.", show_default=False),
    ] = None,
    stall_s: Annotated[
        float, typer.Option("--for", min=0, metavar="S", help="How many seconds --stall-at waits.")
    ] = 5.0,
    cut_at: Annotated[
        int | None,
        typer.Option(min=0, metavar=_CHUNK, help="End the connection before this chunk.", show_default=False),
    ] = None,
    drop: Annotated[
        int | None, typer.Option(min=0, metavar=_CHUNK, help="Leave this chunk out.", show_default=False)
    ] = None,
    duplicate: Annotated[
        int | None, typer.Option(min=0, metavar=_CHUNK, help="Send this chunk twice.", show_default=False)
    ] = None,
    swap: Annotated[
        int | None,
        typer.Option(min=0, metavar=_CHUNK, help="This chunk and the next change places.", show_default=False),
    ] = None,
    split_bytes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Cut what is sent into pieces of N bytes.", show_default=False),
    ] = None,
    jitter_ms: Annotated[
        float, typer.Option("--jitter", min=0, metavar="MS", help="Be late by chance, by so many ms at most.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="What chance begins with.")] = 0,
) -> None:
    """Answer any client with recordings: the recorded bytes in recorded time, and faults on purpose."""
    if STDIN in paths:
        raise ValueError(
            "replay reads recordings again when they are asked for and reads no standard input: name files"
        )
    if find_spec("aiohttp") is None:
        raise RecexploreError("replay needs aiohttp: install recexplore[capture]")
    corpus = load_recordings(paths)
    require_recordings(corpus, paths)
    require_readable(corpus)
    says_unread(corpus)
    from recexplore.replay.faults import Faults
    from recexplore.replay.server import Options, Replay

    faults = Faults(stall_at, stall_s, cut_at, drop, duplicate, swap, split_bytes, jitter_ms, seed)
    answering = Replay(corpus, Options(speed, loose, run, faults))
    asyncio.run(_serve(answering, port))
    raise Ended(ExitCode.CLEAN)


async def _serve(replay: Replay, port: int | None) -> None:
    """Answer until a signal asks to end."""
    from recexplore.replay.served import served

    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows interrupts what is awaited
            loop.add_signal_handler(each, ended.set)
    async with served(replay, port) as address:
        sys.stdout.write(
            f"Answering with {count(replay.status['recordings'], 'recording')} at {address}; Control-C ends it.\n"
            f"  openai     base_url={address}/v1\n"
            f"  anthropic  base_url={address}\n"
            f"  status     {address}/recexplore/status\n"
        )
        sys.stdout.flush()
        told = asyncio.create_task(_tell(replay))
        try:
            await ended.wait()
        finally:
            told.cancel()
    _write_line(f"{_line(replay)}\n")


async def _tell(replay: Replay) -> None:
    """Keep a live line on a terminal, and say of each miss why it is one."""
    changed = asyncio.Event()
    replay.on_change = changed.set
    n_told = 0
    while True:
        await changed.wait()
        changed.clear()
        n_told += _tell_misses(replay, n_told)
        if sys.stderr.isatty():
            _write_line(_line(replay))
        await asyncio.sleep(_LINE_S)


def _tell_misses(replay: Replay, n_told: int) -> int:
    """Say why the latest misses are some; gives how many there were."""
    n_new = min(replay.n_misses - n_told, len(replay.asked))
    if n_new <= 0:
        return 0
    from recexplore.views.text.safe_text import one_line

    missed = [each for each in replay.asked if each.reason is not None][-n_new:]
    for each in missed:
        _write_line(
            f"recexplore: no answer to {one_line(each.method)} {one_line(each.path)}: {one_line(each.reason or '')}\n"
        )
    return n_new


def _line(replay: Replay) -> str:
    status = replay.status
    said = f"{count(status['requests'], 'request')}: {status['hits']} answered, {status['misses']} missed"
    refused = f", {status['refused']} refused" if status["refused"] else ""
    return f"{said}{refused}; {status['open']} open"


def _write_line(text: str) -> None:
    """Write over the live line where there is one."""
    sys.stderr.write(f"\r\x1b[2K{text}" if sys.stderr.isatty() else text)
    sys.stderr.flush()
