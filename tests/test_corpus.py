from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from synthetic import says, stream

import recexplore
from recexplore import RecordingNotFound
from recexplore.corpus import Corpus
from recexplore.corpus.lookup import ignored_suffix

FULL = "f27523f3fec83ad48410fc1d959e056fea9ca2d5678acdbe04496bc639cdbbdc"


# --- finding a recording ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f27523f3fec8", "f27", FULL, FULL[:20], f"{FULL}.json", f"llama-stack/{FULL}.json"])
def test_ids_prefixes_stems_and_names(bundled: Corpus, key: str) -> None:
    assert bundled[key].id == "f27523f3fec8"
    assert key in bundled


def test_paths(bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bundled_folder / f"{FULL}.json"
    monkeypatch.chdir(bundled_folder)

    for key in (path, str(path), f"{FULL}.json", f"./{FULL}.json", Path(f"../llama-stack/{FULL}.json")):
        assert bundled[key].id == "f27523f3fec8"
        assert key in bundled


def test_a_path_as_it_was_given(two_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two_folders)
    corpus = recexplore.load("b")

    assert corpus["b/other.json"].id == corpus["other"].id == corpus[two_folders / "b" / "other.json"].id == "other"


TWINS = ("a/0123456789ab-1", "a/0123456789ab-2", "b/0123456789ab-1", "b/c/0123456789ab-3", "b/other")


@pytest.mark.parametrize("loaded", ["", "a", "b", "b/c", "a/0123456789ab-2.json"])
def test_an_id_of_another_load_is_never_another_of_files_that_begin_alike(tmp_path: Path, loaded: str) -> None:
    for name in TWINS:
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(json.dumps(stream(says(name))))
    corpus = recexplore.load(tmp_path / loaded)
    about = corpus.recordings.set_index("recording")["path"].to_dict()
    n_alike = sum("0123456789ab" in os.path.basename(each) for each in about.values())

    for each in recexplore.load(tmp_path):
        if each.facts["path"] in about.values():
            assert corpus[each.id].facts["path"] == each.facts["path"]
        else:
            assert n_alike < 2 or each.id not in corpus
    for each in recexplore.load(tmp_path / "b"):
        if each.id in corpus and each.id not in about and n_alike > 1:
            assert corpus[each.id].facts["path"] == each.facts["path"]


def test_an_id_whose_suffix_is_of_no_file_here_is_the_only_one_that_begins_so(tmp_path: Path) -> None:
    (tmp_path / "0123456789ab-1.json").write_text(json.dumps(stream(says("one"))))
    (tmp_path / "many.json").write_text("\n".join(json.dumps(stream(says(each))) for each in "ab"))
    corpus = recexplore.load(tmp_path)
    hashed = hashlib.sha256(b"0123456789ab-1.json").hexdigest()[:4]

    for key, suffix in ((f"0123456789ab~{hashed}", None), ("0123456789ab~0000", "~0000")):
        assert corpus[key].id == "0123456789ab"
        assert ignored_suffix(key, corpus[key].id, corpus[key].facts["path"]) == suffix
    assert "0123456789ab~0000#1" not in corpus
    assert "0123456789a~0000" not in corpus
    assert "0123456789ab~000" not in corpus
    with pytest.raises(RecordingNotFound):
        corpus["other~0000"]


def test_an_ambiguous_key_names_what_it_fits(two_folders: Path) -> None:
    corpus = recexplore.load(two_folders)
    ids = corpus.recordings["recording"].tolist()[:2]

    for key in ("0", "0123456789ab"):
        with pytest.raises(RecordingNotFound, match="fits 2 recordings") as caught:
            corpus[key]
        assert all(name in str(caught.value) for name in ids)
        assert key not in corpus
    assert corpus["0123456789abX"].id == ids[0]
    assert corpus[ids[1]].text() == "b/0123456789abY!"


def test_an_exact_id_wins_over_a_longer_one(tmp_path: Path) -> None:
    for name in ("a", "ab"):
        (tmp_path / f"{name}.json").write_text(json.dumps(stream(says(name))))

    assert recexplore.load(tmp_path)["a"].text() == "a"


def test_an_unknown_key_names_what_is_near(bundled: Corpus) -> None:
    with pytest.raises(RecordingNotFound, match="f27523f3fec8") as caught:
        bundled["f27523f3fecX"]
    assert "f27523f3fecX" in str(caught.value)
    with pytest.raises(RecordingNotFound, match="lists the 5 there are"):
        bundled["zzz"]
    with pytest.raises(LookupError):
        bundled[""]
    assert "zzz" not in bundled
    assert 5 not in bundled


def test_a_position_counts_as_in_a_list(bundled: Corpus) -> None:
    ids = [recording.id for recording in bundled]

    assert [bundled[at].id for at in range(len(bundled))] == ids
    assert bundled[-1].id == ids[-1]
    with pytest.raises(IndexError, match=rf"corpus\[{len(ids)}\]: there are {len(ids)} recordings"):
        bundled[len(ids)]


@pytest.mark.parametrize("key", [slice(0, 1), None, 1.5, ("f27",)])
def test_a_key_that_is_none(bundled: Corpus, key: object) -> None:
    with pytest.raises(TypeError, match="an id"):
        bundled[key]  # type: ignore[index]


def test_an_empty_corpus_has_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingNotFound):
        recexplore.load(tmp_path)["a"]


# --- the corpus ------------------------------------------------------------------------------------------------------


def test_iteration_gives_all_recordings_in_order(bundled: Corpus) -> None:
    assert len(bundled) == 5
    assert [each.id for each in bundled] == bundled.recordings["recording"].tolist()


def test_a_corpus_describes_itself(bundled: Corpus, read) -> None:
    assert repr(bundled).startswith("Corpus: 5 recordings, 224 chunks, ")
    assert "0 problems" in repr(bundled)
    assert "1 recording, 1 chunk, 1 event, 0 problems" in repr(read(stream(says("a"))))
    assert "0 recordings, 0 chunks, 0 events, 1 problem," in repr(read(b"x"))


def test_a_corpus_names_where_it_came_from(two_folders: Path) -> None:
    assert repr(recexplore.load(two_folders)).endswith(f"from '{two_folders}'")
    assert repr(recexplore.load([two_folders / "a"])).endswith(f"from '{two_folders / 'a'}'")
    assert repr(recexplore.load([two_folders / "a", two_folders / "b"])).endswith("from 2 places")
    assert repr(recexplore.load(each for each in (two_folders / "a", two_folders / "b"))).endswith("from 2 places")


def test_frames_are_made_once(bundled: Corpus) -> None:
    assert bundled.events is bundled.events


def test_where_says_what_was_loaded(bundled: Corpus, bundled_folder: Path, tmp_path: Path) -> None:
    assert bundled.where == repr(str(bundled_folder))
    files = sorted(bundled_folder.glob("*.json"))
    assert recexplore.load(files).where == "5 places"
    assert recexplore.load(files[:1]).where == repr(str(files[0]))
