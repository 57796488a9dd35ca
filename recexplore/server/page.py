"""The page's HTML: an empty body that says where it is, and the two files that fill it.

Takes facts of the server, gives text. Nothing recorded stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template
from typing import Final

__all__ = ["POLICY", "page"]

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""What a browser lets the page do: ask this server, and nobody else."""

_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>recexplore</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}assets/page.css">
<script type="module" src="${base}assets/page.js"></script>
</head>
<body class="rx-alone" $facts></body>
</html>
""")


def page(base: str, facts: Mapping[str, str]) -> str:
    """The page below a URL, with facts that its script reads from the body's ``data-`` attributes."""
    attributes = (f'data-{name}="{escape(value, quote=True)}"' for name, value in {"base": base, **facts}.items())
    return _PAGE.substitute(base=escape(base, quote=True), facts=" ".join(attributes))
