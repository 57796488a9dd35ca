"""Bytes to tables, in one direction: sources, envelopes over the wire's formats, dialects, facts of the exchange.

`recexplore.read.load` joins these rooms; none of them imports another, except that envelopes use ``wire`` and the registry,
``positions`` uses ``wire``, and dialects and hosts use ``extract``.
"""
