"""How nbval checks the notebooks here, strictly: ``python -m pytest --nbval notebooks/``.

Numbers are compared as `recexplore.testing.notebooks` compares them for everybody. nbval skips pictures; here they are
compared too, with a tolerance for the fonts of another machine. What a widget shows is left out by nbval itself (model ids
are random) and by ``tools/bake.py``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from typing import Any

import bake
import pictures
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

pytest_plugins = ["recexplore.testing.notebooks"]


def pytest_collectstart(collector: pytest.Collector) -> None:
    if isinstance(collector, IPyNbFile):
        os.environ.update(bake.ENVIRONMENT)  # the kernel inherits it


ONE_BROWSER = """
import kaleido as _kaleido, warnings as _warnings
_warnings.filterwarnings("ignore", message="The kopts argument is ignored")
_kaleido.start_sync_server()
"""


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before its first cell runs, a notebook is given one browser for all its figures; else each would start one."""
    if isinstance(item, IPyNbCell) and item.cell_num == 0:
        kernel = item.parent.kernel
        kernel.await_idle(kernel.execute_cell_input(ONE_BROWSER, allow_stdin=False), timeout=60)


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell):
        item.compare_outputs = partial(compare_outputs, item, item.compare_outputs)


def compare_outputs(item: Any, compare_others: Any, fresh: Iterable[Any], baked: Iterable[Any]) -> bool:
    """nbval's own comparison, then that of the pictures."""
    fresh, baked = [output for output in fresh if not bake.is_noise(output)], list(baked)
    if not compare_others(fresh, baked):
        return False
    item.comparison_traceback.extend(picture_differences(pngs(baked), pngs(fresh)))
    return not item.comparison_traceback


def pngs(outputs: Iterable[Any]) -> list[tuple[str, bool]]:
    """The pictures, and of each whether it is one of a page."""
    shown = [output["data"] for output in outputs if "image/png" in output.get("data", {})]
    return [(data["image/png"], bake.PAGE in data) for data in shown]


def picture_differences(baked: list[tuple[str, bool]], fresh: list[tuple[str, bool]]) -> list[str]:
    if len(baked) != len(fresh):
        return [f"the notebook has {len(baked)} pictures here, running it gives {len(fresh)}"]
    pairs = zip(baked, fresh, strict=True)
    found = (pictures.difference(old, new, is_page=is_page) for (old, is_page), (new, _) in pairs)
    return [f"picture {number}: {reason}" for number, reason in enumerate(found, 1) if reason]
