"""The command that opens the explorer in a window of its own: ``explore``.

Takes arguments, starts a server that answers until Control-C. Changes no recording.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from recexplore.cli.recordings import STDIN, ShowCredentials, check_places
from recexplore.read.workers import without_collector

__all__ = ["explore"]

_IRI_GRAMMAR: Final = "rfc3987_syntax"


def explore(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders, globs, archives or URLs.", metavar="PATH...", show_default=False),
    ],
    recording: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Where to begin: an id, its beginning, or a path.", show_default=False),
    ] = None,
    chunk: Annotated[int | None, typer.Option(min=0, help="A chunk of it.", show_default=False)] = None,
    rev: Annotated[str | None, typer.Option(help="A git revision of them.", show_default=False)] = None,
    prices: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What a million tokens cost, to see costs.", show_default=False),
    ] = None,
    show_credentials: ShowCredentials = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="By default the first free one from 8888 on.", show_default=False),
    ] = None,
    ip: Annotated[str, typer.Option(help="The address to listen at.", show_default=True)] = "localhost",
    browser: Annotated[bool, typer.Option(help="Open a browser, where there is one.", show_default=False)] = True,
) -> None:
    """Open the explorer in a browser; it follows the folder as it changes."""
    if STDIN in paths:
        raise ValueError("explore follows files as they change and reads no standard input: save it to a file first")
    if rev is None:
        check_places(paths)
    if prices is not None:
        from recexplore.analysis.price_table import read_prices

        read_prices(prices)
    # What is imported stays: nothing of it is garbage.
    with without_collector(), _without_iri_grammar():
        from recexplore.server.app import serve

    serve(
        paths,
        rev=rev,
        recording=recording,
        chunk=chunk,
        prices=prices,
        credentials="shown" if show_credentials else "masked",
        port=port,
        ip=ip,
        open_browser=browser,
    )


@contextmanager
def _without_iri_grammar() -> Iterator[None]:
    """Let jsonschema, which Jupyter Server describes its events with, do without a grammar of IRIs where it is not imported
    yet: that takes 0.7 s to build when it is imported, and no event of this server holds one."""
    is_imported = _IRI_GRAMMAR in sys.modules
    if not is_imported:
        sys.modules[_IRI_GRAMMAR] = None  # type: ignore[assignment]  # an import of it fails, as if it were not installed
    try:
        yield
    finally:
        if not is_imported:
            del sys.modules[_IRI_GRAMMAR]
