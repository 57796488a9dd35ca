"""What a field of a recording holds, by its name and by what it looks like.

Takes the name of a field and a text, gives its kind. What nobody knows is text, so that it is not passed on: only what is
listed here as structure stays.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from recexplore.model.credentials import is_key_field
from recexplore.read.wire.recorded_wire import CAPTURE_WORDS
from recexplore.share.redact.api_words import has_closed_vocabulary, is_api_word, is_http_phrase
from recexplore.share.redact.stand_ins.pseudonyms import ID_IN_TEXT

__all__ = ["ARGUMENT_FIELDS", "SCHEMA_FIELDS", "TOKEN_LISTS", "Kind", "is_id_like", "kind_of"]


class Kind(StrEnum):
    """What is replaced: the rows of the count sheet."""

    STRUCTURE = "structure"
    """Not replaced."""
    TEXT = "text"
    NAME = "name"
    NUMBER = "number"
    ID = "id"
    HOST = "host"
    URL = "url"
    PARAMETER = "parameter"
    HEADER = "header"
    CREDENTIAL = "credential"
    SECRET = "secret form"
    MEDIA = "media"
    OPAQUE = "opaque"
    BINARY = "binary body"


_STRUCTURE: Final = frozenset(
    [
        "type", "event_type", "eventtype", "object", "model", "model_name", "modelname", "model_version",
        "modelversion", "model_id", "modelid", "model_type", "parent_model", "base_model", "owned_by", "stop_type",
        "service_tier", "encoding_format", "encoding", "method", "mode", "effort", "reasoning_effort", "verbosity",
        "summary_type", "mime_type", "mimetype", "media_type", "response_mime_type", "responsemimetype", "provider",
        "provider_id", "provider_type", "version", "httpversion", "http_version", "api", "__type__", "event",
        "eventname", "lang", "language", "modality", "traffic_type", "traffictype", "quantization_level",
        "parameter_size", "families", "family", "severity", "tool_choice", "toolchoice", "response_format",
        "modalities", "responsemodalities", "voice", "include", "truncation", "logprobs_mode", "recorded_with",
        "http_interactions_version", "format", "endpoint", "probability", "threshold", "dialect", "envelope",
        "task_type", "openai_sdk_version", "vllm_server_version", "performanceconfig", "latency", "chunk_tokenizer",
        "extraction_method", "processor", "api_version", "turn_detection", "interrupted", "invocationlatency",
        "xaccelbuffering", "attempt", "cipher", "connection", "servedby", "transport", "protocol", "responsetype",
        "scheme", "tool_type", "source_type", "input_audio_format", "output_audio_format", "noise_reduction",
    ]
)  # fmt: skip
"""Fields with words of an API, in lower case."""

_AS_IS: Final = frozenset(["test_id", "testid", "nodeid"])
"""Fields with names of tests, which are code."""
_STRUCTURE_NAME: Final = re.compile(r".*(?:[Tt]ype|[Vv]ersion|[Ff]ormat|[Mm]ode|[Tt]ier)")
"""Names that end like a word of an API."""
_STAYS: Final = re.compile(r"[A-Za-z0-9_.:/+*;=-]{0,80}(?:@(?:[0-9]+|default|latest))?")
"""What words of an API look like, a model of a hyperscaler with its version; in a field of structure too, anything else is
text."""
_TIME_NAMES: Final = re.compile(
    r".*(?:_at|_time|At|Time|DateTime|timestamp)|date|time|created|updated|modified|started|stopped|expires"
)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d|UTC)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z]{3}|-?[\d.]+(?:s|ms)?",
    re.ASCII,
)
_IDS: Final = frozenset(
    [
        "id", "user", "safety_identifier", "safetyidentifier", "system_fingerprint", "fingerprint",
        "prompt_cache_key", "custom_id", "organization", "organisation", "org", "project", "account", "tenant",
        "workspace", "deployment", "digest", "etag", "uuid", "nonce", "trace", "span", "session", "conversation",
        "account_name", "username_hash", "container", "previous_response_id", "caller", "rai_config", "instance",
    ]
)  # fmt: skip
_ID_NAME: Final = re.compile(r".+_ids?|.+[a-z]Ids?|.+-id|ids")
_MODEL: Final = re.compile(r"[A-Za-z][\w.-]*/[A-Za-z][\w.:-]*", re.ASCII)
"""A model by its owner's name and its own."""
_OPAQUE: Final = frozenset(
    [
        "encrypted_content", "encryptedcontent", "signature", "thoughtsignature", "thought_signature",
        "encrypted_stdout", "encrypted_index", "redactedcontent", "redacted_content", "encrypted_reasoning",
        "continuation_token",
    ]
)  # fmt: skip
_URLS: Final = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^\s/].*|(?:gs|s3|file)://.*", re.DOTALL)
_URL_NAMES: Final = frozenset(["url", "uri", "href", "scope", "base_url", "server_url", "path", "image_url", "fileuri"])
_DATA_URL: Final = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[^,;]+)*;base64,", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")
_MEDIA: Final = frozenset(
    [
        "data", "b64_json", "image", "images", "audio", "bytes", "file_data", "filedata", "base64", "video",
        "partial_image_b64", "delta", "videobytes", "imagebytes", "inline_data", "result",
    ]
)  # fmt: skip
"""Fields in which base64 is an image, audio or a file."""
_NAMES: Final = frozenset(
    ["name", "tool_name", "function_name", "server_label", "namespace", "toolname", "toolcallname", "connector"]
)
_IDENTIFIER: Final = re.compile(r"[\w.:/-]{1,128}", re.ASCII)

ARGUMENT_FIELDS: Final = frozenset(["arguments", "args", "kwargs", "input", "output", "params", "structuredcontent"])
"""Fields whose objects are a tool's arguments or its answer."""

SCHEMA_FIELDS: Final = frozenset(
    [
        "parameters", "input_schema", "inputschema", "json_schema", "schema", "response_schema", "responseschema",
        "output_schema", "outputschema", "parametersjsonschema", "responsejsonschema", "guided_json",
    ]
)  # fmt: skip

TOKEN_LISTS: Final = frozenset(
    ["prompt", "input", "context", "token_ids", "prompt_token_ids", "tokens", "input_ids", "suffix"]
)
"""Fields whose lists of numbers are tokens of a text."""


def is_id_like(text: str) -> bool:
    """Whether a text looks like an id wherever it stands."""
    return ID_IN_TEXT.fullmatch(text) is not None


def kind_of(name: str, value: str, beside: frozenset[str] = frozenset()) -> Kind:
    """What a text in a field is.

    Parameters
    ----------
    name
        The field's name; of an item in a list, the list's.
    value
        The text.
    beside
        Fields of the same object, and ``"is:model"``, ``"is:tool"`` where it tells of one.
    """
    lower = name.lower()
    if lower in _AS_IS or lower == "obfuscation":
        return Kind.STRUCTURE
    if is_key_field(name):
        return Kind.CREDENTIAL
    if _DATA_URL.match(value) or (lower in _MEDIA and _BASE64.fullmatch(value)):
        return Kind.MEDIA
    if lower in _OPAQUE:
        return Kind.OPAQUE
    if _URLS.match(value) and "\n" not in value and (lower in _URL_NAMES or " " not in value):
        return Kind.URL
    if lower in ("path", "endpoint") and value.startswith("/"):
        return Kind.URL
    if (lower == "message" and is_http_phrase(value)) or value in CAPTURE_WORDS.get(name, ()):
        return Kind.STRUCTURE
    if has_closed_vocabulary(name):
        return Kind.STRUCTURE if is_api_word(name, value) else Kind.TEXT
    if ((lower in _STRUCTURE or _STRUCTURE_NAME.fullmatch(name)) and _STAYS.fullmatch(value)) or (
        _TIME_NAMES.fullmatch(name) and _TIME.fullmatch(value)
    ):
        return Kind.STRUCTURE
    if lower in ("id", "identifier", "providerid") and ("is:model" in beside or _MODEL.fullmatch(value)):
        return Kind.STRUCTURE
    if lower in _IDS or _ID_NAME.fullmatch(name) or ID_IN_TEXT.fullmatch(value):
        return Kind.ID if " " not in value else Kind.TEXT
    if lower == "name" and "is:model" in beside and _STAYS.fullmatch(value):
        return Kind.STRUCTURE
    if lower in _NAMES and _IDENTIFIER.fullmatch(value) and (lower != "name" or "is:tool" in beside):
        return Kind.NAME
    return Kind.TEXT
