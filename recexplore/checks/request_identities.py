"""What makes requests of a corpus the same one, read for the few recordings that a rule asks about.

Takes a `Corpus`, gives `RequestIdentity` by id. Recordings whose request, recorder and provider are equal have one identity:
of many runs one file is read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from weakref import ref

import orjson

from recexplore.comparison.request_key import request_key
from recexplore.corpus import Corpus, Recording
from recexplore.matching.request import request_of
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Json
from recexplore.model.request_fields import RequestFields
from recexplore.read.registry import known
from recexplore.rules.request_identity import RequestIdentity

__all__ = ["CorpusIdentities", "identity_of"]


class CorpusIdentities:
    """The identities of a corpus' requests, each read once.

    Attributes
    ----------
    n_read
        How many recordings were read again.
    """

    def __init__(self, corpus: Corpus) -> None:
        # Who asks has the corpus; what is kept about a corpus must not keep it.
        self._corpus = ref(corpus)
        self._known: dict[Hashable, RequestIdentity | None] = {}
        self._facts: dict[str, Hashable] = {}
        self.n_read = 0

    def __call__(self, ids: Sequence[str]) -> Mapping[str, RequestIdentity]:
        corpus = self._corpus()
        identities = {} if corpus is None else {each: self._of(corpus, each) for each in ids}
        return {each: identity for each, identity in identities.items() if identity is not None}

    def _of(self, corpus: Corpus, recording: str) -> RequestIdentity | None:
        if not self._facts:
            self._facts = _facts(corpus)
        facts = self._facts[recording]
        if facts not in self._known:
            self.n_read += 1
            self._known[facts] = identity_of(corpus[recording])
        return self._known[facts]


def _facts(corpus: Corpus) -> dict[str, Hashable]:
    """What decides about an identity, by the id of each recording; its id where no hash was made of its request."""
    columns = ("recording", "request_hash", "envelope", "provider")
    rows = zip(*(corpus.recordings[name].tolist() for name in columns), strict=True)
    return {own: (request, *rest) if isinstance(request, str) else own for own, request, *rest in rows}


def identity_of(recording: Recording) -> RequestIdentity | None:
    """The identity of one recording's request; None where it has none, or its file is not what was loaded any more."""
    try:
        request = request_of(recording)
    except SourceChanged:
        return None
    fields = known().request
    key = request_key(request, fields, envelope=recording.facts["envelope"], streamed_or_whole=True)
    return None if key is None else RequestIdentity(key.digest, _read(key.digest, request.body, fields))


def _read(key: str, body: Json, fields: RequestFields) -> str | None:
    """A digest of what a model may read of a body: without who asks, and how the answer is to come."""
    if not isinstance(body, dict) or not body or any(body.get(name) for name in fields.conversation_ids):
        return None
    of_usage = {path[0] for path in (*fields.include_usage, *fields.continuous_usage) if len(path) > 1}
    dropped = {*fields.labels, *of_usage, *(path[0] for path in fields.stream if len(path) == 1)}
    shown = {name: value for name, value in body.items() if name not in dropped}
    try:
        return hashlib.sha256(orjson.dumps([key, shown], option=orjson.OPT_SORT_KEYS)).hexdigest()
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or half a surrogate pair
        return None
