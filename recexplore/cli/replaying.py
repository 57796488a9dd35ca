"""The command that answers clients with recordings: ``replay``.

Takes arguments, starts a server that answers until Control-C. Changes no recording.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recexplore.cli.background_text import BackgroundText
from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.recordings import STDIN, load_recordings, require_readable, require_recordings, says_unread
from recexplore.model.counts import count
from recexplore.model.errors import RecexploreError

if TYPE_CHECKING:
    from recexplore.capture.replay.server import Replay

__all__ = ["replay"]

_CHUNK: Final = "K"
_HELP: Final = "help"
_LINE_S: Final = 0.2


def _listed(defect: str | None) -> str | None:
    """What an option names; where it asks for help, the rules whose defects there are, and the end."""
    if defect != _HELP:
        return defect
    from recexplore.testing.replayed_defects.replayable import REPLAYABLE, WHY_NOT

    width = max(map(len, (*REPLAYABLE, *WHY_NOT)))
    rows = [f"{rule.id:{width}}  {rule.title}" for rule in REPLAYABLE.values()]
    rows += ["", "Not of these:", *(f"{name:{width}}  {why}" for name, why in WHY_NOT.items())]
    sys.stdout.write("\n".join([*rows, ""]))
    raise Ended(ExitCode.CLEAN)


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
    defect: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Put the defect of this rule into every answer that has room for it; help: list them.",
            callback=_listed,
            is_eager=True,
            show_default=False,
        ),
    ] = None,
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
    from recexplore.capture.replay.event_loop import exact_loop
    from recexplore.capture.replay.faults import Faults
    from recexplore.capture.replay.server import Options, Replay

    faults = Faults(stall_at, stall_s, cut_at, drop, duplicate, swap, split_bytes, jitter_ms, seed)
    change = None
    if defect is not None:
        from recexplore.testing.replayed_defects.defect import defect_in

        change = defect_in(corpus, defect, seed)
    answering = Replay(corpus, Options(speed, loose, run, faults, change))
    # A collection of all that was loaded would take as long as several chunks are apart.
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        runner.run(_serve(answering, port))
    raise Ended(ExitCode.CLEAN)


async def _serve(replay: Replay, port: int | None) -> None:
    """Answer until a signal asks to end."""
    from recexplore.capture.replay.served import served

    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows interrupts what is awaited
            loop.add_signal_handler(each, ended.set)
    with BackgroundText(sys.stderr) as out:
        telling = _Telling(replay, out)
        async with served(replay, port) as address:
            sys.stdout.write(
                f"Answering with {count(replay.status['recordings'], 'recording')} at {address}; Control-C ends it.\n"
                f"  openai     base_url={address}/v1\n"
                f"  anthropic  base_url={address}\n"
                f"  status     {address}/recexplore/status\n"
            )
            sys.stdout.flush()
            told = asyncio.create_task(telling.go_on())
            try:
                await ended.wait()
            finally:
                told.cancel()
        telling.tell()
        telling.write(f"{telling.line}\n")


class _Telling:
    """A live line on a terminal, and of each miss why it is one."""

    def __init__(self, replay: Replay, out: BackgroundText) -> None:
        self._replay, self._out, self._changed, self._n_told = replay, out, asyncio.Event(), 0
        replay.on_change = self._changed.set

    async def go_on(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.tell()
            if sys.stderr.isatty() and self._out.is_idle:
                self.write(self.line)
            await asyncio.sleep(_LINE_S)

    def tell(self) -> None:
        """Say why the latest misses are some."""
        n_new, self._n_told = self._replay.n_misses - self._n_told, self._replay.n_misses
        if not n_new:
            return
        from recexplore.views.text.safe_text import one_line

        missed = (each for each in reversed(self._replay.asked) if each.reason is not None)
        for each in reversed(list(islice(missed, n_new))):
            asked = one_line(f"{each.method} {each.path}")
            self.write(f"recexplore: no answer to {asked}: {one_line(each.reason or '')}\n")

    @property
    def line(self) -> str:
        status = self._replay.status
        said = f"{count(status['requests'], 'request')}: {status['hits']} answered, {status['misses']} missed"
        refused = f", {status['refused']} refused" if status["refused"] else ""
        return f"{said}{refused}; {status['open']} open"

    def write(self, text: str) -> None:
        """Write over the live line where there is one."""
        self._out.write(f"\r\x1b[2K{text}" if sys.stderr.isatty() else text)
