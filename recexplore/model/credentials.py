"""What credentials look like, and what stands in their place: the only place that knows.

Takes headers, URLs, decoded JSON or text, gives the same without credentials. Headers pass by an allow-list, for no list of
secret ones is ever complete; query parameters and fields by their names; in other text only forms that providers give to
their keys and to nothing else. Never raises, and never says that nothing is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import unquote_plus

import orjson

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text

__all__ = [
    "HEADER_BLOCKS",
    "KEY_ENDINGS",
    "KEY_NAMES",
    "MASK",
    "OPEN_HEADERS",
    "SECRET_FORMS",
    "Credentials",
    "is_header_block",
    "is_key_field",
    "is_key_parameter",
    "is_open_header",
    "masked_header",
    "masked_json",
    "masked_json_text",
    "masked_text",
    "masked_url",
]

Credentials: TypeAlias = Literal["masked", "shown"]
"""Whether what is loaded and shown holds credentials."""

MASK: Final = "***"

OPEN_HEADERS: Final = frozenset(
    [
        "accept", "accept-encoding", "accept-language", "accept-ranges", "age", "allow", "alt-svc", "cache-control",
        "connection", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-type", "date", "etag", "expires", "host", "keep-alive", "last-modified", "origin", "pragma",
        "retry-after", "retry-after-ms", "server", "server-timing", "strict-transport-security", "te", "trailer",
        "transfer-encoding", "upgrade", "user-agent", "vary", "via", "x-content-type-options", "x-frame-options",
        "x-xss-protection", "x-powered-by", "x-robots-tag", "access-control-allow-credentials",
        "access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin",
        "access-control-expose-headers", "access-control-max-age", "anthropic-beta",
        "anthropic-dangerous-direct-browser-access", "anthropic-version", "api-version", "openai-beta",
        "openai-model", "openai-processing-ms", "openai-version", "sec-fetch-dest", "sec-fetch-mode",
        "sec-fetch-site", "cf-cache-status", "nel", "report-to", "priority", "proxy-status",
        "azureml-model-session", "x-accel-buffering", "x-envoy-upstream-service-time", "x-ms-region",
        "x-ms-deployment-name", "x-inference-time", "x-compute-time", "x-compute-type", "x-compute-characters",
        "x-should-retry", "request-id", "x-request-id", "x-amzn-requestid", "x-amzn-request-id",
        "x-goog-request-id", "apim-request-id", "x-ms-client-request-id", "x-ms-request-id", "x-ms-rai-invoked",
        "cf-ray", "trace-id", "traceparent", "x-trace-id", "x-cloud-trace-context", "x-correlation-id",
        "openai-organization", "openai-project", "anthropic-organization-id",
    ]
)  # fmt: skip
"""Header fields that hold no credential, in lower case; every other one's value is masked, but for `_OPEN_PREFIXES`."""

_OPEN_PREFIXES: Final = (
    "x-ratelimit-",
    "anthropic-ratelimit-",
    "ratelimit",
    "x-stainless-",
    "x-amzn-bedrock-",
    "sec-ch-ua",
    "x-vcr-",
)

KEY_NAMES: Final = frozenset(
    [
        "apikey", "apitoken", "accesskey", "accesskeyid", "accesstoken", "authtoken", "authorization",
        "bearertoken", "clientsecret", "credential", "credentials", "hftoken", "idtoken", "passphrase", "passwd",
        "password", "privatekey", "proxyauthorization", "pwd", "refreshtoken", "secret", "secretaccesskey",
        "secretkey", "securitytoken", "sessiontoken", "signingkey", "subscriptionkey", "webhooksecret",
    ]
)  # fmt: skip
"""Names of fields that hold a key, without what parts their words."""
KEY_ENDINGS: Final = (
    "apikey", "apitoken", "accesskey", "accesstoken", "authtoken", "clientsecret", "password", "privatekey", "secretkey",
    "secretaccesskey", "sessiontoken", "securitytoken", "subscriptionkey", "refreshtoken",
)  # fmt: skip
_KEY_PARAMETERS: Final = frozenset(
    [
        "auth", "code", "key", "sig", "signature", "token", "xamzcredential", "xamzsignature", "xgoogcredential",
        "xgoogsignature", "awsaccesskeyid", "googleaccessid",
    ]
)  # fmt: skip
"""Names that are a key's in a URL, and in a body may be anything."""

SECRET_FORMS: Final = re.compile(
    r"""(?<![A-Za-z0-9])(?P<prefix>(?:
        (?P<scheme>[Bb]earer[ ]|[Bb]asic[ ](?=[A-Za-z0-9+/]{20,}={0,2}(?![A-Za-z0-9+/])))(?=[A-Za-z0-9._~+/-]{16})
      | sk-(?:ant-(?:api|admin|oat)\d\d-|or-v1-|proj-|svcacct-|admin-|None-|lf-)?
        (?=[A-Za-z0-9_-]{20})(?=[A-Za-z_-]{0,200}\d)
      | ek_(?=[A-Za-z0-9]{24}) | gsk_(?=[A-Za-z0-9]{40}) | xai-(?=[A-Za-z0-9]{40}) | csk-(?=[a-z0-9]{40})
      | pplx-(?=[A-Za-z0-9]{40}) | nvapi-(?=[A-Za-z0-9_-]{40}) | r8_(?=[A-Za-z0-9]{37}) | fw_(?=[A-Za-z0-9]{20})
      | hf_(?=[A-Za-z0-9]{30}) | tvly-(?:dev-|prod-)?(?=[A-Za-z0-9]{20}) | dapi(?=[0-9a-f]{32})
      | AIza(?=[A-Za-z0-9_-]{35}) | ya29\.(?=[A-Za-z0-9_-]{20}) | GOCSPX-(?=[A-Za-z0-9_-]{20})
      | (?:AKIA|ASIA)(?=[A-Z2-7]{16}(?![A-Za-z0-9])) | ABSK(?=[A-Za-z0-9+/]{80}) | bedrock-api-key-(?=[A-Za-z0-9]{40})
      | gh[pousr]_(?=[A-Za-z0-9]{36}) | github_pat_(?=[A-Za-z0-9_]{40}) | glpat-(?=[A-Za-z0-9_-]{20})
      | xox[abeprs]-(?=[A-Za-z0-9-]{20}) | (?:sk|rk)_(?:live|test)_(?=[A-Za-z0-9]{20}) | npm_(?=[A-Za-z0-9]{36})
      | eyJ(?=[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10})
      | -----BEGIN[ ](?:[A-Z]+[ ])?PRIVATE[ ]KEY-----(?=[\s\\])
    ))(?P<secret>(?<=-----)[^-]+|(?<=ABSK)[A-Za-z0-9+/=]+|(?(scheme)[A-Za-z0-9._~+/=-]+|[A-Za-z0-9._~+=-]+))""",
    re.VERBOSE,
)
"""Keys as providers issue them: a prefix of their own and far more letters than a word has. Few, so that what is masked is
one. Nothing looks further ahead than a number of letters: a text may be one word that holds a prefix thousands of times."""
_SHORTEST_KEY: Final = 20
"""No text that is shorter has one of these forms: the shortest is Amazon's, four letters and sixteen."""

_PARAMETER: Final = re.compile(r"(?P<before>(?<=[?&;#])(?P<name>[^=&;#?]+)=)(?P<value>[^&#]+)")
_USER: Final = re.compile(r"(?P<before>//)[^/?#@\s]*@")
_SCHEMES: Final = re.compile(r"(?P<scheme>Bearer|Basic|Token|Key|Digest|AWS4-HMAC-SHA256)\s+\S", re.IGNORECASE)
HEADER_BLOCKS: Final = frozenset(
    ["headers", "requestheaders", "responseheaders", "rawheaders", "reqheaders", "httpheaders", "cookies"]
)
_URL: Final = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//\S*|/[^\s?]*\?\S*")
_FORM: Final = re.compile(r"[\w.%\[\]+-]+=[^&\s]*(?:&[\w.%\[\]+-]+=[^&\s]*)*")
_FIELD: Final = re.compile(r"(?P<before>(?<![^&])(?P<name>[^=&]+)=)(?P<value>[^&]+)")
_NAME: Final = re.compile(r"[^a-z0-9]")
_MOST_DEPTH: Final = 200
_HOLDS_NO_TEXT: Final = frozenset([int, float, bool, type(None)])
_REMEMBERED_NAMES: Final = 1_000
"""A load meets few names of fields, many times each."""


@lru_cache(maxsize=512)  # every chunk of a stream has the same names
def _plain(name: str) -> str:
    return _NAME.sub("", name.lower())


@lru_cache(_REMEMBERED_NAMES)
def is_key_field(name: str) -> bool:
    """Whether a field of a JSON object holds a key, by its name."""
    plain = _plain(name)
    return plain in KEY_NAMES or plain.endswith(KEY_ENDINGS)


def is_key_parameter(name: str) -> bool:
    """Whether a parameter of a URL's query, or of a form, holds a key, by its name."""
    plain = _plain(unquote_plus(name))
    return plain in _KEY_PARAMETERS or is_key_field(plain)


@lru_cache(_REMEMBERED_NAMES)
def is_header_block(name: str) -> bool:
    """Whether a field of a JSON object holds header fields, or cookies."""
    return _plain(name) in HEADER_BLOCKS


def is_open_header(name: str) -> bool:
    """Whether a header field is known to hold no credential."""
    lower = name.lower().lstrip(":")
    return lower in OPEN_HEADERS or lower.startswith(_OPEN_PREFIXES)


def masked_header(name: str, value: str) -> str:
    """The value of a header field, masked if it is not known to hold no credential; its scheme stays."""
    if is_open_header(name) or not value:
        return masked_text(value)
    scheme = _SCHEMES.match(value)
    return f"{scheme['scheme']} {MASK}" if scheme else MASK


def masked_text(text: str) -> str:
    """The text, keys in it masked behind the prefix that tells whose they are."""
    if len(text) < _SHORTEST_KEY:
        return text
    return SECRET_FORMS.sub(lambda found: f"{found['prefix']}{MASK}", text)


def masked_url(url: str) -> str:
    """The URL without user and password, its keys masked; all else as it is written."""
    if "@" in url:
        url = _USER.sub(r"\g<before>", url)
    if "=" in url:
        url = _PARAMETER.sub(_masked_parameter, url)
    return masked_text(url)


def _masked_parameter(found: re.Match[str]) -> str:
    return f"{found['before']}{MASK}" if is_key_parameter(found["name"]) else found[0]


def masked_json(value: Json) -> Json:
    """The value, what its headers, its fields and its URLs hold of credentials masked. The value itself stays as it is."""
    return _masked(value, 0)


def masked_json_text(text: str) -> str:
    """A text that is an object or a list as JSON, masked as the value is; as it is written where nothing is masked. Any
    other text as `masked_text` has it."""
    if not text.startswith(("{", "[")):
        return masked_text(text)
    try:
        value = orjson.loads(text)
        if masked_json(value) == value:
            return text
    except ValueError:  # an unpaired surrogate, or a number that JSON lacks
        pass
    try:
        value = json.loads(text)  # which keeps numbers that orjson makes floats
    except (ValueError, RecursionError):
        return masked_text(text)
    masked = masked_json(value)
    return text if masked == value else to_json_text(masked)


def _masked(value: Json, depth: int) -> Json:
    if type(value) in _HOLDS_NO_TEXT:
        return value
    if isinstance(value, str):
        return _masked_string(value)
    if value is None or isinstance(value, int | float) or depth > _MOST_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {name: _masked_field(name, each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        # Embeddings are thousands of numbers.
        if _HOLDS_NO_TEXT.issuperset(map(type, value)):
            return list(value)
        return [_masked(each, depth + 1) for each in value]
    return value


def _masked_string(value: str) -> str:
    if "/" in value and _URL.fullmatch(value):
        return masked_url(value)
    if "=" in value and _FORM.fullmatch(value):
        # One word before one equals sign may be anything: then only a name that is a key's everywhere counts.
        is_key = is_key_parameter if "&" in value else is_key_field
        value = _FIELD.sub(lambda found: f"{found['before']}{MASK}" if is_key(found["name"]) else found[0], value)
    return masked_text(value)


def _masked_field(name: Any, value: Json, depth: int) -> Json:
    if not isinstance(name, str):
        return _masked(value, depth)
    if is_key_field(name) and not (
        isinstance(value, Mapping) and "type" in value
    ):  # a schema that tells of such a field
        return _masked_whole(value, depth)
    return _masked_headers(value, depth) if is_header_block(name) else _masked(value, depth)


def _masked_whole(value: Json, depth: int) -> Json:
    """Every text in a value masked."""
    if isinstance(value, str):
        return masked_header("", value)
    if isinstance(value, Mapping) and depth <= _MOST_DEPTH:
        return {name: _masked_whole(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple) and depth <= _MOST_DEPTH:
        return [_masked_whole(each, depth + 1) for each in value]
    return value


def _masked_headers(fields: Json, depth: int) -> Json:
    """Header fields in any form that recorders give them."""
    if isinstance(fields, Mapping):
        return {name: _masked_values(str(name), value) for name, value in fields.items()}
    if not isinstance(fields, list | tuple):
        return _masked_whole(fields, depth)
    if fields and all(isinstance(each, str) for each in fields):
        return [
            _masked_values(str(fields[at - 1]), each) if at % 2 else each for at, each in enumerate(fields)
        ]  # names and values take turns
    return [_masked_pair(each, depth) for each in fields]


def _masked_pair(pair: Json, depth: int) -> Json:
    if isinstance(pair, Mapping) and isinstance(pair.get("name"), str):
        return {name: _masked_values(pair["name"], each) if name == "value" else each for name, each in pair.items()}
    if isinstance(pair, list | tuple) and len(pair) == 2:
        return [pair[0], _masked_values(str(pair[0]), pair[1])]
    return _masked_whole(pair, depth)


def _masked_values(name: str, value: Json) -> Json:
    if isinstance(value, str):
        return masked_header(name, value)
    if isinstance(value, list | tuple):
        return [_masked_values(name, each) for each in value]
    if isinstance(value, Mapping):
        return {key: _masked_values(name, each) for key, each in value.items()}
    return value
