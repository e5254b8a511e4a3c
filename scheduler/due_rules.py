"""The rules behind due dates as data: numbers, clauses, and how far each was verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.cycles import EVERY, Cycle
from scheduler.overlay import bad_codes, is_count, lay_over, shipped, unknown_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.refusals import WrongSetting

STATUSES = ("law", "page", "unverified", "product", "setting")
UNITS = ("days", "workdays")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One period of time with its source.

    ``unit`` is ``days`` (calendar days) or ``workdays``. Empty ``order_kinds`` and ``industries``
    mean any.
    """

    name: str
    days: int
    source: str
    status: str
    unit: str = "days"
    order_kinds: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()

    def fits(self, *, order_kind: str, industry: str) -> bool:
        """Tell whether the term holds for an order of this kind to an object of this industry."""
        kind_fits = not self.order_kinds or order_kind in self.order_kinds
        return kind_fits and (not self.industries or industry in self.industries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relapse:
    """By what a revisit interval is divided for each relapse, and how often at most."""

    divisor: int
    max_times: int
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """By what the revisit intervals of a site of an enterprise on the black list are divided."""

    divisor: int
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What shows that a closed site is at work again: its series of revisits begins anew.

    ``results`` are those of visits, ``outcomes`` those of reports about it.
    """

    results: tuple[str, ...]
    outcomes: tuple[str, ...]
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a step's window opens and which visits satisfy the step."""

    tolerance_days: int
    kinds: tuple[str, ...]
    ignored_results: tuple[str, ...]
    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A rule without a number."""

    source: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRules:
    """Every rule that makes a due date; see ``due_rules.toml`` for what each means.

    ``terms`` are the plain ones by name; ``rounds`` and ``documents`` are those in use.
    """

    reinspection: tuple[Term, ...]
    rectification: Term
    steps: tuple[Term, ...]
    relapse: Relapse
    black_list: Shortened
    sign: Sign
    window: Window
    report_plan: Term
    report_limit: Term
    report_extension: Term
    terms: Mapping[str, Term]
    rounds: tuple[Cycle, ...]
    documents: tuple[Cycle, ...]
    nonworking: Clause

    def term(self, name: str) -> Term:
        """Return one of the plain terms."""
        return self.terms[name]

    def reinspection_term(self, *, order_kind: str, industry: str) -> Term:
        """Return the term for an order: more conditions win, then fewer days, then the name."""
        fitting = [t for t in self.reinspection if t.fits(order_kind=order_kind, industry=industry)]
        return min(
            fitting,
            key=lambda t: (-bool(t.order_kinds) - bool(t.industries), t.days, t.name),
        )


def load_rules(overrides: Mapping[str, Any] | None = None) -> DueRules:
    """Return the shipped rules with the user's settings laid over them.

    Parameters
    ----------
    overrides
        Tables like those of ``due_rules.toml``, only what differs; ``reinspection`` may hold new
        rules of the bureau. A changed rule gets the status ``setting``.

    Raises
    ------
    layers.refusals.RuleSettingsError
        With every setting that is unknown, missing or of the wrong kind.
    """
    raw = shipped("due_rules.toml")
    bad = lay_over(raw, overrides or {}, grows={"reinspection": _TERM_KEYS})
    if not bad:
        _check(raw, bad)
    if bad:
        raise RuleSettingsError("bad_due_rules", bad)
    return _rules(raw)


_TERM_KEYS = {"days", "unit", "order_kinds", "industries", "source", "status"}
_ROUND_KEYS = {"use", "every", "level", "kinds", "ignored_results", "source", "status"}
_DOCUMENT_KEYS = {"use", "every", "cut_off", "days", "unit", "source", "status"}
_REPORT_TERMS = ("plan", "limit", "extension")


def _check(raw: Mapping[str, Any], bad: list[WrongSetting]) -> None:
    """Collect every value of the wrong kind."""
    tables = {f"reinspection.{name}": table for name, table in raw["reinspection"].items()}
    tables["rectification"] = raw["rectification"]
    tables |= {f"report.{name}": raw["report"][name] for name in _REPORT_TERMS}
    tables |= {f"terms.{name}": table for name, table in raw["terms"].items()}
    for name, table in tables.items():
        bad += [(f"{name}.{key}", "unknown_setting", str(table[key]))
                for key in sorted(set(table) - _TERM_KEYS)]  # fmt: skip
        if "days" not in table:
            bad.append((f"{name}.days", "missing_setting", ""))
        elif not is_count(table["days"]):
            bad.append((f"{name}.days", "bad_setting", str(table["days"])))
        if table.get("unit", "days") not in UNITS:
            bad.append((f"{name}.unit", "bad_setting", str(table["unit"])))
        bad += _bad_lists(name, table, ("order_kinds", "industries"))
    bad += _bad_lists("revisit.window", raw["revisit"]["window"], ("kinds", "ignored_results"))
    bad += _bad_lists("revisit.sign", raw["revisit"]["sign"], ("results", "outcomes"))
    for name in ("relapse.divisor", "relapse.max_times", "window.tolerance_days",
                 "black_list.divisor"):  # fmt: skip
        part, key = name.split(".")
        value = raw["revisit"][part][key]
        if not is_count(value) or (key == "divisor" and value == 0):
            bad.append((f"revisit.{name}", "bad_setting", str(value)))
    bad += [row for name, table in raw["rounds"].items() for row in _bad_round(name, table)]
    bad += [row for name, table in raw["documents"].items() for row in _bad_document(name, table)]
    steps = raw["revisit"]["steps"]["days"]
    rising = isinstance(steps, list) and bool(steps) and all(map(is_count, steps))
    if not rising or steps[0] < 1 or steps != sorted(set(steps)):
        bad.append(("revisit.steps.days", "bad_setting", str(steps)))
    if not any(not t.get("order_kinds") and not t.get("industries")
               for t in raw["reinspection"].values()):  # fmt: skip
        bad.append(("reinspection.order", "missing_setting", ""))


def _bad_round(round_: str, table: Mapping[str, Any]) -> list[WrongSetting]:
    name, tables = f"rounds.{round_}", codes.TABLES
    lists = {"kinds": tables["visit_kind"].codes, "ignored_results": tables["visit_result"].codes}
    right = {
        "use": isinstance(table["use"], bool),
        "every": table["every"] in EVERY,
        "level": table["level"] in tables["area_level"].codes,
    }
    return [*unknown_names(name, table, _ROUND_KEYS), *bad_codes(name, table, lists),
            *((f"{name}.{key}", "bad_setting", str(table[key]))
              for key, fits in right.items() if not fits)]  # fmt: skip


def _bad_document(document: str, table: Mapping[str, Any]) -> list[WrongSetting]:
    name = f"documents.{document}"
    right = {
        "use": isinstance(table["use"], bool),
        "every": table["every"] in EVERY,
        "cut_off": is_count(table["cut_off"]) and table["cut_off"] <= 31,
        "days": is_count(table["days"]),
        "unit": table["unit"] in UNITS,
    }
    return [*unknown_names(name, table, _DOCUMENT_KEYS),
            *((f"{name}.{key}", "bad_setting", str(table[key]))
              for key, fits in right.items() if not fits)]  # fmt: skip


def _bad_lists(name: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> list[WrongSetting]:
    return [
        (f"{name}.{key}", "bad_setting", str(table[key]))
        for key in keys
        if key in table
        and not (isinstance(table[key], list) and all(isinstance(v, str) for v in table[key]))
    ]


def _term(name: str, table: Mapping[str, Any]) -> Term:
    return Term(
        name=name,
        days=table["days"],
        source=table["source"],
        status=table["status"],
        unit=table.get("unit", "days"),
        order_kinds=tuple(table.get("order_kinds", ())),
        industries=tuple(table.get("industries", ())),
    )


def _rules(raw: Mapping[str, Any]) -> DueRules:
    revisit = raw["revisit"]
    window = dict(revisit["window"])
    window |= {key: tuple(window[key]) for key in ("kinds", "ignored_results")}
    steps = revisit["steps"]
    sign = dict(revisit["sign"])
    sign |= {key: tuple(sign[key]) for key in ("results", "outcomes")}
    return DueRules(
        reinspection=tuple(_term(name, table) for name, table in raw["reinspection"].items()),
        rectification=_term("rectification", raw["rectification"]),
        steps=tuple(_term(f"day{days}", {**steps, "days": days}) for days in steps["days"]),
        relapse=Relapse(**revisit["relapse"]),
        black_list=Shortened(**revisit["black_list"]),
        sign=Sign(**sign),
        window=Window(**window),
        **{
            f"report_{name}": _term(f"report_{name}", raw["report"][name]) for name in _REPORT_TERMS
        },
        terms={name: _term(name, table) for name, table in raw["terms"].items()},
        rounds=_cycles(raw["rounds"]),
        documents=_cycles(raw["documents"]),
        nonworking=Clause(**raw["nonworking"]),
    )


def _cycles(tables: Mapping[str, Any]) -> tuple[Cycle, ...]:
    """Return the duties in use."""
    found = []
    for name, table in tables.items():
        if table["use"]:
            told: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in table.items()
                if key != "use"
            }
            found.append(Cycle(name=name, **told))
    return tuple(found)
