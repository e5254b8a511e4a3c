"""Sentences for codes: rooms carry codes and data, the words live in ``messages/*.toml``.

A file has one table per code: ``zh`` and ``en`` (the sentence), and where there is something to
do about it ``fix_zh`` and ``fix_en``. ``{name}`` stands for a datum of the problem; where
the data hold ``name_en`` too, English sentences take that.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("zh", "en")
_BLANK = "—"


class UnknownCode(KeyError):  # noqa: N818 (house style: the error is named by what happened)
    """A code that has no sentence; ``code`` is the code itself."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One code with its sentence and its advice in both languages, and the file it stands in."""

    code: str
    file: str
    zh: str
    en: str
    fix_zh: str = ""
    fix_en: str = ""

    def sentence(self, lang: str) -> str:
        """Return the pattern of the sentence in *lang*."""
        return self.en if lang == "en" else self.zh

    def advice(self, lang: str) -> str:
        """Return the pattern of the advice in *lang*, empty where there is none."""
        return self.fix_en if lang == "en" else self.fix_zh

    def names(self, lang: str) -> tuple[str, ...]:
        """Return the names of the placeholders of the sentence in *lang*, each once."""
        names = (name for _, name, _, _ in Formatter().parse(self.sentence(lang)) if name)
        return tuple(dict.fromkeys(names))


@cache
def load() -> Mapping[str, Message]:
    """Return every message by code.

    Raises
    ------
    ValueError
        If two files speak of the same code.
    """
    found: dict[str, Message] = {}
    folder = files("maps").joinpath("messages")
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not item.name.endswith(".toml"):
            continue
        for code, words in tomllib.loads(item.read_text("utf-8")).items():
            if code in found:
                raise ValueError(f"{code} stands in {found[code].file} and in {item.name}")
            found[code] = Message(code=code, file=item.name, **words)
    return found


def message(code: str) -> Message:
    """Return the message of *code*.

    Raises
    ------
    UnknownCode
        If no file has a sentence for it.
    """
    try:
        return load()[code]
    except KeyError:
        raise UnknownCode(code) from None


def sentence(code: str, /, *, lang: str = "zh", **data: Any) -> str:
    """Return the sentence of *code* filled with *data*.

    A code without a sentence reads as the code and its data, so that no problem is ever hidden; a
    datum that is missing reads as a dash.
    """
    found = load().get(code)
    if found is None:
        pairs = ", ".join(f"{key}={_spoken(data[key], lang)}" for key in sorted(data))
        return f"{code} ({pairs})" if pairs else code
    return fill(found.sentence(lang), lang=lang, data=data)


def advice(code: str, /, *, lang: str = "zh", **data: Any) -> str:
    """Return what to do about *code*, empty where there is nothing to say."""
    found = load().get(code)
    return fill(found.advice(lang), lang=lang, data=data) if found else ""


def fill(pattern: str, *, lang: str, data: Mapping[str, Any]) -> str:
    """Return *pattern* with its placeholders replaced by *data* in the words of *lang*."""
    return _Speaker(lang).vformat(pattern, (), data)


def is_blank(value: Any) -> bool:  # noqa: ANN401 (whatever a frame or a detail holds)
    """Return whether *value* says nothing: None, NaN or NaT."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str | int | tuple | list):
        return False
    import pandas as pd  # takes longer than all else of a command's start

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def text_of(value: Any) -> str:  # noqa: ANN401 (whatever a frame holds)
    """Return *value* as text, empty where it says nothing."""
    return "" if is_blank(value) else str(value)


class _Speaker(Formatter):
    def __init__(self, lang: str) -> None:
        self.lang = lang

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, Any]) -> object:
        return kwargs.get(f"{key}_{self.lang}", kwargs.get(str(key)))

    def format_field(self, value: object, format_spec: str) -> str:
        if value is None:
            return _BLANK
        if not format_spec:
            return _spoken(value, self.lang)
        try:
            return str(format(value, format_spec))
        except (TypeError, ValueError):
            return _spoken(value, self.lang)


def _spoken(value: object, lang: str) -> str:
    if is_blank(value):
        return _BLANK
    if isinstance(value, bool):
        yes, no = ("yes", "no") if lang == "en" else ("是", "否")
        return yes if value else no
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (tuple, list)):
        return (", " if lang == "en" else "、").join(_spoken(item, lang) for item in value)
    return str(value)
