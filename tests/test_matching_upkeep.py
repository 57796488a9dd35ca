"""What a collection of recordings needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_requests import TEST, body, name_of, request, save, sha

import recexplore
from recexplore.corpus import Corpus
from recexplore.matching import duplicates, stale, unknown, unused


def loaded(folder: Path) -> Corpus:
    return recexplore.load(folder, progress=False)


def test_stale(tmp_path: Path) -> None:
    save(tmp_path, request(body("a")))
    save(
        tmp_path,
        request(body("b")),
        name=sha({"method": "POST", "endpoint": "/v1/v1/chat/completions", "body": body("b")})[:12],
    )
    save(tmp_path, request(body("c")), name="0" * 64)
    save(tmp_path, request(body("d")), name="named-by-hand")
    edited = save(tmp_path, request(body("ogx_and_models")), name=name_of(request(body("llama_stack_and_models"))))
    rows = stale(loaded(tmp_path)).set_index("recording")
    assert len(rows) == 3
    assert rows.loc["0" * 12, "current_hash"] == name_of(request(body("c")))
    assert rows["generation"].fillna("none").to_dict() == {
        "0" * 12: "none",
        rows[rows["generation"] == "body"].index[0]: "body",
        edited.stem[:12]: "model-lists",
    }
    assert rows["why"].str.partition(":")[0].to_dict() == {
        "0" * 12: "renamed or edited, or by a recorder that is not known here",
        rows[rows["generation"] == "body"].index[0]: "named by an older recorder (before the test was hashed too)",
        edited.stem[:12]: "edited after it was named",
    }
    assert "edited after it was named" in rows.loc[edited.stem[:12], "remark"]


def test_stale_says_what_it_cannot_judge(tmp_path: Path) -> None:
    path = save(tmp_path, request())
    corpus = loaded(tmp_path)
    path.unlink()
    assert stale(corpus)["remark"].tolist() == ["its file is not what was loaded any more"]


def test_the_bundled_recordings(bundled: Corpus) -> None:
    assert stale(bundled)["generation"].tolist() == ["body", "project-id"]
    assert duplicates(bundled).empty
    assert len(unused(bundled, [])) == 5


def test_a_corpus_of_nothing(tmp_path: Path) -> None:
    corpus = loaded(tmp_path)
    for frame in (stale(corpus), duplicates(corpus), unused(corpus, ["a"])):
        assert frame.empty
        assert len(frame.columns) >= 5
    assert unknown(corpus, ["a"])["name"].tolist() == ["a"]


def test_duplicates(tmp_path: Path) -> None:
    save(tmp_path, request(body("a")), name="one")
    save(tmp_path, request(body("a")), name="two")
    save(tmp_path, request(body("b")), name="three")
    save(tmp_path, request(body("b")), name="four", test_id="other")
    save(tmp_path, request(body("c")), name="five")
    rows = duplicates(loaded(tmp_path))
    found = {
        tuple(sorted(group["recording"])): (group["n_recordings"].iloc[0], group["n_tests"].iloc[0])
        for _, group in rows.groupby("group")
    }
    assert found == {("one", "two"): (2, 1), ("four", "three"): (2, 2)}
    assert rows["group"].tolist() == [0, 0, 1, 1]


def test_exchanges_of_one_file_are_told_apart(tmp_path: Path) -> None:
    document = json.dumps({"request": request(), "response": {"body": {}, "is_streaming": False}})
    (tmp_path / "a.jsonl").write_text(f"{document}\n{document}\n")
    corpus = loaded(tmp_path)
    for rows in (duplicates(corpus), unused(corpus, [])):
        assert [Path(place).name for place in rows["place"]] == ["a.jsonl#0", "a.jsonl#1"]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Path, list[str]]:
    folder = tmp_path_factory.mktemp("three")
    names = [save(folder / part / "recordings", request(body(part))).stem for part in ("a", "b", "c")]
    return loaded(folder), folder, names


def test_used_names_of_every_kind(three: tuple[Corpus, Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, folder, (a, b, c) = three
    monkeypatch.chdir(folder)
    for name in (
        a,
        f"{a}.json",
        a[:12],
        a[:8],
        str(folder / f"a/recordings/{a}.json"),
        f"a/recordings/{a}.json",
        f"./a/recordings/{a}.json",
    ):
        assert sorted(Path(path).stem for path in unused(corpus, [name])["path"]) == sorted([b, c]), name
        assert unknown(corpus, [name]).empty
    for name in (a[:7], "x", f"b/recordings/{a}.json", f"{a[:-1]}0.json", "recordings", "", "/"):
        assert len(unused(corpus, [name])) == 3, name
        assert unknown(corpus, [name, name])["name"].tolist() == [name]


def test_a_file_of_names(three: tuple[Corpus, Path, list[str]], tmp_path: Path) -> None:
    corpus, _, (a, b, c) = three
    (tmp_path / "used.txt").write_text(f"# replayed\n\n{a}.json\n  {b}\nnone\n")
    assert [Path(path).stem for path in unused(corpus, tmp_path / "used.txt")["path"]] == [c]
    assert unknown(corpus, tmp_path / "used.txt")["name"].tolist() == ["none"]


@given(order=st.permutations(range(6)))
def test_the_order_of_names_does_not_matter(three: tuple[Corpus, Path, list[str]], order: list[int]) -> None:
    corpus, _, names = three
    used = [*names[:2], "x", names[0], "\ud800", "y"]
    shuffled = [used[at] for at in order]
    assert unused(corpus, shuffled).equals(unused(corpus, used))
    assert sorted(unknown(corpus, shuffled)["name"]) == sorted(unknown(corpus, used)["name"])
    assert len(unknown(corpus, used)) == 3


def test_the_state_of_real_recordings(corpus_folder: Path) -> None:
    corpus = loaded(corpus_folder / "ogx")
    rows = stale(corpus)
    assert len(corpus) - len(rows) == 905
    assert rows["generation"].isna().sum() == 21
    assert set(rows["generation"].dropna()) == {"model-lists", "document-ids", "scores", "project-id", "test-id"}
    assert TEST not in set(rows["test_id"])
