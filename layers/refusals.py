"""Errors that tell programs by a code, and people by a sentence, what is wrong.

The sentences live in ``maps/messages/*.toml`` under the codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WrongSetting = tuple[str, str, str]
"""Dotted name of a setting, code of what is wrong with it, its value as text."""


class CodedError(Exception):
    """What cannot be done; to be inherited beside a builtin that says of what kind it is.

    Attributes
    ----------
    code
        Stable snake_case name of what is wrong.
    detail
        What its sentence needs.
    """

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


class RuleSettingsError(ValueError):
    """Settings of a bureau that do not fit the rules they change.

    Attributes
    ----------
    code
        Whose settings: ``bad_caps``, ``bad_due_rules``, ….
    rows
        One for every wrong entry; codes: ``unknown_setting``, ``bad_setting``,
        ``missing_setting``.
    """

    def __init__(self, code: str, rows: Iterable[WrongSetting]) -> None:
        self.code = code
        self.rows = tuple(rows)
        wrong = "; ".join(f"{name}: {what} ({value})" for name, what, value in self.rows)
        super().__init__(f"{code}: {wrong}")
