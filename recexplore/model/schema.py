"""Every column of every public frame, declared once.

Takes nothing, gives declarations. The builders (`recexplore.tables.builders`), the frames and the column dictionary in
``docs/columns.md`` are all made from this module; a name that is not here is in no frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.model.kinds import CHOICE_TEXTS, COUNTED_KINDS, KINDS
from recexplore.model.notes import Note
from recexplore.model.severities import SEVERITIES

__all__ = [
    "CLOCKS",
    "FRAMES",
    "LAST_TIME_S",
    "MAX_INDEX",
    "PHASES",
    "PROBLEMS",
    "SKIPPED",
    "TAGS",
    "TOKEN_COUNTS",
    "Column",
    "DType",
    "Frame",
]

DType: TypeAlias = Literal["str", "int64", "Int64", "float64", "boolean", "category", "time"]
"""``str``: Arrow-backed text, NaN where missing. ``int64``: never missing. ``Int64``, ``boolean``: ``pd.NA`` where
missing. ``float64``: NaN where missing. ``category``: one of the column's ``categories``. ``time``: UTC, microseconds."""

PHASES: Final = ("reasoning", "content")
TOKEN_COUNTS: Final = ("prompt", "completion", "total", "cached", "cache_write", "reasoning", "audio")
"""The token counts of a usage report whose last value `recordings` gives."""

CLOCKS: Final = ("measured", "server", "none")
TAGS: Final = ("open", "close", "unclosed", "orphan")

MAX_INDEX: Final = 1 << 20
"""Numbers of choices and of calls are smaller; a larger one is no number but a mistake."""

LAST_TIME_S: Final = 253_402_300_799.0
"""The last second of the year 9999 in POSIX seconds (UTC): calendars, Python's and pandas' among them, know no later one."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name (unit included), how it is stored, and what it means."""

    name: str
    dtype: DType
    meaning: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One public table: what a row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _ids() -> Column:
    return Column("recording", "str", "Short id of the recording, unique in a corpus; joins all frames.")


def _frame(name: str, row: str, *columns: Column) -> Frame:
    return Frame(name, row, columns)


RECORDINGS: Final = _frame(
    "recordings",
    "exchange: one request and its answer",
    _ids(),
    Column("path", "str", "The file it was read from, as it was given to `load`."),
    Column("exchange", "int64", "Zero-based position of the exchange in its file."),
    Column(
        "test_id",
        "str",
        "What whoever asked calls the request: the test that made the recording, where the recorder noted it; in the "
        "results of a batch its `custom_id`.",
    ),
    Column("provider", "str", "Who answered: from the recorder's note or the host of the URL, else the host itself."),
    Column("dialect", "str", "Which dialect read the answer; `unknown` where none did."),
    Column("envelope", "str", "Which recorder's wrapping it came in."),
    Column("method", "str", "HTTP method."),
    Column("url", "str", "URL of the request, its keys masked unless `load` was asked to show them."),
    Column("endpoint", "str", "Path of the request, as recorded or from the URL; a tool's name for tool invocations."),
    Column("model_requested", "str", "Model named in the request."),
    Column("model_served", "str", "First model named in the answer."),
    Column("streaming", "boolean", "Whether the answer was streamed."),
    Column(
        "wire_format",
        "str",
        "How chunks were told apart on the wire: `sse`, `json-lines`, `aws-event-stream`; missing where the recorder kept "
        "parsed objects, or a whole answer.",
    ),
    Column("n_requested", "Int64", "`n` of the request; missing where the request does not say."),
    Column("n_choices", "int64", "Number of alternative answers seen."),
    Column("n_chunks", "int64", "Number of chunks on the wire; a whole body counts as one."),
    Column("n_events", "int64", "Number of events."),
    Column("clock", "category", "Who stamped the chunks: `measured` (recorder), `server` (provider), `none`.", CLOCKS),
    Column("t_zero", "str", "What `t_s` counts from: `request` or `first_chunk`; missing without a clock."),
    Column("duration_s", "float64", "Seconds from the first stamped chunk to the last, or from the request if known."),
    Column("ttfc_s", "float64", "Time to first chunk in seconds; known only where the sending of the request is."),
    *(
        Column(f"{name}_tokens", "Int64", f"The last `usage.{name}` that was reported; see `usage`.")
        for name in TOKEN_COUNTS
    ),
    Column("status", "Int64", "HTTP status, where recorded."),
    Column(
        "is_exception", "boolean", "Whether the recorder kept an exception in place of an answer; missing if unsaid."
    ),
    Column(
        "error",
        "str",
        "Text of the recorded exception, else of the first error in the answer, else its HTTP status from 400 on.",
    ),
    Column(
        "ended",
        "str",
        "How the exchange ended, where its recorder says so: `complete`, `server broke off`, `no connection`, `client "
        "gone`, `stopped` (the recorder was), `not yet` (it is still coming, or its recorder died), `not recorded`.",
    ),
    Column(
        "ended_s",
        "float64",
        "When it ended, as its recorder saw it, in seconds from the request; between the last chunk and this nothing came.",
    ),
    Column(
        "request_hash",
        "str",
        "16 hex digits of SHA-256 over method, endpoint and body (keys sorted): equal for runs of one request.",
    ),
    Column("bytes", "int64", "Size of the file."),
    Column("extra", "str", "JSON of what the envelope noted and no column holds; keys in it masked as in `url`."),
)

REQUESTS: Final = _frame(
    "requests",
    "exchange: what its request asked for, as far as it was recorded",
    _ids(),
    Column("stream", "boolean", "Whether it asked for a stream."),
    Column("include_usage", "boolean", "Whether it asked for a usage report at the end of the stream."),
    Column("continuous_usage", "boolean", "Whether it asked for a usage report with every chunk."),
    Column("tools", "str", "JSON list of the names of the tools it declared; missing where it declared none."),
    Column(
        "tool_parameters",
        "str",
        "JSON object of the JSON schemas that it declared for the arguments of its tools, by the tool's name.",
    ),
    Column(
        "parallel_calls",
        "boolean",
        "Whether several tools may be called in one turn; missing where it did not say.",
    ),
    Column("tool_choice", "str", "A word (`auto`, `none`, `required`, `any`) or the name of the tool it forced."),
    Column(
        "response_format",
        "str",
        "`json_schema` or `json_object` where the answer has to be JSON, else what the request calls its format.",
    ),
    Column(
        "json_type",
        "str",
        "JSON type that the answer has to be, where that follows from the request: `object`, `array` and the like.",
    ),
    Column(
        "stop",
        "str",
        "JSON list of the sequences at which the answer has to stop; without those that the beginning holds which the "
        "request gives to the answer, and missing where the request lets them stand (`echo`, a least number of tokens).",
    ),
    Column("logprobs", "boolean", "Whether it asked for log probabilities."),
    Column("max_tokens", "Int64", "Most tokens it allowed the answer."),
    Column("reasoning", "boolean", "Whether the model was to reason; missing where it did not say."),
    Column("dimensions", "Int64", "How long the embeddings were to be."),
    Column("encoding", "str", "How the embeddings were to be written: `float`, `base64`."),
    Column(
        "n_inputs",
        "Int64",
        "How many texts, or lists of tokens, `input` holds: as many embeddings come. Missing where it holds anything else.",
    ),
    Column(
        "input_fields",
        "str",
        "The fields that hold what was asked, separated by spaces: `messages`, `prompt`, `input`, `contents` and the like.",
    ),
    Column("other_models", "str", "JSON list of the models that may answer in place of `recordings.model_requested`."),
    Column(
        "special_tokens",
        "str",
        "JSON list of the special tokens that it holds (`<|…|>` and the like), of U+FFFD, and of UTF-8 that was read as "
        "Windows-1252: an answer may quote them.",
    ),
)

CHUNKS: Final = _frame(
    "chunks",
    "chunk on the wire, also those without choices",
    _ids(),
    Column("chunk", "int64", "Zero-based position on the wire."),
    Column("t_s", "float64", "Seconds since `recordings.t_zero`; missing without a clock, never zero for want of one."),
    Column("gap_s", "float64", "Seconds since the chunk before; missing for the first."),
    Column("wall_time", "time", "Time of day of the chunk in UTC."),
    Column("id", "str", "The provider's id of the answer, as this chunk carries it."),
    Column("model", "str", "Model as this chunk names it."),
    Column("fingerprint", "str", "System fingerprint."),
    Column("object", "str", "What the provider calls this kind of chunk."),
    Column("created", "Int64", "`created` as recorded, POSIX seconds; the llama-stack recorder writes 0."),
    Column("n_choices", "int64", "Number of choices inside the chunk."),
    Column("service_tier", "str", "Service tier."),
    Column("obfuscation", "str", "Padding that some providers add against traffic analysis."),
    Column("sequence", "Int64", "The provider's own number of this event, where it numbers them."),
    Column("block", "Int64", "Content block or output item that this event is about, for providers that number them."),
    Column("item_id", "str", "The provider's id of that output item."),
    Column("event", "str", "Name of the server-sent event, where one was sent."),
    Column(
        "framing",
        "str",
        "JSON of what stood around the chunk's data in the stream of events: `id`, `retry`, lines `before` and `after` "
        "it that belong to no event, such as comments; `part` of `parts` where several JSON documents came as one event, "
        "`prefix` where the name of the field stands in the data again, `outside` for JSON outside any data line.",
    ),
    Column("bytes", "Int64", "Bytes on the wire; missing where the recorder kept parsed objects."),
    Column(
        "damage",
        "str",
        "Set on the chunk that a file's damage reaches into: `cut` (its last value may be cut) or `unterminated` (whole, "
        "but the recording ends before its end was marked).",
    ),
    Column("extra", "str", "JSON of the chunk's other non-null fields."),
)

EVENTS: Final = _frame(
    "events",
    "thing inside a chunk",
    _ids(),
    Column("chunk", "int64", "Zero-based position of its chunk on the wire."),
    Column(
        "choice", "Int64", "The provider's number of the alternative answer; missing for what concerns all of them."
    ),
    Column("seq", "int64", "Zero-based position within its choice (within the recording for events without one)."),
    Column("kind", "category", "What it is.", KINDS),
    Column("text", "str", "Its text; JSON for kinds that are not text (filter, logprobs, error, unknown)."),
    Column("phase", "category", "`reasoning` or `content` for events that are text of the answer.", PHASES),
    Column("t_s", "float64", "Time of its chunk, seconds since `recordings.t_zero`."),
    Column(
        "start",
        "Int64",
        "Offset in characters of its text in the assembled text it belongs to: `choices.content`, `.reasoning`, "
        "`.refusal` or `tool_calls.arguments`.",
    ),
    Column("end", "Int64", "Offset just behind its last character: `assembled[start:end] == text`."),
    Column(
        "tag",
        "category",
        "For tags: `open`, `close`, `unclosed` (opens, never closed), `orphan` (closes nothing).",
        TAGS,
    ),
    Column("block", "Int64", "Content block or output item inside the answer, for providers that number them."),
    Column("tool_index", "Int64", "Number of the tool call within its choice."),
    Column("tool_call_id", "str", "Id of the tool call, as this fragment carries it."),
    Column("tool_name", "str", "Name of the tool, as this fragment carries it."),
    Column("tool_type", "str", "Type of the call, where it is no plain call of a function that the client runs."),
    Column("finish_reason", "str", "Why the choice ended, for `finish` events."),
    Column("logprob", "float64", "Log probability of the event's text: sum over its tokens."),
    Column(
        "notes",
        "str",
        "What the dialect noticed and no other column says, separated by spaces: "
        + ", ".join(f"`{note}`" for note in Note)
        + "; see `recexplore.model.notes`.",
    ),
    Column("extra", "str", "JSON of what the provider sent with it and nobody understands."),
)

CHOICES: Final = _frame(
    "choices",
    "choice: one alternative answer",
    _ids(),
    Column("choice", "int64", "The provider's number of the alternative answer."),
    Column("role", "str", "First role that was sent; missing where none was."),
    *(Column(kind, "str", f"The text of all events of kind `{kind}`, joined.") for kind in CHOICE_TEXTS),
    Column("finish_reason", "str", "Last finish reason; missing where none came."),
    Column("n_events", "int64", "Number of events."),
    *(Column(f"{kind}_chars", "int64", f"Characters of all events of kind `{kind}`.") for kind in COUNTED_KINDS),
    Column("first_chunk", "int64", "Chunk of its first event."),
    Column("last_chunk", "int64", "Chunk of its last event."),
    Column("t_first_s", "float64", "Time of its first event, seconds since `recordings.t_zero`."),
    Column("t_last_s", "float64", "Time of its last event."),
)

TOOL_CALLS: Final = _frame(
    "tool_calls",
    "assembled tool call",
    _ids(),
    Column("choice", "int64", "The alternative answer it belongs to."),
    Column("tool_index", "int64", "Number of the tool call within its choice."),
    Column("id", "str", "First id that was sent."),
    Column("name", "str", "First name that was sent."),
    Column("type", "str", "First type that was sent, where it is no plain call of a function that the client runs."),
    Column("arguments", "str", "All fragments, joined."),
    Column("arguments_valid", "boolean", "Whether the arguments are a JSON object; missing where none were sent."),
    Column("block", "Int64", "Content block or output item it is, for providers that number them."),
    Column("n_events", "int64", "Number of fragments."),
    Column("first_chunk", "int64", "Chunk of its first fragment."),
    Column("last_chunk", "int64", "Chunk of its last fragment."),
    Column("t_first_s", "float64", "Time of its first fragment, seconds since `recordings.t_zero`."),
    Column("t_last_s", "float64", "Time of its last fragment."),
)

USAGE: Final = _frame(
    "usage",
    "usage report on the wire",
    _ids(),
    Column("chunk", "int64", "Chunk that carried it."),
    Column("choice", "Int64", "Choice it was sent with, where it was sent inside one."),
    Column("prompt", "Int64", "Prompt tokens; see `prompt_includes_cached`."),
    Column("completion", "Int64", "Completion tokens; see `completion_includes_reasoning`."),
    Column("total", "Int64", "Total as reported; never computed."),
    Column("cached", "Int64", "Prompt tokens read from a cache."),
    Column("cache_write", "Int64", "Prompt tokens written to a cache."),
    Column("reasoning", "Int64", "Reasoning tokens."),
    Column("audio", "Int64", "Audio tokens, prompt and completion together."),
    Column("accepted_prediction", "Int64", "Predicted tokens that were used."),
    Column("rejected_prediction", "Int64", "Predicted tokens that were not used."),
    Column(
        "prompt_includes_cached",
        "boolean",
        "Whether `prompt` counts the `cached` tokens too, as this provider reports.",
    ),
    Column(
        "completion_includes_reasoning",
        "boolean",
        "Whether `completion` counts the `reasoning` tokens too, as this provider reports.",
    ),
    Column("source", "str", "The field it was read from."),
    Column("extra", "str", "JSON of the report's other non-null fields."),
)

PROBLEMS: Final = _frame(
    "problems",
    "thing that could not be read",
    Column("path", "str", "The file."),
    Column("exchange", "Int64", "Zero-based exchange in the file, where one was reached."),
    Column("chunk", "Int64", "Zero-based chunk, where one was reached."),
    Column("what", "str", "What is the matter."),
    Column("expected", "str", "What should have been there."),
    Column("found", "str", "What was there instead."),
    Column("hint", "str", "What to do."),
)

SKIPPED: Final = _frame(
    "skipped",
    "file that a search met and that gave no recording, which is no problem",
    Column("path", "str", "The file."),
    Column("reason", "str", "Why it was passed over."),
)

FINDINGS: Final = _frame(
    "findings",
    "rule that fired",
    Column("rule", "str", "Id of the rule; `docs/rules.md` has the catalogue."),
    Column("severity", "category", "How bad it is.", SEVERITIES),
    _ids(),
    Column("chunk", "Int64", "First chunk it concerns; missing where it concerns the recording as a whole."),
    Column("last_chunk", "Int64", "Last chunk it concerns."),
    Column("choice", "Int64", "Alternative answer it concerns; missing where it concerns several, or all."),
    Column("message", "str", "What was found, in plain words."),
    Column("evidence", "str", "The recorded text, or the figures, that show it."),
    Column(
        "spans",
        "str",
        "JSON list of the stretches of the answer's texts that show it: `choice`, `kind` and `tool_index` of the text, "
        "`start` and `end` as in `events`; see `recexplore.model.span`. Missing where it is no text.",
    ),
)

FRAMES: Final = {
    frame.name: frame
    for frame in (RECORDINGS, REQUESTS, CHUNKS, EVENTS, CHOICES, TOOL_CALLS, USAGE, FINDINGS, PROBLEMS)
}
"""All frames by name that a corpus and its recordings have, in the order in which a reader meets them. A corpus alone has
`SKIPPED`, too."""
