"""What the explorers of these tests are opened with. Asks for no browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from synthetic import says, stream

Opener = Callable[..., Any]
"""Opens an explorer and gives the page it is in: the fixture `opened`."""

N_LONG: Final = 3000
LONG: Final = {"long": stream(*(says(f"word{n}, " if n % 40 else f"word{n}.\n") for n in range(N_LONG)))}
"""A recording of as many chunks."""

MANY: Final = {f"r{n:03}": stream(says(f"word{n} of many"), says("end"), says("!")) for n in range(320)}
"""More recordings than the list shows at once."""
