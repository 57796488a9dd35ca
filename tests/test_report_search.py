"""A page without Python finds what Python finds: the same questions to both, over generated queries."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hostile_text import HOSTILE
from page_functions import evaluated

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer.answers import Answers
from recexplore.views.find.finder import FACETS, SORTS, Finder
from recexplore.views.find.query import language, understood
from recexplore.views.find.search_table import answer_texts, search_table

N_QUERIES = 400

_SCRIPT = """
const search = new modules["report/search"].Search(table, null);
return asked.map((given) => {
  const answer = search.findNow(given, texts), { facet, words, first, count } = given.more;
  const view = { view: "v", key: given.key };
  return [answer, search.values({ ...view, facet, words }), search.rows({ ...view, first, count })];
});
"""

_UNDERSTOOD = """
return asked.map((query) => {
  const { terms, notes } = modules["report/query"].understood(query, language);
  const passed = ({ number, passes }) => (number ? numbers.map((n) => passes(n ?? NaN)) : null);
  const seen = terms.map((term) => ({ ...term, passes: passed(term) }));
  return [seen, notes];
});
"""

_NUMBERS = [-1.0, 0.0, 1.0, 1.5, 2.0, 3.0, 100.0, 1e15, None]


def searched(corpus: Corpus, findings: Any, asked: list[dict[str, Any]]) -> list[Any]:
    finder = Finder(corpus, findings)
    kept = np.arange(len(corpus))
    return evaluated(  # type: ignore[no-any-return]
        _SCRIPT, table=search_table(finder, kept), texts=answer_texts(finder, kept), asked=asked
    )


def answered(answers: Answers, given: dict[str, Any]) -> list[Any]:
    """The same three answers by Python, as JSON has them."""
    more = given["more"]
    find = {name: value for name, value in given.items() if name != "more"}
    view = {"view": "v", "key": given["key"]}
    questions = {
        "find": find,
        "values": {**view, "facet": more["facet"], "words": more["words"]},
        "rows": {**view, "first": more["first"], "count": more["count"]},
    }
    said = [answers.answer(name, of)[0] for name, of in questions.items()]
    return json.loads(json.dumps(said))  # type: ignore[no-any-return]


class Asking:
    """Questions made of what a corpus holds, of the language's words, and of nonsense."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self.random = random.Random(seed)
        self.ids = corpus.recordings["recording"].tolist()
        words = language()
        said = " ".join(str(text) for name in ("content", "reasoning") for text in corpus.choices[name].dropna())
        said += " ".join(map(str, corpus.tool_calls["arguments"].dropna()))
        about = corpus.recordings
        seen = [str(value) for name in ("recording", "test_id", "provider", "path") for value in about[name].dropna()]
        self.words = [*said.split()[:4000], *seen]
        self.texts = [said[at : at + 7] for at in range(0, min(len(said), 20_000), 13)]
        self.facets = {name: [str(v) for v in each] for name, each in _values_of(corpus).items()}
        self.fields = [
            *words["fields"],
            *words["numbers"],
            *words["flags"],
            words["order"],
            words["request"],
            "nofield",
            "größe",
            "İ",
        ]
        self.flags = words["flags"]
        self.values = [
            *(
                "2",
                ">2",
                ">=1",
                "<=3",
                "=1",
                "<9",
                "1..2",
                "..",
                "1..",
                "..3",
                "x..1",
                ">1..2",
                "1e2",
                "+1",
                ".5",
                "5.",
            ),
            *("nan", "inf", "-inf", "..inf", "five", "１", "1_0", "<>=", ">=", "", " ", "reasoning", "Tools", "stream"),
            *(
                "usage",
                "money",
                "-tokens",
                "tokens",
                "-",
                "N",
                "up",
                *SORTS,
                *self.ids,
                *(each[:5] for each in self.ids),
                *(rule.id for rule in _rules()),
            ),
        ]
        self.odd = [
            *(
                "İ",
                "ſtop",
                "K",
                "ß",
                "ẞ",
                "Σ",
                "ς",
                "\ud83d",
                "\ude00",
                "😀",
                "\ufeff",
                "\x85",
                "\x1c",
                "a\u3000b",
                "\0",
                "\ud800",
            ),
            *(
                "(",
                "[",
                "]",
                "\\",
                "^$",
                ".*",
                "a-b",
                "/",
                "|",
                "{1}",
                "–",
                "‘’",
                "x" * 230,
                "😀" * 210,
                "e " * 40,
                "q:" * 30,
            ),
            *HOSTILE.values(),
        ]

    def one_of(self, *among: list[str]) -> str:
        return self.random.choice(self.random.choice(among))

    def word(self) -> str:
        pick = self.random.random()
        if pick < 0.35:
            return self.one_of(self.words, self.texts)
        if pick < 0.5:
            return f'"{self.one_of(self.texts, self.odd)}' + ('"' if self.random.random() < 0.8 else "")
        if pick < 0.9:
            field, value = self.one_of(self.fields, [*self.flags]), self.one_of(self.values, self.words, self.odd)
            value = self.one_of(self.flags[field]) if field in self.flags and self.random.random() < 0.8 else value
            field = field.upper() if self.random.random() < 0.2 else field
            return f'{field}:"{value}"' if self.random.random() < 0.2 else f"{field}:{value}"
        return self.one_of(self.odd)

    def query(self) -> str:
        words = [
            ("-" if self.random.random() < 0.2 else "") + self.word()
            for _ in range(self.random.choice([0, 1, 1, 2, 3]))
        ]
        return self.random.choice([" ", "  ", "\t", "\u3000", ""]).join(words)

    def question(self, key: int) -> dict[str, Any]:
        some = self.random.random
        facets = {
            name: self.random.sample(self.facets[name], min(len(self.facets[name]), self.random.choice([0, 1, 2])))
            for name in FACETS
            if some() < 0.15
        }
        if some() < 0.05:
            facets["nothing"] = ["x"]
        return {
            **{"view": "v", "key": key, "count": 30, "recording": self.random.choice([*self.ids, "", "no such"])},
            **{"query": self.query(), "facets": facets, "descending": some() < 0.5},
            "sort": self.random.choice([None, None, *SORTS, "N", "nothing"]),
            "anchors": self.random.sample(self.ids, min(2, len(self.ids))),
            "more": {
                **{
                    "facet": self.random.choice(FACETS),
                    "words": self.random.choice(["", "a", "-", "O", "\ud800", "(", "no"]),
                },
                **{"first": self.random.choice([0, 1, 5]), "count": 4},
            },
        }


def _rules() -> Any:
    return recexplore.rules.known()


def _values_of(corpus: Corpus) -> dict[str, list[str]]:
    found = Finder(corpus, corpus.findings).find()
    return {name: [*(each["value"] for each in values), "no such value"] for name, values in found.facets.items()}


def both_agree(corpus: Corpus, findings: pd.DataFrame | None, n: int, seed: int) -> int:
    asking = Asking(corpus, seed)
    asked = [asking.question(key) for key in range(n)]
    # As a message brings it: halves of characters are escaped in JSON, and come as halves.
    answers = Answers(corpus, False if findings is None else findings)
    answers.finder.arrays.request_groups.read_on()
    n_found = 0
    for given, page in zip(asked, searched(corpus, findings, asked), strict=True):
        python = answered(answers, given)
        assert page == python, given
        n_found += 0 < python[0]["total"] < len(corpus)
    return n_found


def test_a_page_without_python_finds_what_python_finds(all_recordings: Corpus) -> None:
    n_found = both_agree(all_recordings, all_recordings.findings, N_QUERIES, seed=1)

    # Most questions find some recordings and not all: they would tell a search that does nothing.
    assert n_found > N_QUERIES / 5


def test_and_where_no_rules_were_run(all_recordings: Corpus) -> None:
    assert both_agree(all_recordings, None, 100, seed=2) > 15


def test_and_in_hostile_texts(tmp_path: Path) -> None:
    from hostile_recordings import file_name, single, write

    for number, text in enumerate(HOSTILE.values()):
        write(tmp_path / str(number), f"{file_name(text)}.json", single(text, number))
    corpus = recexplore.load(tmp_path, progress=False)

    assert both_agree(corpus, corpus.findings, 100, seed=3) > 10


@pytest.mark.thorough
def test_and_in_a_larger_corpus(ogx: Corpus) -> None:
    assert both_agree(ogx, ogx.findings, 200, seed=4) > 50


def test_a_page_understands_what_python_understands(all_recordings: Corpus) -> None:
    asking = Asking(all_recordings, 5)
    asked = [asking.query() for _ in range(3000)]
    numbers = np.asarray([np.nan if each is None else each for each in _NUMBERS])
    said = evaluated(_UNDERSTOOD, asked=asked, language=language(), numbers=_NUMBERS)

    for query, (terms, notes) in zip(asked, said, strict=True):
        wanted, noted = understood(query)
        assert notes == noted, query
        assert [
            (
                term["negated"],
                term["substring"],
                term["visible"],
                term["spoken"],
                term["flag"],
                term["number"],
                term["order"],
                term["run"],
            )
            for term in terms
        ] == [
            (t.negated, t.substring, _named(t.visible), _named(t.spoken), t.flag, t.number, t.order, t.run)
            for t in wanted
        ], query
        passed = [term.passes(numbers).tolist() if term.number else None for term in wanted]
        assert [term["passes"] for term in terms] == passed, query


def _named(columns: Any) -> list[str]:
    return [".".join(column) for column in columns]


@pytest.mark.parametrize("part", ["ranks", "numbers", "flags", "texts"])
def test_the_questions_would_show_a_wrong_table(all_recordings: Corpus, part: str) -> None:
    finder, kept = Finder(all_recordings, all_recordings.findings), np.arange(len(all_recordings))
    right: Any = search_table(finder, kept)
    wrong = {**right, part: {name: _wrong(value) for name, value in right[part].items()}}
    asking = Asking(all_recordings, 7)
    given: dict[str, Any] = {"texts": answer_texts(finder, kept), "asked": [asking.question(k) for k in range(600)]}

    assert evaluated(_SCRIPT, table=right, **given) != evaluated(_SCRIPT, table=wrong, **given)


def _wrong(column: Any) -> Any:
    return {**column, "members": column["members"][::-1]} if isinstance(column, dict) else column[:-1][::-1]
