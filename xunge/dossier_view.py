"""A file of one enterprise in words: sections and a life story, for paper and terminal alike."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from layers.indicators.measures import some_bound
from layers.rows import records
from layers.schema import REGISTERS
from maps.dossier import DossierView, Line, Measure, Section
from maps.messages import sentence
from xunge.words import due_sentences, run_on

if TYPE_CHECKING:
    import pandas as pd

    from layers.measures import Rules
    from scheduler.due_items import DueItem
    from xunge.dossier import Dossier, Entry, Words

SHOWN: dict[str, tuple[str, ...]] = {
    "hazards": ("id", "found", "grade", "types", "description", "deadline", "rectified",
                "cancelled", "responsible", "state"),
    "orders": ("id", "kind", "issued", "deadline", "requested", "reviewed", "outcome", "hazard"),
    "cases": ("id", "filed", "kind", "procedure", "behaviours", "department", "decided",
              "concluded", "outcome", "state"),
    "penalties": ("id", "case", "decided", "kind", "amount", "collected", "collected_on",
                  "persons", "state"),
    "seizures": ("id", "on", "kind", "goods", "quantity", "unit", "storage", "until", "extended",
                 "lifted", "disposal", "state"),
    "handovers": ("id", "sent", "sender", "receiver", "kind", "receipt", "accepted", "concluded",
                  "outcome", "persons", "detained", "state"),
    "listings": ("id", "kind", "level", "reason", "start", "until", "published", "removed",
                 "state"),
    "remedies": ("id", "case", "kind", "filed", "stage", "concluded", "outcome", "amount",
                 "state"),
    "restarts": ("id", "applied", "examined", "items", "signer", "outcome", "restarted", "state"),
    "accidents": ("id", "on", "deaths", "injured", "illegal", "concealed", "description"),
    "reports": ("id", "received", "report_class", "verified", "outcome", "handed_over_to"),
    "visits": ("id", "date", "kind", "departments", "inspectors", "experts", "findings",
               "serious_findings", "result"),
}  # fmt: skip
"""Records that have a table of their own, and its columns."""


def view(found: Dossier, *, rules: Rules, words: Words) -> DossierView:
    """Return the file in words."""
    lang = words.lang

    def say(code: str, **data: object) -> str:
        return sentence(f"dossier_{code}", lang=lang, **data)

    row = words.facts(found.register, found.row)
    sections = [
        _section(name, frame, words)
        for name, frame in ((name, found.states.get(name)) for name in SHOWN)
        if frame is not None
    ]
    if "closures" in found.states:
        sections.insert(0, _closure(found.states["closures"], words))
    return DossierView(
        lang=lang, name=found.name,
        title=say("title", name=found.name),
        subtitle=say("subtitle", id=found.id, date=found.day.isoformat()),
        totals=_totals(found, words, say),
        register=tuple(
            (_title(found.register, name, lang), value) for name, value in row.items()
        ),
        linked=tuple(f"{name}（{id_}）" if lang == "zh" else f"{name} ({id_})"
                     for id_, name in found.linked),
        measures=tuple(_measure(one, rules, lang) for one in found.suggestions),
        due=tuple(_due(item, lang) for item in found.due),
        sections=tuple(sections),
        story=tuple(_line(entry, words) for entry in found.story),
        words={key: say(key) for key in _WORDS}, persons=words.persons,
    )  # fmt: skip


_WORDS = ("measures", "measures_note", "measures_none", "due", "due_none", "register", "linked",
          "story", "story_date", "story_what", "story_number", "story_facts",
          "persons_hidden")  # fmt: skip


def _totals(found: Dossier, words: Words, say: Any) -> tuple[tuple[str, str, str], ...]:  # noqa: ANN401
    """Return a few counts, each with its tone."""

    def count(name: str, column: str = "", *values: str) -> int:
        frame = found.states.get(name)
        if frame is None:
            return 0
        return len(frame) if not column else int(frame[column].isin(values).sum())

    penalties = found.states.get("penalties")
    fined = 0.0 if penalties is None else float(sum(a or 0.0 for a in penalties["amount"]))
    more = penalties is not None and some_bound(penalties, "amount")
    opened = count("hazards", "state", "open", "overdue")
    late = count("hazards", "state", "overdue") + sum(item.overdue_days > 0 for item in found.due)
    return (
        (say("visits"), str(count("visits")), ""),
        (say("hazards_open"), str(opened), "warn" if opened else ""),
        (say("overdue"), str(late), "bad" if late else ""),
        (say("cases"), str(count("cases")), ""),
        (say("fined"), words.least(f"{fined:,.0f}", more=more), ""),
        (say("suggested"), str(len(found.suggestions)), "bad" if found.suggestions else ""),
    )


def _title(register: str, name: str, lang: str) -> str:
    return name.replace("_", " ") if lang == "en" else REGISTERS[register][name].title


def register_title(register: str, lang: str) -> str:
    """Return the title of a register in *lang*."""
    return register.replace("_", " ").capitalize() if lang == "en" else REGISTERS[register].title


def _section(name: str, frame: pd.DataFrame, words: Words) -> Section:
    register = REGISTERS[name]
    rows = records(frame)
    for row in rows:
        if "serious" in row:
            row["grade"] = "serious" if row["serious"] else "general"
    told = [words.facts(name, row) for row in rows]
    columns = [
        column for column in SHOWN[name]
        if column in register and any(column in row for row in told)
    ]  # fmt: skip
    return Section(
        title=register_title(name, words.lang), count=len(rows),
        headers=tuple(_title(name, column, words.lang) for column in columns),
        rows=tuple(tuple(row.get(column, "") for column in columns) for row in reversed(told)),
    )  # fmt: skip


def _closure(frame: pd.DataFrame, words: Words) -> Section:
    """Return the checklist of the closure, what is missing too."""
    lang = words.lang
    row = frame.iloc[0]
    items = words.tables["closure_item"]
    mark = sentence("dossier_closed_full" if row["full"] else "dossier_closed_gap", lang=lang)
    rows = []
    for item in dict.fromkeys((*row["required"], *row["items"])):
        done = row["items"].get(item) or {"done": None, "proof": None}
        state = done["done"].isoformat() if done["done"] else sentence("dossier_missing", lang=lang)
        rows.append((items.title_of(item, lang=lang), state, done["proof"] or ""))
    return Section(
        title=f"{register_title('closures', lang)} · {mark}", count=len(rows),
        headers=tuple(_title("closures", name, lang) for name in ("item", "done", "proof")),
        rows=tuple(rows),
    )  # fmt: skip


def _measure(one: Any, rules: Rules, lang: str) -> Measure:  # noqa: ANN401
    rule = one.rule
    evidence = [
        f"{register_title(e.register, lang)} {e.id} {e.on.isoformat()}" for e in one.evidence
    ]
    status = sentence(f"dossier_status_{rule.status}", lang=lang)
    return Measure(
        title=rules.measure(rule.measure, lang=lang), rule=rule.en if lang == "en" else rule.title,
        source=f"{rule.source} · {status}", evidence=tuple(evidence),
    )  # fmt: skip


def _due(item: DueItem, lang: str) -> tuple[str, str, str]:
    """Return what is due, and the sum that makes the date."""
    late = item.overdue_days > 0
    days = sentence("dossier_late", lang=lang, days=item.overdue_days) if late else ""
    what = f"{sentence(f'kind_{item.kind}', lang=lang)} {item.subject} {days}".rstrip()
    return what, run_on(due_sentences(item.to_json(), lang), lang), "bad" if late else ""


def _line(entry: Entry, words: Words) -> Line:
    """Return one line of the story; a changed register row says what it was before."""
    colon, mark = (": ", "; ") if words.lang == "en" else ("：", "；")
    parts = []
    before = words.facts(entry.register, entry.before)
    for name, value in words.facts(entry.register, entry.facts).items():
        was = f"{before[name]} → " if name in before else ""
        parts.append(f"{_title(entry.register, name, words.lang)}{colon}{was}{value}")
    return Line(
        on=entry.on.isoformat(), what=sentence(f"event_{entry.kind}", lang=words.lang),
        number=entry.key if entry.key != entry.on.isoformat() else "", facts=mark.join(parts),
    )  # fmt: skip


def to_json(found: Dossier, *, rules: Rules, persons: bool = False) -> dict[str, Any]:
    """Return the file as plain JSON: codes as they are, personal data only if *persons*."""
    hidden = (
        set()
        if persons
        else {c.name for register in REGISTERS.values() for c in register if c.sensitive}
        | {"inspectors", "experts"}
    )

    def plain(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, dict):
            return {str(k): plain(v) for k, v in value.items() if k not in hidden}
        if isinstance(value, tuple | list):
            return [plain(item) for item in value]
        if value is None or isinstance(value, str | bool | int | float):
            return None if value != value else value
        return str(value)

    return {
        "id": found.id, "name": found.name, "date": found.day.isoformat(),
        "register": found.register, "row": plain(dict(found.row)),
        "linked": [list(pair) for pair in found.linked],
        "states": {name: [plain(row) for row in records(frame)]
                   for name, frame in found.states.items()},
        "story": [
            plain({"on": e.on, "kind": str(e.kind), "key": e.key, "register": e.register,
                   "facts": dict(e.facts), "before": dict(e.before)})
            for e in found.story
        ],
        "suggestions": [
            {"rule": one.rule.code, "measure": one.measure,
             "measure_title": rules.measure(one.measure), "title": one.rule.title,
             "source": one.rule.source, "status": one.rule.status,
             "evidence": [[e.register, e.id, e.on.isoformat()] for e in one.evidence]}
            for one in found.suggestions
        ],
        "due": [item.to_json() for item in found.due],
    }  # fmt: skip
