"""Scripts and styles from disk: the vendored Leaflet and our own files, ready to be inlined.

Nothing here opens a network connection. What is vendored is listed with version, licence and
hash in ``static/vendor/catalogue.toml``.
"""

from __future__ import annotations

import base64
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATIC = files("maps").joinpath("static")
_MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
_CSS_URL = re.compile(r"url\(\s*['\"]?([^)'\"]+)['\"]?\s*\)")
_BREAKS_OUT = re.compile(r"</(script|style)|<!--", re.IGNORECASE)

# Folium's map links these for markers and popups with markup of its own; our pages have neither.
_NOT_USED = re.compile(
    r"jquery|bootstrap|awesome-markers|awesome\.rotate|fontawesome|highlight\.js", re.IGNORECASE
)


class UnknownAsset(LookupError):  # noqa: N818 (house style: the error is named by what happened)
    """An address or a name for which no vendored file exists; ``code`` is ``unknown_asset``."""

    code = "unknown_asset"

    def __init__(self, url: str) -> None:
        super().__init__(f"no vendored file for {url}")
        self.url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One vendored package: files with their SHA-256, and the addresses that mean them."""

    name: str
    version: str
    licence: str
    source: str
    files: Mapping[str, str]
    urls: Mapping[str, str]


@cache
def catalogue() -> tuple[Package, ...]:
    """Return what is vendored, in the order of the catalogue."""
    raw = tomllib.loads(_STATIC.joinpath("vendor/catalogue.toml").read_text("utf-8"))
    return tuple(Package(name=name, **entry) for name, entry in raw.items())


def read(path: str) -> bytes:
    """Return the bytes of a file below ``maps/static``, such as ``vendor/leaflet/leaflet.js``.

    Raises
    ------
    UnknownAsset
        If there is no such file.
    """
    item = _STATIC.joinpath(path)
    if ".." in PurePosixPath(path).parts or not item.is_file():
        raise UnknownAsset(path)
    return item.read_bytes()


def text(path: str) -> str:
    """Return a text file below ``maps/static`` with Unix line ends.

    Raises
    ------
    UnknownAsset
        If there is no such file.
    """
    return read(path).decode("utf-8").replace("\r\n", "\n")


@cache
def script(path: str) -> str:
    """Return a script that can stand between script tags.

    The pointer to a source map is taken out: a browser with open developer tools would ask for it.

    Raises
    ------
    UnknownAsset
        If there is no such file.
    ValueError
        If the script holds a sequence that would end its element.
    """
    return _inlinable(re.sub(r"\n?//# sourceMappingURL=\S*\s*$", "\n", text(path)), path)


@cache
def stylesheet(path: str) -> str:
    """Return a style sheet with every picture it links as a data URI.

    Raises
    ------
    UnknownAsset
        If the sheet or a picture that it links does not exist.
    ValueError
        If the sheet holds a sequence that would end its element.
    """
    folder = PurePosixPath(path).parent

    def inline(match: re.Match[str]) -> str:
        target = match.group(1)
        if target.startswith(("data:", "#")):
            return match.group(0)
        return f"url({data_uri(str(folder / target))})"

    return _inlinable(_CSS_URL.sub(inline, text(path)), path)


def data_uri(path: str) -> str:
    """Return a picture below ``maps/static`` as a data URI.

    Raises
    ------
    UnknownAsset
        If there is no such picture.
    """
    suffix = PurePosixPath(path).suffix
    if suffix not in _MEDIA_TYPES:
        raise UnknownAsset(path)
    return f"data:{_MEDIA_TYPES[suffix]};base64,{base64.b64encode(read(path)).decode('ascii')}"


def path_of(url: str) -> str | None:
    """Return the vendored path that stands for *url*; None for what our pages do not use.

    Raises
    ------
    UnknownAsset
        If the address is neither vendored nor on the short list of what is left out.
    """
    for package in catalogue():
        for pattern, name in package.urls.items():
            if re.search(pattern, url):
                return f"vendor/{package.name}/{name}"
    if _NOT_USED.search(url):
        return None
    raise UnknownAsset(url)


def _inlinable(code: str, path: str) -> str:
    if _BREAKS_OUT.search(code):
        raise ValueError(f"{path} holds a sequence that ends a script or style element")
    return code
