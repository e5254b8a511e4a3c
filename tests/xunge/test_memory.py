"""Whatever comes in, in whatever order, the memory loses nothing and can be seen as of any day."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from layers.codes import TABLES
from layers.rows import records
from xunge import conflicts
from xunge.conflicts import ConflictError
from xunge.corrections import Correction
from xunge.knowledge import know
from xunge.result_files import FORMAT
from xunge.results import take_results
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office
    from xunge.knowledge import Knowledge
    from xunge.results import Taken

TUESDAY = "2026-11-24"
BOSS = Correction(by="股长", why="以笔录为准")
SAID: tuple[dict[str, Any], ...] = (
    {"done": True, "done_on": TUESDAY, "result": "pass", "outcome": "met"},
    {"done": True, "done_on": TUESDAY, "result": "on_the_spot", "findings": 1, "outcome": "partly"},
    {"done": True, "done_on": TUESDAY, "result": "ordered", "findings": 2, "outcome": "not_met",
     "deadline": "2026-12-01", "hazard": "电线未穿管"},
    {"done": True, "done_on": TUESDAY, "result": "closed", "closed": True, "outcome": "met"},
    {"done": False, "date": TUESDAY, "not_done_reason": "其他"},
)  # fmt: skip
RESULT = {0: "pass", 1: "on_the_spot", 2: "ordered", 3: "closed", 4: None}
VISITS, KINDS = st.integers(0, 5), st.integers(0, len(SAID) - 1)


class CutOffError(RuntimeError):
    """The power went off."""


class Memory(RuleBasedStateMachine):
    """A bureau that reports, corrects, decides, changes ledgers and is cut off, day after day."""

    base: Path
    plan: tuple[dict[str, Any], ...]

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp()) / "县"
        self.path.mkdir()
        for name in ("xunge.sqlite3", "xunge.toml"):
            shutil.copy(self.base / name, self.path)
        self.folder = open_folder(self.path)
        self.today = dt.date(2026, 11, 28)
        self.stands: dict[str, int] = {}
        self.waits: dict[str, tuple[str, int]] = {}
        self.decided: set[tuple[str, int]] = set()
        self.rows = self._rows()
        self.pages: dict[dt.date, str] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        database.close()
        shutil.rmtree(self.path.parent)

    def _rows(self) -> list[tuple[Any, ...]]:
        from xunge.web.ledger import models

        names = ("seq", "uid", "kind", "subject", "on", "key", "data")
        found = models.Event.objects.order_by("seq").values_list(*names)
        return [(*row[:-1], json.dumps(row[-1], sort_keys=True)) for row in found]

    def _report(self, visit: int, kind: int, correction: Correction | None = None) -> Taken:
        planned = self.plan[visit]
        row = {"visit": planned["id"], "object": planned["object"], **SAID[kind]}
        file = self.path / "手机.json"
        file.write_text(json.dumps({"format": FORMAT, "results": [row]}), "utf-8")
        return take_results(self.folder, file, today=self.today, correction=correction)

    def _page(self) -> str:
        """Return everything that is known, as text."""
        known = know(dt.date(2027, 6, 1), tables=TABLES)
        frames = (known.visits, known.orders, known.sites, known.reports,
                  known.registers["enterprises"].drop(columns="source_row"))  # fmt: skip
        return "\n".join(frame.to_csv() for frame in frames)

    @rule(visit=VISITS, kind=KINDS)
    def report(self, visit: int, kind: int) -> None:
        """Report a visit: the first word counts, another one waits, once."""
        taken, id_ = self._report(visit, kind), self.plan[visit]["id"]
        if id_ not in self.stands:
            self.stands[id_] = kind
            assert not taken.conflicts
        elif self.stands[id_] == kind:
            assert not taken.counts
            assert not taken.conflicts
        else:
            assert not taken.counts
            new = (id_, kind) not in self.decided | set(self.waits.values())
            assert len(taken.conflicts) == new
            self.waits.update(dict.fromkeys(taken.conflicts, (id_, kind)))

    @rule(visit=VISITS, kind=KINDS)
    def correct(self, visit: int, kind: int) -> None:
        """Correct a visit, which is the last word."""
        self._report(visit, kind, BOSS)
        self.stands[self.plan[visit]["id"]] = kind

    @rule(take=st.sampled_from(("known", "incoming")), data=st.data())
    def settle(self, take: str, data: st.DataObject) -> None:
        """Decide a conflict: that counts, and is done once."""
        if not self.waits:
            return
        conflict = data.draw(st.sampled_from(sorted(self.waits)))
        options = {"take": take, "correction": BOSS, "today": self.today}
        conflicts.settle(self.folder, conflict, **options)
        id_, kind = self.waits.pop(conflict)
        self.decided.add((id_, kind))
        if take == "incoming":
            self.stands[id_] = kind
        with pytest.raises(ConflictError):
            conflicts.settle(self.folder, conflict, **options)

    @rule(row=st.integers(0, 3), name=st.sampled_from(("甲厂", "乙厂", "丙厂")))
    def change_a_ledger(self, row: int, name: str) -> None:
        """Change a register row."""
        from xunge.web.ledger import frames

        rows = frames.register("enterprises")
        rows["name"] = [name if at == row else old for at, old in enumerate(rows["name"])]
        with database.all_or_nothing():
            batch = frames.open_batch("week", day=self.today, files=[], summary={})
            frames.save_register("enterprises", rows, day=self.today, batch=batch)

    @rule(visit=VISITS, kind=KINDS)
    def is_cut_off(self, visit: int, kind: int) -> None:
        """Break off an import after it wrote; it leaves no trace."""
        from xunge.web.ledger import frames

        def cut(*args: Any, **options: Any) -> int:
            append(*args, **options)
            raise CutOffError

        append = frames.append
        with mock.patch.object(frames, "append", cut):
            try:
                self._report(visit, kind, BOSS)
            except CutOffError:
                pass
            else:
                raise AssertionError("nothing was cut off")

    @rule(days=st.integers(1, 9))
    def sleep(self, days: int) -> None:
        """End the day: what is known is written down, earlier evenings are as they were."""
        from xunge.web.ledger import past

        for day, page in list(self.pages.items())[-2:]:
            with past.entered_by(day):
                assert self._page() == page
        self.pages[self.today] = self._page()
        self.today += dt.timedelta(days=days)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Keep every event as it was, in its order."""
        rows = self._rows()
        assert rows[: len(self.rows)] == self.rows
        self.rows = rows

    @invariant()
    def what_is_known_is_true(self) -> None:
        """Know the last results; meet no order and close no site without an event."""
        known = know(self.today, tables=TABLES)
        self._check_results(known)
        self._check_states(known)

    def _check_results(self, known: Knowledge) -> None:
        visits = known.visits
        made = dict(zip(visits["id"], visits["result"], strict=True))
        planned = {visit["id"] for visit in self.plan}
        found = {id_: result for id_, result in made.items() if id_ in planned}
        wanted = {id_: RESULT[kind] for id_, kind in self.stands.items() if RESULT[kind]}
        assert found == wanted

    def _check_states(self, known: Knowledge) -> None:
        assert known.orders["id"].is_unique
        for order in records(known.orders):
            assert order["state"] in ("open", "met", "cancelled")
            assert order["state"] != "met" or (order["outcome"] == "met" and order["reviewed"])
            assert (order["count"] > 0) == (order["reviewed"] is not None)
        assert known.sites["id"].is_unique
        for site in records(known.sites):
            assert site["status"] != "closed" or site["closed"] >= site["discovered"]


def test_the_memory_loses_nothing(_planned: Office) -> None:  # noqa: PT019 - read, never written
    """Random histories of a bureau never reach an impossible state and never lose an event."""
    record = json.loads((_planned.out / "plan.json").read_text("utf-8"))
    visits = [visit for visit in record["visits"] if not visit.get("part_of")]
    by_kind = {visit["kind"]: visit for visit in visits if visit["kind"] != "patrol"}
    others = [visit for visit in visits if visit not in by_kind.values()]
    plan = (*by_kind.values(), *others)[:6]
    assert {"reinspection", "revisit", "random"} <= {visit["kind"] for visit in plan}
    machine = type("Bureau", (Memory,), {"base": _planned.path, "plan": plan})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=10, stateful_step_count=10, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
