"""What is published is exactly what the public may know, once, in time or known to be late."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from typer.testing import CliRunner

from layers.events import Event, EventKind
from layers.rows import records
from layers.schema import REGISTERS
from maps.messages import sentence
from maps.public_rows import WITHDRAWN, PublicCount, PublicDraw, PublicRound, PublicVisit
from scheduler.disclosure import round_of
from xunge.chores import run_due
from xunge.cli import app
from xunge.disclosure import Published, publish_results
from xunge.disclosure_rows import to_publish
from xunge.rounds import WeekError
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office

SATURDAY, MONDAY = dt.date(2026, 11, 28), dt.date(2026, 11, 30)
LATE = dt.date(2026, 12, 31)  # after 20 working days, and nothing was drawn since


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A published folder, read back."""

    done: Published

    @property
    def out(self) -> Path:
        """Where it is."""
        assert self.done.out is not None
        return self.done.out

    @property
    def files(self) -> dict[str, bytes]:
        """Content by name; the parts of a workbook one by one."""
        found: dict[str, bytes] = {}
        for path in sorted(self.out.iterdir()):
            content = path.read_bytes()
            found[path.name] = content
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    found |= {f"{path.name}/{name}": book.read(name) for name in book.namelist()}
        return found

    @property
    def data(self) -> dict[str, Any]:
        """The machine-readable file."""
        read: dict[str, Any] = json.loads((self.out / "public.json").read_text("utf-8"))
        return read


def publish(office: Office, today: dt.date = SATURDAY, **options: Any) -> Notice:
    """Publish what is known on a day."""
    return Notice(done=publish_results(open_folder(office.path), today=today, **options))


def enter(office: Office, *events: Event, day: dt.date = SATURDAY) -> None:
    """Put events on record as a command would on a day."""
    open_folder(office.path)
    from xunge.web.ledger import frames

    batch = frames.open_batch("results", day=day, files=[], summary={})
    assert frames.append(events, batch=batch) == len(events)


def visits(office: Office) -> list[dict[str, Any]]:
    """Return the reported visits of the week by id, each as it was reported first."""
    told = {event["key"]: event for event in reversed([*records(office.events(EventKind.VISITED))])}
    return [event for key, event in sorted(told.items()) if round_of(key)]


def corrected(event: dict[str, Any], **data: Any) -> Event:
    """Return a later version of a visit."""
    return Event(
        kind=EventKind.VISITED, subject=event["subject"], on=event["on"], key=event["key"],
        data={**event["data"], **data, "corrects": event["uid"]},
    )  # fmt: skip


# What leaves the bureau ---------------------------------------------------------------------------


def _plant(office: Office) -> set[str]:
    """Write a marker into everything that is nobody's business; return what must not be found."""
    open_folder(office.path)
    from xunge.web.ledger import models

    secret: set[str] = set()

    def mark(where: str) -> str:
        secret.add(f"Q{len(secret):03d}X{where}")
        return f"Q{len(secret) - 1:03d}X{where}"

    for name in ("inspectors", "experts", "sites", "reports"):
        ids = models.TABLES[name]._default_manager.values_list("id", flat=True)
        secret |= {id_ for id_ in ids if len(id_) > 3}  # a shorter one is in some hash by chance
        secret |= {
            text for text in models.TABLES[name]._default_manager.values_list("name", flat=True)
            if text and name in ("inspectors", "experts", "sites")
        }  # fmt: skip
    columns = {
        "inspectors": ("name", "certificate"), "experts": ("name", "employer"),
        "enterprises": ("address", "village"), "vehicles": ("plate",),
        "sites": ("name", "plate", "description", "address", "village"),
        "reports": ("content", "address", "village"), "areas": (), "departments": (),
        "stations": ("name", "address"), "grids": ("name", "unit"),
    }  # fmt: skip
    for name, model in models.TABLES.items():
        held = {field.attname for field in model._meta.get_fields() if hasattr(field, "attname")}
        sensitive = {one.name for one in REGISTERS[name] if one.sensitive and not one.discarded}
        assert sensitive <= held
        values: dict[str, Any] = {
            column: mark(f"{name}{column}"[:12]) for column in sensitive | set(columns[name])
        }
        values["extra"] = {mark("key"): mark("extra")}
        if "avoid" in held:
            values["avoid"] = [mark("avoid")]
        assert model._default_manager.all().update(**values)
    firm = models.Enterprise.objects.filter(pk__in=[e["subject"] for e in visits(office)])[0]
    models.Enterprise.objects.filter(pk=firm.pk).update(name=f"{firm.name}13912345678")
    secret.add("13912345678")
    told = [
        corrected(event, inspectors=[mark("inspector")], experts=[mark("expert")],
                  note=mark("note"), departments=[mark("department")], hazard=mark("hazard"))
        for event in visits(office)
    ]  # fmt: skip
    enter(office, *told)
    return secret


@pytest.mark.parametrize("day", [SATURDAY, LATE])
def test_nothing_secret_is_in_any_byte(reported: Office, day: dt.date) -> None:
    """Markers in every sensitive column, names, notes, avoid lists and reports stay inside."""
    secret = _plant(reported)
    made = publish(reported, day)
    assert (day == LATE) == ("chain.json" in made.files)
    assert len(made.data["visits"]) > 5
    leaked = [
        (name, text) for name, content in made.files.items() for text in secret
        if text.encode() in content
    ]  # fmt: skip
    assert leaked == []


def test_the_types_have_exactly_the_public_fields() -> None:
    """Whoever adds a field to what is published has to say so here."""
    assert {field.name for field in fields(PublicVisit)} == {
        "round", "name", "credit_code", "town", "visited", "result", "findings",
        "serious_findings", "departments", "drawn", "due", "late_days", "source", "status",
        "corrects",
    }  # fmt: skip
    assert {field.name for field in fields(PublicDraw)} == {
        "id", "round", "stratum", "probability", "ticket", "carried",
    }  # fmt: skip
    assert {field.name for field in fields(PublicCount)} == {"result", "visits", "corrected"}
    assert {field.name for field in fields(PublicRound)} == {
        "name", "file", "closed", "hash", "commitment", "frame_hash", "eligible", "excluded",
        "drawn",
    }  # fmt: skip


def test_the_data_file_holds_those_fields_and_no_other(reported: Office) -> None:
    """public.json is what the types say."""
    data = publish(reported).data
    assert set(data) == {
        "version", "area", "published", "visits", "other_checks", "rounds", "chain", "basis",
    }  # fmt: skip
    wanted = {field.name for field in fields(PublicVisit)}
    assert all(set(one) == wanted for one in data["visits"])
    assert sum(one["visits"] for one in data["other_checks"]) + len(data["visits"]) == len(
        visits(reported)
    )


def test_only_a_draw_is_told_of_a_visit(reported: Office) -> None:
    """A drawn firm has its ticket from the record; all others read alike, whatever their kind."""
    data = publish(reported, LATE).data
    record = json.loads((reported.out / "draw.json").read_text("utf-8"))["record"]
    tickets = {
        (one["id"], one["ticket"]) for stratum in record["strata"].values()
        for one in stratum["entries"]
    }  # fmt: skip
    drawn = [one["drawn"] for one in data["visits"] if one["drawn"] is not None]
    assert drawn
    assert {(one["id"], one["ticket"]) for one in drawn} <= tickets
    assert all(one["probability"] == record["probability"][one["id"]] for one in drawn)
    kinds = {event["key"]: event["data"]["kind"] for event in visits(reported)}
    page = (publish(reported, LATE).out / "公示.html").read_text("utf-8")
    assert {"report", "reinspection"} & set(kinds.values())
    assert "复查" not in page
    assert "举报" not in page.replace(sentence("disclosure_never"), "")


def test_a_name_is_never_markup(reported: Office) -> None:
    """A name from a ledger is text on the page, whatever it says."""
    open_folder(reported.path)
    from xunge.web.ledger import models

    bad = '<script>alert("1")</script>&'
    models.Enterprise.objects.filter(pk__in=[v["subject"] for v in visits(reported)]).update(
        name=bad
    )
    made = publish(reported)
    page = (made.out / "公示.html").read_text("utf-8")
    assert bad not in page
    assert "&lt;script&gt;alert" in page
    assert "http" not in page.replace("http-equiv", "")


# When -------------------------------------------------------------------------------------------


def test_the_same_day_gives_the_same_bytes(reported: Office) -> None:
    """A second run of the day publishes nothing again and writes what is there already."""
    first = publish(reported)
    before, count = first.files, reported.count()
    again = publish(reported)
    assert again.done.status == "unchanged"
    assert again.files == before
    assert reported.count() == count
    (again.out / "公示.html").unlink()
    assert publish(reported).done.status == "restored"
    assert publish(reported).files == before
    elsewhere = publish(reported, out=reported.path / "网站")
    assert {name: before[name] for name in elsewhere.files} == elsewhere.files


def test_nothing_is_published_twice(reported: Office) -> None:
    """The next day has nothing left, and an earlier day is refused."""
    publish(reported, MONDAY)
    assert to_publish(open_folder(reported.path).settings, today=MONDAY) == []
    assert publish(reported, MONDAY + dt.timedelta(days=1)).done.results == ()
    with pytest.raises(WeekError) as caught:
        publish(reported, SATURDAY)
    assert caught.value.code == "published_later"
    assert sentence("published_later", **caught.value.detail)


def test_what_comes_in_later_the_same_day_is_added(reported: Office) -> None:
    """Two runs of a day make one notice with the visits of both."""
    held = visits(reported)[-1]
    gone = corrected(held, withdrawn=True)
    enter(reported, gone)
    first = publish(reported)
    enter(reported, corrected(held, note="again"))
    second = publish(reported)
    assert len(second.done.results) == 1
    seen = {path.name for path in second.out.iterdir()}
    assert seen == {path.name for path in first.out.iterdir()}
    assert len(second.data["visits"]) + sum(
        o["visits"] for o in second.data["other_checks"]
    ) == len(visits(reported))


def test_a_correction_is_published_with_both_dates(reported: Office) -> None:
    """A changed result and a withdrawn visit are corrections; a changed note is none."""
    settings = open_folder(reported.path).settings
    firms = {one["id"]: one for one in _registers()}
    publish(reported)
    mine = [event for event in visits(reported) if event["subject"] in firms]
    day = dt.date(2027, 3, 1)
    enter(
        reported, corrected(mine[0], result="ordered", findings=7),
        corrected(mine[1], withdrawn=True), corrected(mine[2], note="x"), day=day,
    )  # fmt: skip
    waiting = to_publish(settings, today=day)
    assert {one["visit"] for one in waiting} == {mine[0]["key"], mine[1]["key"]}
    assert {one["late_days"] for one in waiting} == {0}  # counted from the day it was entered
    assert all(one["corrects"] for one in waiting)
    made = publish(reported, day)
    assert made.done.corrected == 2
    found = {one["name"]: one for one in made.data["visits"]}
    first, second = (found[firms[event["subject"]]["name"]] for event in mine[:2])
    assert (first["result"], first["findings"]) == ("ordered", 7)
    assert (second["result"], second["findings"]) == (WITHDRAWN, None)
    assert first["corrects"] == SATURDAY.isoformat()
    assert made.data["published"] == day.isoformat()
    page = (made.out / "公示.html").read_text("utf-8")
    assert sentence("disclosure_sheet_corrections") in page
    assert publish(reported, day).done.results == ()


def _registers() -> list[dict[str, Any]]:
    from xunge.web.ledger import frames

    return list(records(frames.register("enterprises")))


def test_lateness_is_shown_and_on_record(reported: Office) -> None:
    """A result that is published too late says so on the notice and in the events for ever."""
    made = publish(reported, LATE)
    assert made.done.late == len(made.done.results)
    assert all(one["late_days"] > 0 for one in made.data["visits"])
    told = [
        e["data"] for e in records(reported.events(EventKind.PUBLISHED)) if e["data"].get("due")
    ]
    assert all(
        data["late_days"] == (LATE - dt.date.fromisoformat(data["due"])).days for data in told
    )
    said = sentence("disclosure_late", days=made.data["visits"][0]["late_days"])
    assert said in (made.out / "公示.html").read_text("utf-8")


# The proof ----------------------------------------------------------------------------------------


def test_before_the_week_is_over_only_hashes_are_public(reported: Office) -> None:
    """The commitment now, the opening after the visits."""
    made = publish(reported)
    [one] = made.data["rounds"]
    link = json.loads((reported.out / "draw.json").read_text("utf-8"))
    assert one["closed"] == "week_not_over"
    assert one["hash"] == link["hash"]
    assert one["frame_hash"] == link["record"]["frame_hash"]
    assert one["drawn"] is None
    assert made.data["chain"] == {"links": 0, "head": ""}
    assert not {name for name in made.files if name.startswith(("draw-", "chain"))}
    assert link["record"]["seed"].encode() not in b"".join(made.files.values())


def test_anyone_can_check_what_is_public(reported: Office) -> None:
    """The folder alone is enough: its checker passes the draw and the chain, up to the head."""
    made = publish(reported, LATE)
    assert made.done.rounds == ("2026-W48",)
    assert (made.out / "verify_draw.html").is_file()
    same = (reported.out / "draw.json").read_bytes()
    assert (made.out / "draw-2026-W48.json").read_bytes() == same
    for words in (["draw-2026-W48.json"], ["chain.json", "--head", made.data["chain"]["head"]]):
        done = subprocess.run(
            [sys.executable, "verify_draw.py", *words],
            cwd=made.out,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()
    assert publish(reported, LATE + dt.timedelta(days=1)).done.rounds == ()


def test_a_firm_that_was_reported_stays_in_the_frame(planned: Office) -> None:
    """Nobody reads in a public frame that somebody reported an enterprise."""
    plan = planned.week().record
    record = json.loads((planned.out / "draw.json").read_text("utf-8"))["record"]
    frame = {one["id"] for one in record["frame"]["eligible"]}
    left = {one["id"]: one["reason"] for one in record["frame"]["excluded"]}
    alone = [
        visit["object"] for visit in plan["visits"]
        if {why["code"] for why in visit["why"]} <= {"report", "drawn"}
        and visit["object"] in frame | set(left)
    ]  # fmt: skip
    assert all(left.get(id_) != "already_due" for id_ in alone)
    whys = {one["why"].partition(":")[0] for one in record["frame"]["eligible"]}
    assert whys <= {"grade", "recent", "covered", "key_cycle", "floor", "promoted", "zone"}


# Elsewhere ----------------------------------------------------------------------------------------


def test_the_next_week_lists_what_waits_and_visits_nobody_for_it(reported: Office) -> None:
    """Results to publish have a sheet of the due list; no visit comes of them."""
    made = reported.week(MONDAY, seed="2")
    assert len(made.record["publications"]) == len(visits(reported))
    book = openpyxl.load_workbook(made.out / "due.xlsx")
    rows = list(book["待公示"].iter_rows(min_row=2, values_only=True))
    assert {row[0] for row in rows} == {event["key"] for event in visits(reported)}
    plan = json.loads((made.out / "plan.json").read_text("utf-8"))
    assert "publications" not in plan
    occasions = {why["code"] for visit in plan["visits"] for why in visit["why"]}
    assert not {code for code in occasions if "publi" in code}


def test_the_clock_says_what_is_late(reported: Office) -> None:
    """The daily scan counts results that are not public."""
    now = dt.datetime(2026, 12, 31, 9, 0)  # noqa: DTZ001 - the folder's zone is added
    said = "".join(run_due(open_folder(reported.path), now=now))
    count = len(visits(reported))
    assert sentence("publish_scanned", count=count, late=count) in said


def _run(*words: str) -> str:
    done = CliRunner().invoke(app, ["draw", "publish", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_publishes_and_lists(reported: Office, lang: str) -> None:
    """Both lists and the notice speak the language of the folder."""
    settings = reported.path / "xunge.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[bureau]", f'[bureau]\nlanguage = "{lang}"'), "utf-8")
    place, day = str(reported.path), ("--date", LATE.isoformat())
    count = len(visits(reported))
    listed = _run(place, *day, "--due")
    assert sentence("publish_to_do", lang=lang, count=count, late=count) in listed
    assert len(json.loads(_run(place, *day, "--due", "--json"))["due"]) == count
    said = _run(place, *day)
    assert "2026-W48" in said
    assert "publish_" not in said + listed
    assert "{" not in said + listed
    again = json.loads(_run(place, *day, "--json"))
    assert again["status"] == "unchanged"
    out = reported.path / "out" / {"zh": "公示", "en": "public"}[lang] / LATE.isoformat()
    page = (out / {"zh": "公示.html", "en": "public.html"}[lang]).read_text("utf-8")
    assert f'lang="{ {"zh": "zh-CN", "en": "en"}[lang] }"' in page
    assert sentence("disclosure_about", lang=lang) in page


def test_visits_without_a_result_are_counted(planned: Office) -> None:
    """Nothing to publish yet, but what should have been reported is named with its due date."""
    said = json.loads(_run(str(planned.path), "--date", "2026-12-07", "--json"))
    assert (said["published"], said["out"], said["status"]) == (0, None, "unchanged")
    assert said["unreported"] > 5
    told = _run(str(planned.path), "--date", "2026-12-07", "--due")
    assert sentence("publish_nothing_to_do") in told
    assert "2026-12-21" in told
