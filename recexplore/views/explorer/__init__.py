"""The explorer: choose a recording, see how it flowed, read what came, look at the wire.

One page (``web/``), one module of answers (`answers`), and two that carry messages between them: `widget` in a notebook,
`server` in a window of its own. The page keeps what it was told: stepping, hovering, playing and zooming wait for nothing.
"""
