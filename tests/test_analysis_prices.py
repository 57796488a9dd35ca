"""Tokens in money, by tables that users bring; what is not known stays unknown. The prices are made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import chunk, says, stream

import recexplore
from recexplore.analysis.price_table import PricesNotReadable, read_prices
from recexplore.analysis.prices import Price, costs
from recexplore.corpus import Corpus
from recexplore.model.errors import RecexploreError
from recexplore.views.explorer.answers import Answers

ALL = Price("*", "EUR", input=2.0, cached_input=1.0, cache_write=3.0, output=8.0)

TABLES = {
    "prices.toml": 'currency = "USD"\n[[prices]]\nmodel = "a*"\ninput = 2\ncached_input = 1\noutput = 8.5\n',
    "prices.json": '{"currency": "USD", "prices": [{"model": "a*", "input": 2, "cached_input": 1, "output": 8.5}]}',
    "named.json": '{"currency": "USD", "prices": {"a*": {"input": 2, "cached_input": 1, "output": 8.5}}}',
    "named.toml": 'currency = "USD"\n[prices."a*"]\ninput = 2\ncached_input = 1\noutput = 8.5\n',
    "prices.csv": "model,currency,input,cached_input,cache_write,output\na*,USD,2,1,,8.5\n",
}


def cost(recording: Any, *table: Price) -> dict[str, Any]:
    (row,) = costs(recording.recordings, recording.usage, table or (ALL,)).to_dict("records")
    return row


def used(read: Callable[..., Corpus], **usage: Any) -> Any:
    return next(iter(read(stream(says("a"), chunk(usage=usage)))))


def test_a_recorded_answer_in_money(bundled: Corpus) -> None:
    """707 tokens of prompt, none of them cached, and 37 of the answer."""
    row = cost(bundled["f6960c"])
    assert (row["input_tokens"], row["output_tokens"], row["cached_input_tokens"]) == (707, 37, 0)
    assert row["total"] == pytest.approx((707 * 2 + 37 * 8) / 1e6)
    assert row["currency"] == "EUR"


def test_what_comes_on_top_is_paid_too(bundled_folder: Path) -> None:
    """14 of the prompt, 17 of the answer and 11 of reasoning, which this provider counts apart."""
    row = cost(next(iter(recexplore.load(bundled_folder.parent / "formats" / "gemini.json"))))
    assert row["total"] == pytest.approx((14 * 2 + (17 + 11) * 8) / 1e6)


def test_money_of_real_answers_adds_up(ogx: Corpus) -> None:
    found = costs(ogx.recordings, ogx.usage, [ALL])
    assert len(found) == len(ogx)
    known = found.dropna(subset="total")
    parts = known[["input", "cached_input", "cache_write", "output"]].astype("float64").fillna(0).sum(axis="columns")
    assert (parts - known["total"]).abs().max() < 1e-12
    assert (found["total"].isna() == found["missing"].notna()).all()
    assert set(found["missing"].dropna()) <= {"tokens were not reported"} | {
        f"tokens of {words} were not reported" for words in ("input", "output", "input and output")
    }


def test_cached_tokens_have_their_own_price(read: Callable[..., Corpus]) -> None:
    one = used(read, prompt_tokens=100, completion_tokens=10, prompt_tokens_details={"cached_tokens": 40})
    assert cost(one)["total"] == pytest.approx((60 * 2 + 40 * 1 + 10 * 8) / 1e6)


@pytest.mark.parametrize(
    ("usage", "price", "missing"),
    [
        ({"prompt_tokens": 5}, ALL, "tokens of output were not reported"),
        (
            {"prompt_tokens": 5, "completion_tokens": 1},
            Price("x*", "EUR", input=1),
            "the price table has no price for this model",
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 1},
            Price("*", "EUR", input=1),
            "the price table has no price for output of *",
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}},
            Price("*", "EUR", input=1, output=1),
            "the price table has no price for cached input of *",
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"audio_tokens": 2}},
            ALL,
            "audio tokens have prices of their own, which the table does not hold",
        ),
    ],
)
def test_where_something_is_missing_there_is_no_sum(
    usage: dict[str, Any], price: Price, missing: str, read: Callable[..., Corpus]
) -> None:
    row = cost(used(read, **usage), price)
    assert row["total"] != row["total"]
    assert row["missing"] == missing


def test_a_part_of_nothing_needs_no_price(read: Callable[..., Corpus]) -> None:
    one = used(
        read, prompt_tokens=5, completion_tokens=1, prompt_tokens_details={"cached_tokens": 0, "audio_tokens": 0}
    )
    assert cost(one, Price("*", "EUR", input=1, output=1))["total"] == pytest.approx(6 / 1e6)


def test_without_usage_nothing_is_known(bundled: Corpus) -> None:
    assert cost(bundled["94d11"])["missing"] == "tokens were not reported"


def test_the_first_price_that_fits_counts_and_a_provider_may_be_named(read: Callable[..., Corpus]) -> None:
    one = used(read, prompt_tokens=1_000_000, completion_tokens=0)
    elsewhere = Price("*", "USD", input=9, output=9, provider="azure*")
    assert cost(one, elsewhere, ALL)["total"] == 2
    assert cost(one, Price("m", "USD", input=7, output=7), ALL)["total"] == 7


@pytest.mark.parametrize("name", TABLES)
def test_every_way_to_write_a_table(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TABLES[name])
    assert read_prices(tmp_path / name) == (Price("a*", "USD", input=2.0, cached_input=1.0, output=8.5),)


def test_a_table_that_is_handed_over() -> None:
    assert read_prices({"currency": "USD", "a*": {"input": 2}}) == (Price("a*", "USD", input=2.0),)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "currency =", "expected TOML that can be read, found: "),
        ("a.yaml", "", "expected a file whose name ends in .toml, .json, .csv, found '.yaml'"),
        ("a.json", "[]", "expected a table with `currency` and `prices`, found []"),
        ("a.json", '{"prices": [{"model": "m", "input": 1}]}', "row 1: expected `currency` as text, found nothing"),
        ("a.json", '{"currency": "USD", "prices": []}', "expected at least one price, found none"),
        ("a.json", '{"currency": "USD", "prices": 5}', "expected `prices` as rows, found 5"),
        ("a.json", '{"currency": "USD", "prices": [1]}', "row 1: expected prices per million tokens by name, found 1"),
        ("a.json", '{"currency": "USD", "prices": [], "more": 1}', "found also more"),
        (
            "a.csv",
            "model,currency,input\nm,USD,cheap\n",
            "row 1: expected `input` as a number, 0 or more, per million tokens, found 'cheap'",
        ),
        (
            "a.csv",
            "model,currency,input\nm,USD,1\nn,USD,-1\n",
            "row 2: expected `input` as a number, 0 or more, per million tokens, found '-1'",
        ),
        (
            "a.csv",
            "model,currency,inptu\nm,USD,1\n",
            "row 1: expected model, currency, provider, input, cached_input, cache_write, output, found inptu",
        ),
        (
            "a.csv",
            "model,currency,input\nm,USD,\n",
            "row 1: expected a price (input, cached_input, cache_write, output), found none",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(PricesNotReadable) as raised:
        read_prices(str(tmp_path / name))
    assert isinstance(raised.value, RecexploreError)
    assert str(raised.value).startswith(str(tmp_path / name))
    assert said in str(raised.value)
    assert "docs/prices.md" in str(raised.value)


@pytest.mark.parametrize("table", [5, ["a"], {"a": 5}, {}])
def test_what_is_no_table_is_said(table: Any) -> None:
    with pytest.raises(PricesNotReadable, match=r"expected .* found"):
        read_prices(table)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PricesNotReadable, match="No such file"):
        read_prices(tmp_path / "none.toml")


def test_the_examples_of_the_page_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "prices.md").read_text("utf-8")
    for kind in ("toml", "json", "csv"):
        (tmp_path / f"prices.{kind}").write_text(page.split(f"```{kind}\n")[1].split("```")[0])
        assert read_prices(tmp_path / f"prices.{kind}")


def test_the_explorer_says_what_it_cost_only_with_a_table(bundled: Corpus) -> None:
    one = bundled["f6960c"].id
    without = Answers(bundled, False)
    view, _ = without.answer("show", {"recording": one})
    assert not any("cost" in label for label, _ in view["facts"])
    assert without.answer("pane", {"recording": one, "name": "tokens"})[0]["cost"] is None
    priced = Answers(bundled, False, {"currency": "EUR", "*": {"input": 2, "cached_input": 1, "output": 8}})
    view, _ = priced.answer("show", {"recording": one})
    assert ["cost by your price table", "0.00171 EUR"] in view["facts"]
    told, _ = priced.answer("pane", {"recording": one, "name": "tokens"})
    assert (told["cost"]["total"], told["cost"]["currency"], told["cost"]["missing"]) == ("0.00171", "EUR", None)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    none, _ = priced.answer("pane", {"recording": bundled["94d11"].id, "name": "tokens"})
    assert (none["cost"]["total"], none["cost"]["missing"]) == (None, "tokens were not reported")
