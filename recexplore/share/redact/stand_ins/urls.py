"""A URL whose host, resources and keys are replaced, written otherwise as it was.

Takes a URL, gives one of the same shape. Hosts that everybody knows stay, for they tell the provider; so do the words of
API paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import Final
from urllib.parse import quote, unquote

from recexplore.model.credentials import is_key_parameter
from recexplore.read.registry import known
from recexplore.share.redact.stand_ins.pseudonyms import Pseudonyms

__all__ = ["Urls"]

_PARTS: Final = re.compile(
    r"(?P<scheme>(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)?(?P<user>[^/?#@\s]*@)?(?P<host>[^/?#:\s]*|\[[^\]]*\])(?P<port>:\d*)?"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL,
)
_LOCAL: Final = re.compile(
    r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|.*\.example(?:\.com)?|"
)
_WORDS: Final = frozenset(
    [
        "accounts", "agentaliases", "agents", "ai", "aliases", "anthropic", "api", "app", "apis", "assistants", "async",
        "audio", "batch", "batches", "beta", "cachedcontents", "cancel", "chat", "completion", "completions",
        "compat", "compatibility", "compatible", "complete", "content", "contents", "conversations", "converse",
        "converse-stream", "count_tokens", "deployments", "edits", "embed", "embeddings", "endpoints", "engines",
        "events", "extensions", "files", "fine_tuning", "flows", "foundation_model_specs", "gemini", "generate",
        "generate_content", "generate_content_stream", "file_processors", "generate_stream", "generations",
        "generation", "graphql", "guardrails", "images", "inference", "inference-api", "infer", "interactions",
        "invoke", "invoke-with-response-stream", "jobs", "knowledgebases", "latest", "llm", "locations", "messages",
        "ml", "model", "models", "moderations", "oai", "ollama", "openai", "operations", "paas", "predict",
        "predictions", "projects", "prompts", "providers", "ps", "publishers", "publisher", "push", "query", "rag",
        "realtime", "rerank", "response", "responses", "results", "retrieveandgenerate", "retrieveandgeneratestream", "runs",
        "search", "serverless", "serving-endpoints", "services", "sessions", "show", "speech", "steps", "stream",
        "streaming", "submit_tool_outputs", "tags", "text", "threads", "token", "tokenize", "tools", "transcriptions",
        "translations", "upload", "uploads", "v", "variations", "vector_stores", "version", "google", "meta",
        "mistralai", "global", "us-central1", "raw", "rawpredict", "streamrawpredict", "tunedmodels", "extract",
    ]
)  # fmt: skip
"""What paths of APIs are made of, in lower case."""
_VERSION: Final = re.compile(r"v?\d{1,4}(?:[a-z]+\d*)?(?:[.-]\d+)*(?:alpha|beta)?\d*|\d{4}-\d\d-\d\d")
_MODELS: Final = frozenset(["models", "model", "publishers", "locations", "engines"])
"""Words behind which something is named that stays: a model, its publisher, a region."""
_OPEN_PARAMETERS: Final = re.compile(
    r"alt|\$alt|api-version|version|limit|order|stream|beta|model|prettyPrint|include(?:%5B%5D|\[\])?|X-Amz-(?:Date|Algorithm|Expires|SignedHeaders)",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


class Urls:
    """Replaces URLs with one key."""

    def __init__(
        self, pseudonyms: Pseudonyms, fill: Callable[[str], str], *, replaces_hosts: bool, replaces_ids: bool
    ) -> None:
        self._pseudonyms, self._fill = pseudonyms, fill
        self._replaces_hosts, self._replaces_ids = replaces_hosts, replaces_ids
        hosts = known().host_patterns
        self._hosts = [each for each in hosts if "*" not in each]
        self._wild = [(each, re.compile(translate(each))) for each in hosts if "*" in each]

    def url(self, url: str) -> str:
        """A URL, or a path with its query."""
        found = _PARTS.fullmatch(url)
        if found is None:
            return self._fill(url)
        if found["scheme"] is None:
            start = url.partition("?")[0].partition("#")[0]
            path, rest = start, url[len(start) :]
            query, mark, fragment = rest.partition("#")
            return self._path(path) + self._query(query) + mark + (self._query("?" + fragment)[1:] if mark else "")
        user = found["user"] and f"{'*' * (len(found['user']) - 1)}@"
        fragment = found["fragment"] and "#" + self._query("?" + found["fragment"][1:])[1:]
        parts = [found["scheme"], user, self.host(found["host"]), found["port"], self._path(found["path"])]
        return "".join(each or "" for each in [*parts, self._query(found["query"] or ""), fragment])

    def host(self, host: str) -> str:
        """A host: what a provider lets its customers choose of it, or all but its last label."""
        name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
        lower = name.lower()
        if not self._replaces_hosts or lower in self._hosts or _LOCAL.fullmatch(lower):
            return host
        for pattern, matcher in self._wild:
            if matcher.match(lower):
                return self._within(name, pattern) + colon + port
        labels = name.split(".")
        if all(label.isdigit() for label in labels):
            return ".".join(self._label(label) for label in labels[:-1]) + f".{labels[-1]}{colon}{port}"
        kept = labels[-1:] if len(labels) > 1 else []
        return ".".join([*(self._label(each) for each in labels[: len(labels) - len(kept)]), *kept]) + colon + port

    def account(self, text: str) -> str:
        """A name with the numbers of accounts in it."""
        return _ACCOUNT.sub(lambda found: self._pseudonyms.of(found[0]), text) if self._replaces_ids else text

    def parameter(self, name: str, value: str) -> str:
        """The value of a parameter, decoded."""
        return value if _OPEN_PARAMETERS.fullmatch(name) else self._fill(value)

    def _within(self, host: str, pattern: str) -> str:
        """What a pattern's stars stand for, replaced, unless it is a region."""
        steps = re.fullmatch("(.*)".join(map(re.escape, pattern.split("*"))), host, re.IGNORECASE)
        if steps is None:
            return host
        made, at = [], 0
        for group in range(1, len(steps.groups()) + 1):
            labels = [each if _REGION.fullmatch(each) else self._label(each) for each in steps[group].split(".")]
            made += [host[at : steps.start(group)], ".".join(labels)]
            at = steps.end(group)
        return "".join([*made, host[at:]])

    def _label(self, label: str) -> str:
        return self._pseudonyms.name(label)

    def _path(self, path: str) -> str:
        segments, before = path.split("/"), ""
        made = []
        for segment in segments:
            made.append(self._segment(segment, before))
            # A model's name may hold strokes.
            before = before if before in _MODELS and segment.lower() not in _WORDS else segment.lower()
        return "/".join(made)

    def _segment(self, segment: str, before: str) -> str:
        plain, colon, verb = segment.partition(":")
        stays = plain.lower() in _WORDS or _VERSION.fullmatch(plain.lower()) or not plain
        if stays or before in _MODELS or not self._replaces_ids:
            return self.account(segment)
        if colon and verb.isalpha():
            return self._pseudonyms.name(plain) + colon + verb
        # Percent signs and what they stand for stay.
        parts = re.split(r"(%[0-9A-Fa-f]{2})", segment)
        return "".join(each if at % 2 else self._named(each) for at, each in enumerate(parts))

    def _named(self, part: str) -> str:
        return self._pseudonyms.of(part) if any(each.isdigit() for each in part) else self._pseudonyms.name(part)

    def _query(self, query: str) -> str:
        if len(query) < 2:
            return query
        return query[0] + "&".join(self._parameters(query[1:].split("&")))

    def _parameters(self, parameters: Iterable[str]) -> Iterable[str]:
        for each in parameters:
            name, equals, value = each.partition("=")
            if not equals or not value or _OPEN_PARAMETERS.fullmatch(name):
                yield each
            elif is_key_parameter(name):
                yield f"{name}={'*' * len(value)}"
            else:
                said = unquote(value.replace("+", " "))
                filled = self._fill(said)
                yield each if filled == said else f"{name}={quote(filled)}"


_REGION: Final = re.compile(
    r"-?(?:agent-)?(?:runtime|mantle)?(?:-fips)?|[a-z]{2,3}(?:-[a-z]+)+-?\d(?:-[a-z]+)?|s3|runtime|bedrock[a-z-]*|www|api|openai|azure"
)
