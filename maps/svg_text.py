"""Numbers and text of SVG: rounded, escaped, in the font of the printed sheets."""

from __future__ import annotations

from html import escape


def text_width(text: str, size: float) -> float:
    """Return about how wide *text* is, in the unit of *size*."""
    return size * sum(1.0 if char > "\u2e7f" else 0.56 for char in text)


def label(
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    fill: str,
    bold: str = "400",
    halo: bool = False,
) -> str:
    """Return *text* centred at (x, y), escaped; a halo keeps it legible on lines."""
    style = (
        f'font-family="Noto Sans SC" font-size="{short(size)}" font-weight="{bold}" '
        f'text-anchor="middle" x="{short(x)}" y="{short(y)}"'
    )
    body = escape(text, quote=True)
    below = f'<text {style} fill="#ffffff" stroke="#ffffff" stroke-width="7">{body}</text>'
    return f'{below if halo else ""}<text {style} fill="{fill}">{body}</text>'


def short(value: float) -> str:
    """Return *value* with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
