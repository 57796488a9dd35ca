"""Addresses of a report's page: what they mean, and what is copied as a link."""

from __future__ import annotations

from page_functions import evaluated

LINKS = {
    "file:///home/me/a%20report.html#old": "a%20report.html#f27523/1",
    "https://example.org/runs/7.html?x=1#old": "https://example.org/runs/7.html?x=1#f27523/1",
    "about:srcdoc#old": "#f27523/1",
}

IDS = ["f27523f3fec8", "f2aaaaaaaaaa", "a/3/raw", "logprobs"]
MEANT = {
    "#f27523/81": ["f27523f3fec8", 81, None],
    "#f27523/81/raw": ["f27523f3fec8", 81, "raw"],
    "#f27523/raw": ["f27523f3fec8", None, "raw"],
    "#f27523": ["f27523f3fec8", None, None],
    "#a%2F3%2Fraw/2": ["a/3/raw", 2, None],
    "#logprobs/1/nothing": [None, None, None],
    "#f2/1": [None, None, None],
    "#/": [None, None, None],
}


def test_a_link_names_no_folder_of_a_disk() -> None:
    linked = "return pages.map((href) => modules['report/address'].linkOf(new URL(href), '#f27523/1'));"
    assert evaluated(linked, pages=[*LINKS]) == [*LINKS.values()]


def test_what_addresses_mean() -> None:
    read = """return hashes.map((hash) => {
      const { recording, chunk, tab } = modules["report/address"].meant(hash, ids);
      return [recording, chunk, tab];
    });"""
    assert evaluated(read, hashes=[*MEANT], ids=IDS) == [*MEANT.values()]
