"""The exceptions with which Amazon Bedrock's streams end, Converse's and those of models in their own formats alike.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
"""

from __future__ import annotations

from typing import Final

__all__ = ["EXCEPTIONS"]

EXCEPTIONS: Final = frozenset(
    f"{name}Exception"
    for name in (
        "internalServer",
        "modelStreamError",
        "modelTimeout",
        "serviceUnavailable",
        "throttling",
        "validation",
    )
)
"""Names of the one field of a chunk that is an exception."""
