"""Rules of the vendored files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from maps import assets

VENDOR = Path(assets.__file__).parent / "static" / "vendor"


@pytest.mark.parametrize("package", assets.catalogue(), ids=lambda package: package.name)
def test_vendored_files_are_as_published(package: assets.Package) -> None:
    """Every vendored file has the hash of the catalogue, and no other file lies beside it."""
    folder = VENDOR / package.name
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == dict(package.files)


def test_every_vendored_folder_is_in_the_catalogue() -> None:
    """No package is vendored without a version, a source and a licence file."""
    names = {path.name for path in VENDOR.iterdir() if path.is_dir()}
    assert names == {package.name for package in assets.catalogue()}
    for package in assets.catalogue():
        assert package.version
        assert package.licence
        assert "LICENSE" in package.files


def test_style_sheets_link_nothing() -> None:
    """A style sheet carries its pictures with it."""
    for path in ("vendor/leaflet/leaflet.css", "vendor/leaflet.fullscreen/Control.FullScreen.css"):
        sheet = assets.stylesheet(path)
        assert "url(data:image/" in sheet
        assert sheet.replace("url(#default#VML)", "").count("url(") == sheet.count(
            "url(data:image/"
        )


def test_scripts_name_no_source_map() -> None:
    """A script has no pointer to a source map, which open developer tools would fetch."""
    assert "sourceMappingURL" not in assets.script("vendor/leaflet/leaflet.js")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (
            "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js",
            "vendor/leaflet/leaflet.js",
        ),
        (
            "https://cdn.jsdelivr.net/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.min.js",
            "vendor/leaflet.fullscreen/Control.FullScreen.js",
        ),
        ("https://code.jquery.com/jquery-3.7.1.min.js", None),
        ("https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css", None),
    ],
)
def test_folium_addresses_have_a_file_or_are_left_out(url: str, path: str | None) -> None:
    """An address that Folium writes is answered from disk or is known to be unused."""
    assert assets.path_of(url) == path


@pytest.mark.parametrize("path", ["vendor/none.js", "../base.py", "vendor/../../base.py", "vendor"])
def test_reading_outside_the_folder_is_refused(path: str) -> None:
    """Only files below the static folder can be read."""
    with pytest.raises(assets.UnknownAsset) as caught:
        assets.read(path)
    assert caught.value.url == path


def test_unknown_address_is_refused() -> None:
    """An address that nobody vendored stops the page instead of becoming a request."""
    with pytest.raises(assets.UnknownAsset):
        assets.path_of("https://example.org/plugin.js")
