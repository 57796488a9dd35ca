"""The command that writes recordings anew, without what should not leave the house: ``redact``.

Takes arguments, writes a folder, prints the count sheet; with ``--check`` writes nothing and lists what would be replaced.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.cli.printing import print_json
from recexplore.cli.recordings import STDIN, AsJson, check_places
from recexplore.model.counts import count

if TYPE_CHECKING:
    from recexplore.share.redact.policy import Policy
    from recexplore.share.redact.run import Unredacted

__all__ = ["redact"]

_MOST_PLACES: Final = 5
"""Places of one kind that are listed of a file."""
_MOST_LINES: Final = 20
"""Lines that are listed where nobody asks for all."""


def redact(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, globs or archives.", metavar="PATH...")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to: a new folder, or an older one of redact's."),
    ] = None,
    texts: Annotated[
        str, typer.Option(metavar="filler|masked|kept", help="What becomes of what somebody said.", show_default=True)
    ] = "filler",
    names: Annotated[
        str, typer.Option(metavar="kept|filler", help="Names of tools and arguments.", show_default=True)
    ] = "kept",
    numbers: Annotated[
        str, typer.Option(metavar="filler|kept", help="Numbers in tool arguments.", show_default=True)
    ] = "filler",
    ids: Annotated[
        str, typer.Option(metavar="pseudonyms|kept", help="Ids of calls, answers, users, projects.", show_default=True)
    ] = "pseudonyms",
    hosts: Annotated[
        str, typer.Option(metavar="pseudonyms|kept", help="Hosts that nobody knows, resources.", show_default=True)
    ] = "pseudonyms",
    media: Annotated[
        str, typer.Option(metavar="dropped|kept", help="Images, audio, files.", show_default=True)
    ] = "dropped",
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A header field that stays, beside those that do; may be repeated.", show_default=False
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The key of pseudonyms and filler, made if it is not there; else one among your settings.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where something would be replaced, and say where.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Of --check: every place, not only the first twenty lines.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write recordings anew, without credentials, ids, hosts, media and texts; the streams keep their shape."""
    if STDIN in paths:
        raise ValueError("redact reads no standard input: save it to a file first")
    if check != (output is None):
        raise ValueError("either -o FOLDER says where to, or --check writes nothing")
    if every and not check:
        raise ValueError("--all is of --check, which lists what would be replaced")
    check_places(paths)
    from recexplore.share.redact.policy import Policy

    options = {"texts": texts, "names": names, "numbers": numbers, "ids": ids, "hosts": hosts, "media": media}
    chosen: dict[str, Any] = {**options, "headers": frozenset(each.lower() for each in header or ())}
    policy = Policy(**chosen)
    if output is None:
        _check(paths, policy, as_json, every)
    else:
        _write(paths, output, policy, key, as_json)


def _write(paths: list[str], output: str, policy: Policy, key: str | None, as_json: bool) -> None:
    from recexplore.share.redact.run import redact as written

    sheet = written(paths, output, policy, key=key)
    if as_json:
        print_json(sheet.as_json())
    else:
        sys.stdout.write(f"{sheet}\n")
    if not sheet.rows and not sheet.left_out:
        sys.stderr.write("recexplore: no recording was found\n")
    raise Ended(ExitCode.CLEAN if sheet.rows and not sheet.left_out else ExitCode.UNREADABLE)


def _check(paths: list[str], policy: Policy, as_json: bool, every: bool) -> None:
    from recexplore.share.redact.run import unredacted

    found = unredacted(paths, policy)
    if as_json:
        print_json([_as_json(each) for each in found])
    else:
        _tell(found, every)
    if any(each.reason is not None for each in found):
        raise Ended(ExitCode.UNREADABLE)
    raise Ended(ExitCode.FINDINGS if found else ExitCode.CLEAN)


def _as_json(found: Unredacted) -> dict[str, Any]:
    places = [{"line": place.line, "kind": place.kind.value, "field": place.name} for place in found.places]
    return {"path": found.path, "reason": found.reason, "places": places}


def _tell(found: list[Unredacted], every: bool) -> None:
    """What cannot be redacted, then the places, and how many there are of each kind."""
    most = None if every else _MOST_PLACES
    lines = [line for each in sorted(found, key=lambda each: each.reason is None) for line in _lines(each, most)]
    shown = lines if every else lines[:_MOST_LINES]
    sys.stdout.writelines(f"{line}\n" for line in shown)
    if len(shown) < len(lines):
        sys.stdout.write(f"{count(len(lines) - len(shown), 'more line')}: recexplore redact --check --all\n")
    if found:
        kinds = Counter(place.kind.value for each in found for place in each.places)
        told = ", ".join(f"{kind} {n:,}" for kind, n in kinds.most_common())
        said = f"{count(len(found), 'file')} with something that redact would replace"
        sys.stdout.write(f"{said}{f': {told}' if told else ''}\n")


def _lines(found: Unredacted, most: int | None) -> list[str]:
    """A line a place, of each kind so many at most."""
    from recexplore.views.text.safe_text import one_line

    if found.reason is not None:
        return [one_line(f"{found.path}: cannot be redacted: {found.reason}")]
    lines, told = [], dict.fromkeys((place.kind for place in found.places), 0)
    for place in found.places:
        told[place.kind] += 1
        if most is None or told[place.kind] <= most:
            lines.append(one_line(f"{found.path}:{place.line}: {place.kind.value} ({place.name})"))
    if most is not None:
        lines += [one_line(f"{found.path}: {kind.value}: {n - most:,} more") for kind, n in told.items() if n > most]
    return lines
