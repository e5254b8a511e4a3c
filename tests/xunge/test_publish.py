"""A week's files reach their place whole, whatever happens in between."""

from pathlib import Path

import pytest

from xunge import publish

FILES = {"index.html": b"map", "sheets/1.pdf": b"one", "sheets/2.pdf": b"two"}


def test_files_are_moved_into_place_and_the_staging_folder_goes(tmp_path: Path) -> None:
    """After settling, every file is in place with the manifest and nothing is staged."""
    manifest = publish.stage(tmp_path, FILES)
    publish.settle(tmp_path, manifest, label="1")
    assert publish.in_place(tmp_path, manifest)
    assert {p.name for p in tmp_path.iterdir()} == {"index.html", "sheets", publish.MANIFEST}


@pytest.mark.parametrize("moved", range(len(FILES) + 1))
def test_a_crash_while_moving_is_mended_by_settling_again(tmp_path: Path, moved: int) -> None:
    """Files moved before a crash stay, the others follow; nothing is lost."""
    manifest = publish.stage(tmp_path, FILES)
    for name in list(manifest)[:moved]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / publish.STAGING / name).rename(tmp_path / name)
    assert publish.lost(tmp_path, manifest) == []
    assert not publish.in_place(tmp_path, manifest)
    publish.settle(tmp_path, manifest, label="1")
    assert publish.in_place(tmp_path, manifest)


def test_a_later_round_never_overwrites_an_earlier_one(tmp_path: Path) -> None:
    """What an earlier round wrote moves aside when a later one differs; foreign files stay."""
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    publish.settle(tmp_path, publish.stage(tmp_path, FILES), label="0")
    later = publish.stage(tmp_path, {"index.html": b"new map", "sheets/1.pdf": b"one"})
    publish.settle(tmp_path, later, label="round-1")
    kept = tmp_path / publish.SUPERSEDED / "round-1"
    assert (kept / "index.html").read_bytes() == b"map"
    assert (kept / "sheets/2.pdf").read_bytes() == b"two"
    assert not (kept / "sheets/1.pdf").exists()
    assert (tmp_path / "index.html").read_bytes() == b"new map"
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"


def test_a_file_that_is_gone_is_named_and_one_that_people_filled_in_is_kept(tmp_path: Path) -> None:
    """A missing file is lost, and named; one that was changed by hand is in place."""
    manifest = publish.stage(tmp_path, FILES)
    publish.settle(tmp_path, manifest, label="1")
    (tmp_path / "sheets/2.pdf").write_bytes(b"filled in by hand")
    assert publish.in_place(tmp_path, manifest)
    (tmp_path / "sheets/2.pdf").unlink()
    assert publish.lost(tmp_path, manifest) == ["sheets/2.pdf"]
    assert not publish.in_place(tmp_path, manifest)
