"""Which values of a recording may have to be replaced: all its texts, each with its kind.

Takes a file's text as a tree, gives pieces. Knows where the recorder's own fields end and a provider's body begins, where
arguments, schemas and header fields are, and which texts go on from chunk to chunk; knows no provider and no recorder by
name. A text that holds another notation is entered (`inside`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from recexplore.model.credentials import is_header_block, is_key_parameter
from recexplore.share.redact.fields import TOKEN_LISTS, Kind, is_id_like
from recexplore.share.redact.header_fields import header_fields
from recexplore.share.redact.notations.json_tree import Node
from recexplore.share.redact.notations.octets import Octet, Octets, octet_nodes, text_of
from recexplore.share.redact.notations.pieces import Bytes, Holder, Piece, Slot
from recexplore.share.redact.zones import Zone, distinctions, entered_zone, fields_beside, header_kind, kind_in, zone_of

__all__ = ["PACKED_PIECES", "Put", "Walk"]

Put: TypeAlias = Callable[[Node, Holder], None]
"""Notes that a value is, or holds, something that may be replaced."""

_STREAMS: Final = frozenset(
    [
        "body",
        "chunks",
        "events",
        "stream",
        "responses",
        "_eventsourcemessages",
        "packets",
        "response",
        "__data__",
        "lines",
    ]
)
"""Lists of recorders whose items are chunks."""
_GOES_ON: Final = frozenset(
    [
        "content", "text", "delta", "arguments", "reasoning", "reasoning_content", "reasoning_text", "thinking",
        "partial_json", "transcript", "refusal", "response", "generated_text", "generation", "outputtext",
        "completion", "thought", "input", "output", "args", "parts", "summary", "code", "partial", "json", "value",
        "tokens", "message", "inputtext", "plan", "tool_plan", "say", "audio_transcript", "arguments_delta",
        "string_value", "stringvalue", "think",
    ]
)  # fmt: skip
"""Fields whose texts come in pieces."""
_EVENT_FIELDS: Final = frozenset(["data", "event", "id", "retry", "comment"])
"""Fields of server-sent events that a recorder tells as name and value."""
PACKED_PIECES: Final = "b64"
"""The field of the objects in which a recorder keeps a stream as it read it, in base64 each."""
_SCHEMA_NAMES: Final = frozenset(["properties", "$defs", "definitions", "patternproperties", "dependentschemas"])
_TOKENS: Final = frozenset(["token", "tok_str", "decoded_token"])
_PIECES_OF_TEXT: Final = frozenset(["tokens"])


@dataclass(slots=True)
class Walk:
    """One walk over a file.

    Attributes
    ----------
    inside
        Enters a text that holds another notation; given it, its field's name, the fields beside it, the slot and the place
        in the file. None where it holds none.
    inside_pieces
        The same of a text that was cut into pieces anywhere; none where they hold no such text together.
    pieces
        What was met, in the file's order.
    names
        Names of tools that were met.
    """

    inside: Callable[[Walk, str, str, frozenset[str], Slot, int], Holder | None]
    inside_pieces: Callable[[Walk, list[str], str, frozenset[str], Slot, int], list[Holder]]
    pieces: list[Piece] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def piece(self, text: str, kind: Kind, name: str, slot: Slot, offset: int) -> Piece:
        """One more piece."""
        found = Piece(text, kind, name, slot, offset)
        self.pieces.append(found)
        if kind is Kind.NAME:
            self.names.add(text)
        return found

    def value(
        self,
        node: Node,
        put: Put,
        zone: Zone,
        slot: Slot,
        name: str = "",
        beside: frozenset[str] = frozenset(),
        base: int | None = None,
        *,
        joins: bool = False,
    ) -> None:
        """Walk over a value.

        Parameters
        ----------
        node, put
            The value, and who notes what is met in it.
        zone, slot, name, beside
            Where it stands: see `Zone`, `Slot`; its field, and the fields beside it.
        base
            The place in the file of the text that it stands in, where that is a text in another one.
        joins
            Whether the items of a list go on with each other's texts.
        """
        offset = node.start if base is None else base
        if (octets := octet_nodes(node, name, beside)) and zone in ("envelope", "body"):
            self._octets(octets, put, slot, offset)
        elif node.kind == "object":
            self._object(node, put, entered_zone(node, zone, name), slot, name, base, joins=joins)
        elif node.kind == "array":
            self._array(node, put, zone, slot, name, beside, base, joins=joins)
        elif node.kind == "string" and node.value:
            beside = beside | {"is:binary"} if node.is_binary else beside
            self._string(node, put, zone, slot, name, beside, offset)
        elif node.kind == "number" and zone == "arguments":
            put(node, self.piece(node.value, Kind.NUMBER, name, slot, offset))

    def _object(
        self, node: Node, put: Put, zone: Zone, slot: Slot, name: str, base: int | None, *, joins: bool
    ) -> None:
        beside = fields_beside(node, name)
        if zone == "body":
            slot += distinctions(node)
        if "token" in beside and zone == "body" and (token := node.member("token")) is not None:
            self._token(node, token, put, slot, base)
            return
        if zone == "envelope" and beside >= {"name", "value"} and self._parameter(node, put, slot, base):
            return
        is_names = zone == "schema" and name.lower() in _SCHEMA_NAMES
        for key, value in node.pairs:
            place = key.start if base is None else base
            said = key.value
            is_free = zone == "arguments" or is_names or name == "top_logprobs"
            if is_id_like(said):
                put(key, self.piece(said, Kind.ID, name, (*slot, "key"), place))
            elif is_free or not _is_identifier(said):
                is_name = is_names or (_is_identifier(said) and name != "top_logprobs")
                kind = Kind.NAME if is_name else Kind.TEXT
                put(key, self.piece(said, kind, name, (*slot, "key", said), place))
            if is_header_block(said) and zone != "schema" and value.kind != "string":
                for own, each in header_fields(value):
                    put(each, self.header(own, each.value, (*slot, said), each.start if base is None else base))
            else:
                inner = zone_of(said, value, zone, is_names=is_names)
                is_chunks = zone == "envelope" and said.lower() in _STREAMS
                self.value(value, put, inner, (*slot, said), said, beside, base, joins=is_chunks or joins)

    def _parameter(self, node: Node, put: Put, slot: Slot, base: int | None) -> bool:
        """A parameter of a query or a form, told as name and value; whether it is one."""
        name, value = node.member("name"), node.member("value")
        if name is None or value is None or name.kind != "string" or value.kind != "string":
            return False
        if name.value in _EVENT_FIELDS:
            own = name.value if name.value == "event" else "value"
            self.value(value, put, "envelope", (*slot, "value"), own, frozenset(), base)
            return True
        if value.value:
            kind = Kind.CREDENTIAL if is_key_parameter(name.value) else Kind.PARAMETER
            offset = value.start if base is None else base
            put(value, self.piece(value.value, kind, name.value, (*slot, "value"), offset))
        return True

    def _array(
        self,
        node: Node,
        put: Put,
        zone: Zone,
        slot: Slot,
        name: str,
        beside: frozenset[str],
        base: int | None,
        *,
        joins: bool,
    ) -> None:
        is_tokens = name.lower() in TOKEN_LISTS and zone == "body"
        is_stream = joins and name.lower() != "choices"
        is_carrier = zone == "envelope" or not (name or slot)
        if is_carrier and len(node.items) > 1 and all(item.kind == "string" for item in node.items):
            texts = [item.value for item in node.items]
            held = self.inside_pieces(self, texts, name, beside, slot, node.start if base is None else base)
            for item, part in zip(node.items, held, strict=False):
                put(item, part)
            if held:
                return
            zone = "envelope"
        packed = [item.member(PACKED_PIECES) for item in node.items if item.kind == "object"]
        if zone == "envelope" and packed and len(packed) == len(node.items) and None not in packed:
            found = [each for each in packed if each is not None]
            texts = [each.value for each in found]
            held = self.inside_pieces(self, texts, PACKED_PIECES, beside, slot, node.start if base is None else base)
            for each, part in zip(found, held, strict=False):
                put(each, part)
            if held:
                return
        for at, item in enumerate(node.items):
            if is_tokens and item.kind == "number" and item.value.isdigit():
                put(item, self.piece(item.value, Kind.NUMBER, name, slot, item.start if base is None else base))
                continue
            is_joined = (is_stream and (zone == "envelope" or name in ("", "__data__"))) or _is_joined(name, item, slot)
            step: Slot = () if is_joined else (_number_of(item, at),)
            self.value(item, put, zone, slot + step, name, beside, base)

    def _octets(self, nodes: Sequence[Node], put: Put, slot: Slot, offset: int) -> None:
        """A text whose bytes are written as numbers."""
        text, own = text_of(nodes), (*slot, "packed")
        held = self.inside(self, text, "", frozenset(), own, offset)
        octets = Octets(held if held is not None else self.piece(text, Kind.TEXT, "bytes", own, offset))
        for at, node in enumerate(nodes):
            put(node, Octet(node.value, octets, at))

    def _string(
        self, node: Node, put: Put, zone: Zone, slot: Slot, name: str, beside: frozenset[str], offset: int
    ) -> None:
        said = node.value
        is_carrier = zone == "envelope" or (zone == "body" and name == "bytes")
        if is_carrier and (held := self.inside(self, said, name, beside, slot, offset)) is not None:
            put(node, held)
            return
        # Only what is known to go on from chunk to chunk is joined: of other texts each is whole.
        own = slot if name.lower() in _GOES_ON else (*slot, len(self.pieces))
        put(node, self.piece(said, kind_in(zone, name, said, beside), name, own, offset))

    def _token(
        self, node: Node, token: Node, put: Put, slot: Slot, base: int | None, chosen: Piece | None = None
    ) -> None:
        """A token with its probability, its bytes and its alternatives."""
        for _, value in node.pairs:
            offset = value.start if base is None else base
            if value is token and value.kind == "string":
                is_same = chosen is not None and chosen.text == value.value
                kind = Kind.STRUCTURE if value.value.startswith("bytes:") else Kind.TEXT
                piece = (
                    chosen if is_same and chosen is not None else self.piece(value.value, kind, "token", slot, offset)
                )
                put(value, piece)
                data = node.member("bytes")
                if data is not None and [each.value for each in data.items] == [
                    str(each) for each in value.value.encode("utf-8", "surrogatepass")
                ]:
                    for at, each in enumerate(data.items):
                        put(each, Bytes(each.value, piece, at))
        mine = self.pieces[-1] if chosen is None and token.kind == "string" else None
        for key, value in node.pairs:
            if value.kind == "array" and key.value != "bytes":
                for at, item in enumerate(value.items):
                    other = item.member("token") if item.kind == "object" else None
                    alone = (*slot, key.value, len(self.pieces), at)
                    if other is not None:
                        self._token(item, other, put, alone, base, mine)
                    else:
                        self.value(item, put, "body", alone, key.value, frozenset(), base)
            elif value is not token and key.value != "bytes":
                self.value(value, put, "body", (*slot, key.value), key.value, frozenset(), base)

    def header(self, name: str, value: str, slot: Slot, offset: int) -> Piece:
        """One header field's value."""
        return self.piece(value, header_kind(name.lower().lstrip(":")), name, slot, offset)


def _number_of(item: Node, at: int) -> tuple[str, str] | int:
    """What tells an item from the others of its list: its index, else its position."""
    index = item.member("index") if item.kind == "object" else None
    return ("index", index.value) if index is not None and index.kind == "number" else at


def _is_joined(name: str, item: Node, slot: Slot) -> bool:
    """Whether the items of a list are tokens one behind the other."""
    if item.kind == "object":
        return item.member("token") is not None and not name.startswith("top")
    return item.kind == "string" and name in _PIECES_OF_TEXT


def _is_identifier(said: str) -> bool:
    return said.isascii() and 0 < len(said) <= 64 and all(each.isalnum() or each in "_-.$:/" for each in said)
