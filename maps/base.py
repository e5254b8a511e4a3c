"""A blank Folium map and the single file it becomes: no network, strict policy, same bytes.

Folium builds the tree (map, panes, GeoJSON, plugins); :func:`single_file` renders it, puts the
vendored code in place of every link, and allows each script and style by its hash alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import branca.element as be
import folium
import jinja2
from folium.map import CustomPane
from folium.plugins import Fullscreen
from folium.template import Template
from folium.utilities import JsCode

from maps import assets, compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STYLE = re.compile(r"\s*<style>(.*?)</style>\s*", re.DOTALL)
_NEEDS_JQUERY = re.compile(r"\$\(|\bjQuery\b|AwesomeMarkers")

#: Height of each pane, bottom to top; every one lets the pointer through but ``stops``.
PANES = {
    "land": 210,
    "roads": 230,
    "zones": 240,
    "cells": 350,
    "dots": 400,
    "routes": 430,
    "sites": 450,
}
LABELS, STOPS = 440, 620


def blank_map(
    *, centre: tuple[float, float], panes: Mapping[str, int] = PANES, words: Mapping[str, str]
) -> folium.Map:
    """Return a map without tiles, with our panes and a button for the full screen.

    Parameters
    ----------
    centre
        Longitude, latitude in WGS-84 degrees.
    panes
        Name of each pane and its height; they let the pointer through.
    words
        ``fullscreen`` and ``fullscreen_end``: titles of the button.
    """
    lon, lat = centre
    sheet = folium.Map(
        location=(round(lat, 5), round(lon, 5)),
        tiles=None,
        zoom_control=False,
        zoom_start=10,
        attribution_control=False,
        min_zoom=None,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
    )
    sheet.options["minZoom"] = 7
    sheet.options["maxZoom"] = 18
    for name, height in panes.items():
        CustomPane(name, z_index=height, pointer_events=False).add_to(sheet)
    button: Any = Fullscreen  # its constructor carries no types
    button(
        title=words["fullscreen"],
        title_cancel=words["fullscreen_end"],
        force_separate_button=True,
        fullscreen_element=JsCode("document.documentElement"),
    ).add_to(sheet)
    return sheet


def add_outline(
    sheet: folium.Map, shapes: Iterable[Any], *, style: Mapping[str, Any], pane: str = "land"
) -> None:
    """Draw polygons as background: all in one style, without names, popups or events."""
    features = [
        {"type": "Feature", "id": str(i), "properties": {}, "geometry": compact.outline(shape)}
        for i, shape in enumerate(shapes)
    ]
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            style_function=lambda _: dict(style),
            control=False,
            interactive=False,
            pane=pane,
        ).add_to(sheet)


def start_script(sheet: folium.Map, function: str) -> None:
    """Call *function* of our own scripts with the map as soon as Folium has made it."""
    macro: Any = be.MacroElement  # its constructor carries no types
    starter = macro()
    starter._name = "Start"
    starter._template = Template(
        "{% macro script(this, kwargs) %}{{ this.function }}({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )
    starter.function = function
    starter.add_to(sheet)


def single_file(
    sheet: folium.Map,
    *,
    title: str,
    lang: str,
    body: str,
    data: Mapping[str, Any],
    styles: Sequence[str],
    scripts: Sequence[str],
) -> str:
    """Return the map as one HTML document that asks the network for nothing.

    Parameters
    ----------
    body
        Markup beside the map, already escaped (a rendered template).
    data
        Becomes a JSON block ``xunge-data`` that scripts read.
    styles, scripts
        Our own files below ``maps/static``, after those that Folium wants.

    Raises
    ------
    maps.assets.UnknownAsset
        If a Folium element links a file that is not vendored.
    ValueError
        If a Folium element needs jQuery or puts something else than a style in the header.
    """
    _pin_names(sheet)
    figure = cast("be.Figure", sheet.get_root())
    for child in figure._children.values():
        child.render()
    linked = [_linked(item) for item in figure.header._children.values()]
    extra = _own_styles(figure, sheet)
    code = figure.script.render()
    if _NEEDS_JQUERY.search(code):
        raise ValueError("an element on this map needs jQuery, which is not vendored")
    return page(
        title=title,
        lang=lang,
        body=figure.html.render() + body,
        data=data,
        styles=[*_sheets(linked), *extra, *map(assets.stylesheet, styles)],
        scripts=[*_scripts(linked), *map(assets.script, scripts), code],
    )


def page(
    *,
    title: str,
    lang: str,
    body: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    robots: str = "noindex",
) -> str:
    """Return an HTML document whose policy allows these styles and scripts and nothing else.

    The policy names each by its SHA-256, so that markup that slips in cannot run, whatever it
    says, and nothing may be loaded from anywhere but ``data:`` pictures. Search engines are told
    to leave the page alone unless *robots* says otherwise.
    """
    sheets = [f"\n{style.strip()}\n" for style in styles]
    codes = [f"\n{script.strip()}\n" for script in scripts]
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src {_hashes(sheets)}; script-src {_hashes(codes)}"
    )
    return template("page.html").render(
        title=title,
        lang={"zh": "zh-CN"}.get(lang, lang),
        policy=policy,
        robots=robots,
        styles=sheets,
        scripts=codes,
        body=body,
        data=None if data is None else compact.safe_json(data),
    )


def template(name: str) -> jinja2.Template:
    """Return a template of ``maps/templates``; whatever it is given is escaped."""
    return _TEMPLATES.get_template(name)


def _load_template(name: str) -> str:
    return files("maps").joinpath("templates", name).read_text("utf-8").replace("\r\n", "\n")


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FunctionLoader(_load_template),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def _pin_names(sheet: folium.Map) -> None:
    """Give each element a number as name: Folium takes random ones, which changes every byte."""
    queue: list[Any] = [sheet]
    number = 0
    while queue:
        element = queue.pop(0)
        element._id = str(number)
        number += 1
        queue.extend(element._children.values())


def _linked(item: be.Element) -> str | None:
    return assets.path_of(item.url) if isinstance(item, be.Link) else None


def _scripts(linked: Sequence[str | None]) -> list[str]:
    return [assets.script(path) for path in linked if path and path.endswith(".js")]


def _sheets(linked: Sequence[str | None]) -> list[str]:
    return [assets.stylesheet(path) for path in linked if path and path.endswith(".css")]


def _own_styles(figure: be.Figure, sheet: folium.Map) -> list[str]:
    """Return what elements put in the header; the map's own block is replaced by our base.css."""
    styles: list[str] = []
    for name, item in figure.header._children.items():
        if isinstance(item, be.Link) or name in ("meta_http", sheet.get_name()):
            continue
        markup = item.render()
        if _STYLE.sub("", markup).strip():
            raise ValueError(f"{name} puts something else than a style in the header")
        styles += _STYLE.findall(markup)
    return styles


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(d).decode('ascii')}'" for d in digests) or "'none'"
