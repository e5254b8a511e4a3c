"""Two clocks at once for 200 days, killed at random: every obligation is raised exactly once."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers import cases
from layers.events import Event, EventKind
from layers.rows import records
from scheduler import revisit
from scheduler.due_rules import load_rules
from scheduler.escalation import escalated, load_levels
from scheduler.workdays import weekdays_only
from xunge import channels, chores, occasions, raising, reminders
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduler.due_items import DueItem
    from tests.xunge.conftest import Office
    from xunge.letters import Letter
    from xunge.week import Folder

FIRST = dt.date(2026, 3, 2)  # a Monday
DAYS = 200
DAY = dt.timedelta(days=1)
RULES, LEVELS = load_rules({}), load_levels({})
NOTHING = pd.DataFrame(columns=["id", "status", "object", "date", "kind", "result"])
SETTINGS = """\
[bureau]
calendar = "weekdays"
[clock]
weekly_report_time = ""
monthly_report_time = ""
[backup]
time = ""
[reminders]
channels = "inbox wecom"
ahead_days = 3
"""


class Killed(BaseException):
    """The process ends here; nothing after it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of the world: due ten days after its deadline, moved to the next weekday."""

    id: str
    issued: dt.date
    deadline: dt.date
    reviewed: dt.date | None

    @property
    def due(self) -> dt.date:
        """The due date as a child would count it."""
        day = self.deadline + 10 * DAY
        while day.weekday() >= 5:
            day += DAY
        return day

    def stages(self) -> Iterator[tuple[str, dt.date]]:
        """Yield every stage and the day it is raised by a clock that never stops."""
        late = {"overdue": 1, "level-head": 7, "level-listed": 30}
        days = {"soon": self.due - 3 * DAY, "due": self.due}
        days |= {stage: self.due + n * DAY for stage, n in late.items()}
        for stage, day in days.items():
            seen = max(day, self.issued, FIRST)
            too_late = seen >= {
                "soon": self.due, "level-head": days["level-listed"]
            }.get(stage, dt.date.max)  # fmt: skip
            settled = self.reviewed is not None and self.reviewed <= seen
            if not settled and not too_late and seen < FIRST + DAYS * DAY:
                yield stage, seen

    def events(self) -> Iterator[Event]:
        """Yield what happens to the order."""
        yield Event(kind=EventKind.ORDERED, subject=f"E{self.id}", on=self.issued, key=self.id,
                    data={"kind": "rectify", "deadline": self.deadline.isoformat()})  # fmt: skip
        if self.reviewed is not None:
            yield Event(kind=EventKind.REVIEWED, subject=f"E{self.id}", on=self.reviewed,
                        key=self.id, data={"order": self.id, "outcome": "met"})  # fmt: skip


def _world(rng: random.Random, *, orders: int = 70) -> list[Order]:
    found = []
    for number in range(orders):
        issued = FIRST + rng.randrange(-40, DAYS) * DAY
        deadline = issued + rng.randrange(1, 30) * DAY
        took = rng.choice([5, 10, 20, 45, 100, None])
        reviewed = None if took is None else deadline + took * DAY
        found.append(Order(id=f"O{number}", issued=issued, deadline=deadline, reviewed=reviewed))
    return found


@dataclass(slots=True)
class Group:
    """A chat group whose server confirms, and who counts what it gets."""

    got: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    repeatable: bool = False

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Take a letter."""
        with self.lock:
            self.got[letter.id] += 1
        return ()


@dataclass(slots=True)
class Fate:
    """Kills a clock at one of the points that it passes, and notes where."""

    rng: random.Random
    share: float
    killed: Counter[str] = field(default_factory=Counter)

    def __call__(self, point: str) -> None:
        """Let the clock pass, or end it."""
        if self.rng.random() < self.share:
            self.killed[point] += 1
            raise Killed(point)


def _obligations(folder: Folder, *, today: dt.date) -> list[DueItem]:
    """Return what is outstanding as the office finds it, without its registers, which are empty."""
    from xunge.web.ledger import frames

    told = frames.events(EventKind.ORDERED, EventKind.REVIEWED)
    items = revisit.due_items(
        cases.order_states(told, today), sites=NOTHING, visits=NOTHING, today=today,
        workdays=weekdays_only(), rules=RULES,
    )  # fmt: skip
    return escalated(items, levels=LEVELS)


def _look(folder: Folder, now: dt.datetime, fate: Fate, barrier: threading.Barrier) -> None:
    """Let one clock look once, on a thread of its own."""
    try:
        barrier.wait()
        chores.run_due(folder, now=now, progress=fate)
    except Killed:
        pass
    finally:
        database.close()


def _both(folder: Folder, now: dt.datetime, fates: list[Fate]) -> None:
    barrier = threading.Barrier(len(fates))
    threads = [threading.Thread(target=_look, args=(folder, now, fate, barrier)) for fate in fates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _simulate(
    office: Office, monkeypatch: pytest.MonkeyPatch, *, seed: int
) -> tuple[list[Order], Group, list[Fate]]:
    """Let two clocks work for 200 days, killed at random and switched off now and then."""
    (office.path / "xunge.toml").write_text(SETTINGS, "utf-8")
    folder, rng, group = open_folder(office.path), random.Random(seed), Group()
    world = _world(rng)
    fates = [Fate(rng=random.Random(seed + n), share=0.06) for n in (1, 2)]
    dying = [random.Random(seed + n) for n in (3,)]
    _let_writes_die(monkeypatch, dying[0], fates[0])
    real = channels.channel_of
    monkeypatch.setattr(
        reminders, "channel_of",
        lambda name, folder: group if name == "wecom" else real(name, folder),
    )  # fmt: skip
    monkeypatch.setattr(raising, "obligations", _obligations)
    monkeypatch.setattr(chores, "draft_week", lambda one: occasions.settle(one, {}) or "")
    occasions.append([event for order in world for event in order.events()], day=FIRST)
    off = 0
    for number in range(DAYS + 1):
        last = number >= DAYS - 1
        if not last and off == 0 and number and rng.random() < 0.12:
            off = rng.choice([1, 1, 2, 5, 12])
        off = 0 if last else off
        if off:
            off -= 1
            continue
        for minute in (0, 20, 40) if last else (0, 20)[: rng.choice([1, 2])]:
            now = dt.datetime.combine(FIRST + min(number, DAYS - 1) * DAY, dt.time(8, minute))
            alone = rng.random() < 0.3
            for fate in fates:
                fate.share = 0.0 if last else 0.06
            _both(folder, now, fates[:1] if alone else fates)
    return world, group, fates


def _let_writes_die(monkeypatch: pytest.MonkeyPatch, rng: random.Random, fate: Fate) -> None:
    """Kill now and then between a write and the end of its transaction."""
    from xunge.web.ledger import frames

    real = frames.append

    def append(events: Any, *, batch: Any) -> int:  # noqa: ANN401
        events = list(events)
        written = real(events, batch=batch)
        if fate.share and rng.random() < 0.03:
            fate.killed["inside a transaction"] += 1
            fate.killed["inside that of a sent message"] += _tells_of_sending(events)
            raise Killed
        return written

    monkeypatch.setattr(frames, "append", append)


def _tells_of_sending(events: list[Event]) -> bool:
    return any(one.kind == EventKind.MESSAGE and one.key.endswith("/sent") for one in events)


@pytest.mark.parametrize("seed", [7])
def test_two_clocks_with_crashes_raise_every_obligation_once(
    empty: Office, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """What is raised, and for which day, is what one clock that never stops would raise."""
    world, group, fates = _simulate(empty, monkeypatch, seed=seed)
    killed = fates[0].killed + fates[1].killed
    assert {"scanned", "raised", "made", "tried", "sent", "inside a transaction"} <= set(killed)
    assert sum(killed.values()) > 40

    raised = records(empty.events(EventKind.RAISED))
    found = [(row["data"]["item"]["subject"], row["data"]["stage"], row["on"]) for row in raised]
    wanted = [(order.id, stage, day) for order in world for stage, day in order.stages()]
    assert len(wanted) > 150
    assert sorted(found) == sorted(wanted)

    scans = [row["key"][:10] for row in records(empty.events(EventKind.CHORE))
             if row["subject"] == "daily_due"]  # fmt: skip
    assert scans == [(FIRST + n * DAY).isoformat() for n in range(DAYS)]
    drafts = [row["key"] for row in records(empty.events(EventKind.CHORE))
              if row["subject"] == "weekly_draft"]  # fmt: skip
    assert len(drafts) == len(set(drafts)) > 8  # Mondays that were not lost
    _assert_told_once(empty, raised, group, killed)


def _assert_told_once(
    office: Office, raised: list[dict[str, Any]], group: Group, killed: Counter[str]
) -> None:
    """Every raised stage is in one message of a channel at most, and every message arrived."""
    told: dict[str, list[str]] = defaultdict(list)
    for row in records(office.events(EventKind.REMINDED)):
        channel, _, uid = row["key"].partition("/")
        told[uid] += [channel]
    assert set(told) == {row["uid"] for row in raised}
    assert all(sorted(names) == ["inbox", "wecom"] for names in told.values())
    made = reminders.messages()
    assert made
    assert all(message.sent for message in made)
    in_messages = Counter((one.channel, uid) for one in made for uid in one.raised)
    assert set(in_messages.values()) == {1}
    # A file is the same file again; a group sees a message twice only where the clock was killed
    # after the server had confirmed and before that was on record.
    files = {path.stem.rpartition(" ")[2] for path in (office.path / "提醒").glob("*.txt")}
    assert files == {one.id for one in made if one.channel == "inbox"}
    groups = {one.id for one in made if one.channel == "wecom"}
    assert set(group.got) == groups
    unnoted = killed["sent"] + killed["inside that of a sent message"]
    assert 0 <= sum(group.got.values()) - len(groups) <= unnoted
