"""The command ``explore``: what its start leaves out, and that it leaves nothing changed behind."""

from __future__ import annotations

import subprocess
import sys

from recexplore.cli.exploring import _IRI_GRAMMAR, _without_iri_grammar

_START = f"""
import sys
from recexplore.cli.exploring import _without_iri_grammar
with _without_iri_grammar():
    import recexplore.server.app
late = ["{_IRI_GRAMMAR}", "pandas", "pyarrow", "plotly", "recexplore.rules"]
print([name for name in late if name in sys.modules])
import recexplore.server.open_corpus
print([name for name in ["{_IRI_GRAMMAR}", "plotly", "ipywidgets"] if name in sys.modules])
"""


def test_what_no_first_row_needs_is_imported_late() -> None:
    said = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["[]", "[]"]


def test_a_grammar_that_is_imported_already_stays() -> None:
    before, sys.modules[_IRI_GRAMMAR] = sys.modules.get(_IRI_GRAMMAR), sys
    try:
        with _without_iri_grammar():
            assert sys.modules[_IRI_GRAMMAR] is sys
        assert sys.modules[_IRI_GRAMMAR] is sys
    finally:
        del sys.modules[_IRI_GRAMMAR]
        if before is not None:
            sys.modules[_IRI_GRAMMAR] = before
