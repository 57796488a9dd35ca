"""How far two texts are the same, from their beginning."""

from __future__ import annotations

__all__ = ["common_prefix_chars"]


def common_prefix_chars(one: str, other: str) -> int:
    """How many characters two texts begin with alike; stretches are compared, not characters one by one."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
