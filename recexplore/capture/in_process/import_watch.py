"""When a module is imported that was not yet.

Takes names of modules and a function, which is called with each once it is imported; imports none by itself. The modules are
as if nobody had watched.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["ImportWatch"]

Imported = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """Calls a function with modules when they are imported, from `start` to `stop`."""

    def __init__(self, names: Iterable[str], imported: Imported) -> None:
        self._names, self._imported = frozenset(names), imported
        self._searched: set[str] = set()

    def start(self) -> None:
        """Watch."""
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Watch no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, to be told of."""
        if fullname not in self._names or fullname in self._searched:
            return None
        self._searched.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._searched.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _TellingLoader(spec.loader, self._imported)
        return spec


class _TellingLoader(Loader):
    """Loads as another does, and tells."""

    def __init__(self, loader: Loader, imported: Imported) -> None:
        self._loader, self._imported = loader, imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._imported(module)
