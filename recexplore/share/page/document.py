"""A page's HTML: its style, its answers as islands of data, its script; nothing fetched, nothing recorded as markup.

Takes texts that may stand where they are put, gives the document. Its policy lets the browser run this very script and ask
nobody for anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Final

from recexplore.views.explorer import web
from recexplore.views.text.safe_text import one_line

__all__ = ["document", "is_document"]

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'sha256-{digest}'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

_DOCUMENT: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="$generator">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
$style</style>
</head>
<body class="rx-alone rx-report">
<noscript>This page shows recordings with JavaScript of its own; it asks nobody for anything.</noscript>
<script type="application/json" id="rx-report">$facts</script>
$islands
<script type="module">$script</script>
</body>
</html>
""")


_MARK: Final = b'<meta name="generator" content="recexplore '
_HEAD_BYTES: Final = 2_000


def is_document(content: bytes) -> bool:
    """Whether a file is such a page."""
    return _MARK in content[:_HEAD_BYTES]


def document(title: str, generator: str, facts: str, islands: Mapping[str, str]) -> str:
    """The page.

    Parameters
    ----------
    title
        In any characters.
    generator
        What made it.
    facts
        What it opens with: JSON in which no tag can begin.
    islands
        Base64 by the name under which the page looks for it.
    """
    script = f"\n{web.report()}"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _DOCUMENT.substitute(
        policy=_POLICY.format(digest=digest),
        generator=escape(generator, quote=True),
        title=escape(one_line(title)),
        style=web.style(),
        facts=facts,
        islands="\n".join(
            f'<script type="application/octet-stream" id="rx-{name}">{text}</script>' for name, text in islands.items()
        ),
        script=script,
    )
