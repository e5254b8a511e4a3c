"""Reminders: once for each obligation and stage by every channel, short, without personal data."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import Event, EventKind
from tests.xunge.clock_settings import NO_DOCUMENTS, OFF
from tests.xunge.mailbox import Mailbox, certificate
from tests.xunge.replay import Canned, Replay
from xunge import chores, clock_status, occasions, reminders
from xunge.failures import explained
from xunge.letters import Entry, Letter, entry_of, together
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.xunge.conftest import Office

TOKEN, SECRET, KEY, PASSWORD = "t0ken-x", "SECsecret-x", "k3y-x", "pa55-x"
OK = Canned(text='{"errcode": 0, "errmsg": "ok"}')
MONDAY = dt.date(2026, 11, 23)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a key")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "XUNGE_DINGTALK_TOKEN": TOKEN, "XUNGE_DINGTALK_SECRET": SECRET, "XUNGE_WECOM_KEY": KEY,
        "XUNGE_SMTP_PASSWORD": PASSWORD,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def server() -> Iterator[Callable[..., Replay]]:
    """Give a function that starts a chat server with canned answers."""
    started: list[Replay] = []

    def start(*answers: Canned, always: Canned | None = None) -> Replay:
        started.append(Replay((lambda asked: always) if always else answers))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def mailbox() -> Iterator[Callable[..., Mailbox]]:
    """Give a function that starts a mail server."""
    started: list[Mailbox] = []

    def start(**options: Any) -> Mailbox:
        started.append(Mailbox(**options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@dataclass(slots=True)
class Desk:
    """A folder with one order that falls due on Monday 23 November, and its clock."""

    office: Office

    def set(self, *lines: str) -> None:
        """Write the settings of the reminders."""
        text = f'[bureau]\ncalendar = "weekdays"\n{OFF}{NO_DOCUMENTS}[backup]\ntime = ""\n'
        text += "[reminders]\n"
        (self.office.path / "xunge.toml").write_text(text + "\n".join(lines) + "\n", "utf-8")

    def order(self, id_: str, *, deadline: dt.date) -> None:
        """Issue an order, due ten days after its deadline."""
        open_folder(self.office.path)
        event = Event(kind=EventKind.ORDERED, subject=f"E{id_}", on=dt.date(2026, 10, 1), key=id_,
                      data={"kind": "rectify", "deadline": deadline.isoformat()})  # fmt: skip
        occasions.append([event], day=event.on)

    def look(self, day: dt.date = MONDAY, *, hour: int = 8, minute: int = 0) -> list[str]:
        """Let the clock do what is due, and return what it says of due dates and reminders."""
        now = dt.datetime.combine(day, dt.time(hour, minute))
        return [line for line in chores.run_due(open_folder(self.office.path), now=now) if line]


@pytest.fixture
def desk(empty: Office, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give a folder whose order O1 falls due on Monday, and which drafts no weeks."""
    monkeypatch.setattr(chores, "draft_week", lambda one: occasions.settle(one, {}) or "")
    made = Desk(empty)
    made.set('channels = "inbox"')
    made.order("O1", deadline=dt.date(2026, 11, 13))
    return made


def _inbox(desk: Desk) -> list[str]:
    return [path.read_text("utf-8-sig") for path in sorted((desk.office.path / "提醒").iterdir())]


def test_the_inbox_has_one_file_for_what_is_new(desk: Desk) -> None:
    """What, by when and why stand in it; a second look, and a day without news, write nothing."""
    said = desk.look()
    assert said[-1] == "inbox：已提醒 1 项"
    (text,) = _inbox(desk)
    assert text.splitlines() == [
        "【巡格提醒】应急管理局 2026-11-23：今日到期 1 项", "",
        "1. 〔到期〕整改复查：EO1，应于 2026-11-23 完成",
        "   整改期限 2026-11-13 届满；2026-11-13 起 10 天内复查（湖北 鄂安〔2010〕20号 §10）",
    ]  # fmt: skip
    assert "没有到点的事" in desk.look(minute=1)[-1]
    desk.look(dt.date(2026, 11, 24))
    assert len(_inbox(desk)) == 2  # overdue since today
    assert desk.look(dt.date(2026, 11, 25))[-1] == "没有要提醒的"
    assert len(_inbox(desk)) == 2


def test_an_item_is_told_of_at_every_stage_once(desk: Desk) -> None:
    """Soon, due, overdue, and at every level to which it escalates."""
    for number in (-4, -3, -2, -1, 0, 1, 2, 6, 7, 8, 29, 30, 31, 89, 90, 91):
        desk.look(MONDAY + dt.timedelta(days=number))
    first = [text.splitlines()[2] for text in _inbox(desk)]
    assert [line[3:].partition("〕")[0] for line in first] == [
        "〔即将到期", "〔到期", "〔逾期 1 天", "〔逾期 7 天，报分管负责人",
        "〔逾期 30 天，列入督办清单",
    ]  # fmt: skip


def test_what_was_settled_while_the_clock_was_off_is_not_told(desk: Desk) -> None:
    """It was raised, as it fell due; but nobody is reminded of what is done."""
    desk.look(MONDAY - dt.timedelta(days=10))
    done = Event(kind=EventKind.REVIEWED, subject="EO1", on=dt.date(2026, 11, 25), key="O1",
                 data={"order": "O1", "outcome": "met"})  # fmt: skip
    occasions.append([done], day=done.on)
    assert desk.look(dt.date(2026, 11, 27))[-1] == "没有要提醒的"
    raised = desk.office.events(EventKind.RAISED)
    assert [data["stage"] for data in raised["data"]] == ["soon", "due", "overdue"]
    assert not (desk.office.path / "提醒").exists()


def test_a_deadline_that_is_put_off_raises_its_item_anew(desk: Desk) -> None:
    """The new due date is another obligation, and the old one is not told any more."""
    desk.look()
    desk.order("O1", deadline=dt.date(2026, 12, 1))
    for number in (1, 14, 15, 16, 17, 18, 19, 25):
        desk.look(MONDAY + dt.timedelta(days=number))
    assert [text.splitlines()[2].partition("应于")[2] for text in _inbox(desk)] == [
        " 2026-11-23 完成", *[" 2026-12-11 完成"] * 4
    ]  # fmt: skip


def test_dingtalk_gets_a_signed_message_once(desk: Desk, server: Callable[..., Replay]) -> None:
    """Token, time and signature stand in the address, the text in the body."""
    there = server(OK)
    desk.set('channels = "dingtalk"', f'dingtalk_url = "{there.url("/robot/send")}"')
    assert desk.look()[-1] == "dingtalk：已提醒 1 项"
    desk.look(minute=1)
    (asked,) = there.requests
    params = asked.params
    assert (asked.path, params["access_token"]) == ("/robot/send", TOKEN)
    words = f"{params['timestamp']}\n{SECRET}".encode()
    wanted = base64.b64encode(hmac.new(SECRET.encode(), words, hashlib.sha256).digest())
    assert params["sign"] == wanted.decode()
    text = json.loads(asked.body)["text"]["content"]
    assert "复查：EO1，应于 2026-11-23 完成" in text
    assert "10 天内复查" in text


def test_wecom_gets_a_short_message(desk: Desk, server: Callable[..., Replay]) -> None:
    """The key stands in the address; what does not fit into 2,048 bytes is counted."""
    there = server(OK)
    for number in range(40):
        desk.order(f"P{number}", deadline=dt.date(2026, 11, 12))
    desk.set('channels = "wecom"', f'wecom_url = "{there.url("/send")}"')
    assert desk.look()[-1] == "wecom：已提醒 41 项"
    (asked,) = there.requests
    assert asked.params == {"key": KEY}
    text = json.loads(asked.body)["text"]["content"]
    assert 1500 < len(text.encode()) <= 2048
    assert text.splitlines()[-1].startswith("……另有 3")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Canned(text=f'{{"errcode": 310000, "errmsg": "sign not match {TOKEN}"}}'),
         "群机器人拒收（310000 sign not match ***）"),
        (Canned(status=500), "HTTP 500"),
        (Canned(text="<html>登录</html>"), "读不懂"),
        (Canned(cut=True), "连不上 127.0.0.1"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_without_secrets_and_tried_again(
    desk: Desk, server: Callable[..., Replay], answer: Canned, words: str
) -> None:
    """The chore fails and says why, status shows it, and the next attempt sends the same once."""
    there = server(answer, OK)
    desk.set('channels = "inbox dingtalk"', f'dingtalk_url = "{there.url("/send")}"')
    said = desk.look()[-1]
    assert "定时任务 reminders 未完成：提醒没有发出：dingtalk: " in said
    assert words in said
    assert len(_inbox(desk)) == 1  # the other channel has had its turn
    status = clock_status.status_of(open_folder(desk.office.path), now=dt.datetime(2026, 11, 23, 9))  # noqa: DTZ001
    assert [(one.channel, one.attempts) for one in status.waiting] == [("dingtalk", 1)]
    assert words in status.waiting[0].failed
    kept = json.dumps(status.to_json(), ensure_ascii=False) + said
    assert not any(secret in kept for secret in (TOKEN, SECRET))
    desk.look(minute=20)
    desk.look(minute=40)
    assert len(there.requests) == 2
    bodies = {asked.body for asked in there.requests}
    assert len(bodies) == 1
    assert not clock_status.status_of(open_folder(desk.office.path)).waiting


def test_without_its_secret_a_channel_says_which_variable_is_missing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets come from the environment only."""
    monkeypatch.delenv("XUNGE_WECOM_KEY")
    desk.set('channels = "wecom"', 'wecom_url = "http://127.0.0.1:9/"')
    assert "环境变量 XUNGE_WECOM_KEY 没有设置" in desk.look()[-1]


def _mail(there: Mailbox, *more: str) -> tuple[str, ...]:
    return (
        'channels = "email"', 'mail_from = "xunge@example.org"', 'smtp_host = "127.0.0.1"',
        f"smtp_port = {there.port}", 'mail_to = "a@example.org b@example.org"', *more,
    )  # fmt: skip


def test_a_mail_goes_to_all_and_to_more_where_it_is_grave(
    desk: Desk, mailbox: Callable[..., Mailbox]
) -> None:
    """Who is named for escalations gets those mails only."""
    there = mailbox()
    desk.set(*_mail(there, 'smtp_security = "none"', 'mail_escalate_to = "head@example.org"'))
    for number in (0, 1, 7):
        desk.look(MONDAY + dt.timedelta(days=number))
    assert [len(mail.receivers) for mail in there.mails] == [2, 2, 3]
    mail = there.mails[0].message
    assert mail["Subject"] == "【巡格提醒】应急管理局 2026-11-23：今日到期 1 项"
    assert mail["To"] == "a@example.org, b@example.org"
    assert "复查：EO1，应于 2026-11-23 完成" in mail.get_content()
    assert mail["Message-ID"].endswith("@example.org>")


@needs_openssl
@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_password_goes_over_a_secret_line(
    desk: Desk, mailbox: Callable[..., Mailbox], tmp_path: Path, way: str
) -> None:
    """The certificate is checked; an authority of one's own is named in the settings."""
    pem = certificate(tmp_path)
    there = mailbox(certificate=str(pem), tls=way == "tls", password=PASSWORD)
    lines = _mail(there, f'smtp_security = "{way}"', 'smtp_user = "xunge"')
    desk.set(*lines)
    assert "证书不可信" in desk.look()[-1]
    desk.set(*lines, f'smtp_ca = "{(tmp_path / "mailbox.crt").as_posix()}"')
    assert desk.look(minute=30)[-1] == "email：已提醒 1 项"
    (mail,) = there.mails
    assert (mail.secret, mail.login) == (True, "xunge")


@needs_openssl
def test_a_wrong_password_is_told_and_never_shown(
    desk: Desk, mailbox: Callable[..., Mailbox], tmp_path: Path
) -> None:
    """Not even where the server repeats it."""
    there = mailbox(certificate=str(certificate(tmp_path)), password="another")  # noqa: S106
    ca = (tmp_path / "mailbox.crt").as_posix()
    desk.set(*_mail(there, 'smtp_user = "xunge"', f'smtp_ca = "{ca}"'))
    said = desk.look()[-1]
    assert "不接受账号或口令（535）" in said
    assert PASSWORD not in said


def test_no_password_is_sent_over_a_line_that_everyone_can_read(
    desk: Desk, mailbox: Callable[..., Mailbox]
) -> None:
    """Nothing at all is sent then; the sentence says what to change."""
    there = mailbox(password=PASSWORD)
    desk.set(*_mail(there, 'smtp_security = "none"', 'smtp_user = "xunge"'))
    assert "不会发送口令" in desk.look()[-1]
    assert not there.mails


def test_one_wrong_receiver_keeps_nobody_from_the_mail(
    desk: Desk, mailbox: Callable[..., Mailbox]
) -> None:
    """Who was refused stands in the status; the others are not told twice."""
    there = mailbox(refused=frozenset({"b@example.org"}))
    desk.set(*_mail(there, 'smtp_security = "none"'))
    desk.look()
    desk.look(minute=30)
    assert [mail.receivers for mail in there.mails] == [("a@example.org",)]
    status = clock_status.status_of(open_folder(desk.office.path))
    assert status.refused == {"email": ["b@example.org"]}


@pytest.mark.parametrize(
    ("options", "words"),
    [({"busy": True}, "451 come again later"),
     ({"refused": frozenset({"a@example.org", "b@example.org"})}, "550 no such mailbox")],
)  # fmt: skip
def test_a_mail_that_nobody_takes_is_tried_again(
    desk: Desk, mailbox: Callable[..., Mailbox], options: dict[str, Any], words: str
) -> None:
    """The words of the server are told, and nothing counts as sent."""
    there = mailbox(**options)
    desk.set(*_mail(there, 'smtp_security = "none"'))
    assert words in desk.look()[-1]
    assert not there.mails
    there.busy, there.refused = False, frozenset()
    assert desk.look(minute=30)[-1] == "email：已提醒 1 项"
    assert len(there.mails) == 1


def test_a_mail_whose_receipt_was_lost_is_sent_again_under_the_same_number(
    desk: Desk, mailbox: Callable[..., Mailbox]
) -> None:
    """At least once: nobody knows whether it arrived; many mailboxes show the same number once."""
    there = mailbox(drops=True)
    desk.set(*_mail(there, 'smtp_security = "none"'))
    assert "未完成" in desk.look()[-1]
    there.drops = False
    desk.look(minute=30)
    assert len({mail.message["Message-ID"] for mail in there.mails}) == 1
    assert len(there.mails) == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [(('mail_from = ""',), "mail_from 没有填写"), (('mail_to = ""',), "mail_to 没有填写"),
     (('mail_to = "张三"',), "“张三”不是邮箱地址"), (('smtp_port = 1',), "连不上邮件服务器")],
)  # fmt: skip
def test_settings_that_cannot_send_are_named(
    desk: Desk, lines: tuple[str, ...], words: str
) -> None:
    """Which setting is missing or wrong, in the language of the bureau."""
    given = {'mail_from = "x@example.org"', 'mail_to = "a@example.org"', "smtp_port = 2",
             'smtp_host = "127.0.0.1"'}  # fmt: skip
    names = {line.partition(" ")[0] for line in lines}
    kept = [line for line in sorted(given) if line.partition(" ")[0] not in names]
    desk.set('channels = "email"', *kept, *lines)
    assert words in desk.look()[-1]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("stage", "received"), [("made", 1), ("tried", 1), ("sent", 2)])
def test_a_clock_that_dies_while_sending_loses_no_reminder(
    desk: Desk, server: Callable[..., Replay], stage: str, received: int
) -> None:
    """Twice only where the server had confirmed and that was not on record yet."""
    there = server(always=OK)
    desk.set('channels = "inbox wecom"', f'wecom_url = "{there.url("/send")}"')
    stages: list[str] = []

    def die(name: str) -> None:
        stages.append(name)
        if name == stage and (name == "made" or stages.count(name) == 2):
            raise Killed

    folder = open_folder(desk.office.path)
    now = dt.datetime(2026, 11, 23, 8)  # noqa: DTZ001
    with pytest.raises(Killed):
        chores.run_due(folder, now=now, progress=die)
    soon = desk.look(minute=5)[-1]
    assert ("另一个时钟" in soon) == (stage != "made")  # it might still be at it
    desk.look(minute=15)
    desk.look(minute=30)
    assert len(there.requests) == received
    assert len(_inbox(desk)) == 1
    assert all(one.sent for one in reminders.messages())


def _entry(**changes: Any) -> Entry:
    entry = Entry(
        stage="overdue", object="E7", name="马田烟花厂", public=True, what="复查",
        due=MONDAY, since=MONDAY, overdue_days=2, why="整改期限届满",
    )  # fmt: skip
    return replace(entry, **changes)


def test_a_chat_group_reads_no_name_of_a_site_or_a_report() -> None:
    """Enterprises by name where the settings allow it, all others by number; the inbox has all."""
    entries = (
        _entry(), _entry(object="S3", name="老李黑煤窑", public=False),
        _entry(object="R9", name="R9", public=False),
    )  # fmt: skip
    letter = Letter(id="x", day=MONDAY, bureau="应急管理局", lang="zh", entries=entries)
    assert "老李黑煤窑" in letter.text()
    group = letter.text(group=True)
    assert "马田烟花厂" in group
    assert "老李" not in group
    assert "S3" in group
    assert "马田" not in letter.text(group=True, names=False)


def test_many_villages_are_one_line() -> None:
    """What they have in common is said once; the first few are named, the others counted."""
    villages = [
        _entry(object=f"V{n}", name=f"{n}村", area=True, what="村级周检查", since=MONDAY)
        for n in range(1, 8)
    ]
    found = together([*villages, _entry(), _entry(object="E8")], lang="zh")
    lines = [entry.line("zh", named=True) for entry in found]
    assert lines == [
        "〔逾期 2 天〕复查：马田烟花厂，应于 2026-11-23 完成",
        "〔逾期 2 天〕复查：马田烟花厂，应于 2026-11-23 完成",
        "〔逾期 2 天〕村级周检查：1村、2村、3村、4村、5村等 7 处，应于 2026-11-23 完成",
    ]


def test_telephone_numbers_in_names_are_masked() -> None:
    """A name with a number in it, as ledgers have them, goes out starred."""
    item = {"id": "revisit:S1", "object": "S1", "kind": "revisit", "due": "2026-11-23",
            "overdue_since": "2026-11-23", "overdue_days": 0, "base": "2026-11-16",
            "base_code": "closed", "reasons": [], "level": None, "place": "visit"}  # fmt: skip
    entry = entry_of(
        {"data": {"stage": "due", "item": item}}, {("sites", "S1"): "王五砂场13812345678"},
        lang="zh",
    )  # fmt: skip
    assert entry.name == "王五砂场138****5678"
    assert not entry.public


def test_reminders_are_in_the_language_of_the_bureau(desk: Desk) -> None:
    """In English too, in a folder of an English name."""
    desk.set('channels = "inbox"')
    file = desk.office.path / "xunge.toml"
    text = file.read_text("utf-8").replace("[bureau]", '[bureau]\nlanguage = "en"')
    file.write_text(text, "utf-8")
    desk.look()
    (path,) = (desk.office.path / "reminders").iterdir()
    text = path.read_text("utf-8-sig")
    assert "DUE re-inspection: EO1, due on 2026-11-23" in text
    assert "the period to rectify ends on 2026-11-13" in text


def test_sentences_of_failures_name_no_codes() -> None:
    """Every error of a channel has words in both languages."""
    from xunge.channels import ChannelError
    from xunge.mail import MailError

    errors: list[Exception] = [
        ChannelError("reminders_no_secret", variable="X"),
        ChannelError("robot_refused", number=1, said="x"),
        *(MailError(code, where="h:1", said="x", key="k", address="a", number=5)
          for code in ("mail_no_setting", "mail_bad_address", "mail_password_in_clear",
                       "mail_unreachable", "mail_certificate", "mail_login", "mail_refused")),
    ]  # fmt: skip
    for error in errors:
        for lang in ("zh", "en"):
            assert not explained(error, lang=lang)[0].startswith(("mail_", "robot_", "remind"))
