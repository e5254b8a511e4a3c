"""Asking online geocoders: what is asked, what refusals do, what is kept, what is said."""

from __future__ import annotations

import json
import logging
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from geo.crs import distance_m
from geo.gazetteer import Gazetteer
from geo.online.compare import OTHER
from geo.online.services import NAMES
from tests.geo.online_answers import HERE, amap, amap_place, answer
from tests.xunge.replay import Asked, Canned, Replay
from xunge import config, sections
from xunge.geocoding import place
from xunge.online import Completed, Desk, OnlineError
from xunge.online_store import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[..., Replay]
    Ask = Callable[..., Completed]

HOME = "431023"
SECRET = "k3y-that-nobody-may-see"  # noqa: S105 - looked for in what is said
NOON = 1_795_752_000.0  # 2026-11-27 12:00 in Beijing
NEAR, FAR = (112.895, 26.10), (113.4, 26.4)  # of 马田镇, whose seat is 112.8925, 26.0973
TOWN = "永兴县马田镇工业园"


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return seconds since 1970."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """Give the places of China."""
    return Gazetteer.load()


@pytest.fixture
def time() -> Time:
    """Give a clock."""
    return Time()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that starts a server with canned answers, or with a function for them."""
    started: list[Replay] = []

    def start(*answers: Any) -> Replay:
        one = answers[0] if len(answers) == 1 and callable(answers[0]) else list(answers)
        started.append(Replay(one))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def ask(tmp_path: Path, time: Time, gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give a function that places addresses offline and asks a service about them."""
    for name in NAMES:
        monkeypatch.setenv(f"XUNGE_{name.upper()}_KEY", SECRET)
        monkeypatch.delenv(f"XUNGE_{name.upper()}_SECRET", raising=False)

    def asked(server: Replay, *addresses: str, service: str = "amap", **settings: Any) -> Completed:
        own = replace(
            config.load(tmp_path).online,
            **{"service": service, "url": server.url(""), "cache": str(tmp_path),
               "contact": "a@b.cn", **settings},
        )  # fmt: skip
        desk = Desk(own, clock=time, sleep=time.sleep)
        frame = pd.DataFrame({"address": list(addresses)})
        answers = place(frame, gazetteer=gazetteer, home=HOME)
        asking = desk.survey(frame, answers, gazetteer=gazetteer, home=HOME)
        return desk.complete(answers, asking, home=HOME)

    return asked


def _json(data: object, **more: Any) -> Canned:
    return Canned(text=json.dumps(data, ensure_ascii=False), **more)


def _texts(asked: Asked) -> list[str]:
    return asked.params["address"].split("|")


def _amap(asked: Asked) -> Canned:
    """Answer as Amap does, every address near the town."""
    return _json(amap(*[amap_place(NEAR) for _ in _texts(asked)]))


@pytest.mark.parametrize("service", NAMES)
def test_every_service_end_to_end(service: str, serve: Serve, ask: Ask) -> None:
    """The point of the service stands in the row in WGS-84, with its level and radius."""
    server = serve(_json(answer(service, NEAR)))
    done = ask(server, TOWN, service=service)
    row = done.answers.iloc[0]
    assert float(distance_m(row["lon"], row["lat"], *NEAR)) < 0.2
    assert (row["source"], row["confidence"], row["note"][-1]) == (service, "high", "online_agrees")
    assert row["radius_m"] < row["other_radius_m"] == 8_500 or row["other_level"] == "town"
    assert done.stopped is None
    agent = server.requests[0].headers["User-Agent"]
    assert agent.startswith("Xunge/")
    assert ("a@b.cn" in agent) == (service == "nominatim")


def test_only_what_is_known_worse_than_wanted_is_asked(serve: Serve, ask: Ask) -> None:
    """Rows with a village are left alone, the same address is asked once, the worst come first."""
    rows = ("永兴县马田镇邝家村", TOWN, "永兴县", "", "没有这样的地方", TOWN)
    server = serve(_amap)
    done = ask(server, *rows)
    assert [_texts(one) for one in server.requests] == [[
        "湖南省郴州市永兴县马田镇工业园", "湖南省郴州市永兴县", "湖南省郴州市永兴县没有这样的地方",
    ]]  # fmt: skip
    facts = done.facts
    assert (facts["rows"], facts["questions"], facts["to_ask"], facts["sent"]) == (4, 3, 3, 1)
    assert facts["unanswered"] == 0
    assert done.answers["source"].tolist() == [
        "offline", "amap", "amap", "offline", "amap", "amap"
    ]  # fmt: skip
    done = ask(server, *rows, worse_than="town")
    assert (done.facts["rows"], done.facts["known"], len(server.requests)) == (2, 2, 1)
    ask(server, rows[0], worse_than="coordinate")
    assert len(server.requests) == 2


def test_what_was_answered_is_not_asked_again(serve: Serve, ask: Ask, time: Time) -> None:
    """Nor is what was not found, until the days of the settings are over."""
    server = serve(_json(amap(amap_place(NEAR), amap_place(location=[]))), _json(amap()),
                   _json(amap()))  # fmt: skip
    first = ask(server, TOWN, "永兴县柏林镇某处", keep_days=30)
    again = ask(server, TOWN, "永兴县柏林镇某处", keep_days=30)
    assert len(server.requests) == 1
    assert (again.facts["known"], again.facts["sent"], again.facts["to_ask"]) == (2, 0, 0)
    pd.testing.assert_frame_equal(first.answers, again.answers)
    assert (again.facts["answered"], again.facts["not_found"]) == (1, 1)
    time.now += 31 * 86_400
    ask(server, "永兴县柏林镇某处", keep_days=30)
    ask(server, "永兴县黄泥镇某处", keep_days=0)
    assert len(server.requests) == 3


def test_kept_answers_need_no_key(serve: Serve, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nothing is asked and it says where to put it; what is known is there."""
    server = serve(_amap)
    ask(server, TOWN)
    monkeypatch.delenv("XUNGE_AMAP_KEY")
    assert ask(server, TOWN).facts["taken"] == 1
    with pytest.raises(OnlineError) as caught:
        ask(server, "永兴县柏林镇某处")
    assert caught.value.detail["variable"] == "XUNGE_AMAP_KEY"
    assert len(server.requests) == 1


def test_the_public_nominatim_wants_a_contact(ask: Ask, serve: Serve) -> None:
    """Without one nobody is asked."""
    with pytest.raises(OnlineError, match="online_no_contact"):
        ask(serve(), TOWN, service="nominatim", url="", contact="")


def test_what_people_have_corrected_is_not_asked(
    tmp_path: Path, gazetteer: Gazetteer, time: Time
) -> None:
    """The service would be asked about the address that is known to be wrong."""
    frame = pd.DataFrame({"address": [TOWN, "永兴县柏林镇某处"]})
    answers = place(frame, gazetteer=gazetteer, home=HOME)
    answers.at[0, "note"] = ("place_corrected",)
    own = replace(config.load(tmp_path).online, service="amap", cache=str(tmp_path))
    asking = Desk(own, clock=time).survey(frame, answers, gazetteer=gazetteer, home=HOME)
    assert [question.address for question, _ in asking.questions] == ["永兴县柏林镇某处"]


def test_a_contact_that_no_header_can_hold_is_refused(ask: Ask, serve: Serve) -> None:
    """It says so instead of failing on the way."""
    with pytest.raises(OnlineError, match="online_bad_contact"):
        ask(serve(), TOWN, service="nominatim", contact="张三 a@b.cn")


@pytest.mark.parametrize(
    ("address", "level", "informs"),
    [
        ("没有这样的地方", "区县", False), ("没有这样的地方", "乡镇", True),
        ("永兴县没有这样的地方", "区县", True),
    ],
)  # fmt: skip
def test_what_was_put_in_front_is_no_answer(
    address: str, level: str, informs: bool, serve: Serve, ask: Ask
) -> None:
    """A service that knows no more than the county that it was told confirms nothing."""
    done = ask(serve(_json(amap(amap_place(NEAR, level=level)))), address)
    row = done.answers.iloc[0]
    assert (done.facts["answered"], done.facts["not_found"]) == ((1, 0) if informs else (0, 1))
    assert any(note.startswith("online") for note in row["note"]) == informs
    if not informs:
        assert row["confidence"] == "low"


@pytest.mark.parametrize(
    ("service", "refusal"),
    [
        ("amap", {"status": "0", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10021"}),
        ("baidu", {"status": 401, "message": "并发超限"}),
        ("tencent", {"status": 120, "message": "每秒请求量达到上限"}),
        ("tianditu", None),
        ("nominatim", None),
    ],
)
def test_haste_is_answered_by_growing_pauses(
    service: str, refusal: object, serve: Serve, ask: Ask, time: Time
) -> None:
    """What is refused for the moment is asked again; every attempt counts for the day."""
    slow = _json(refusal) if refusal else Canned(status=429)
    server = serve(slow, slow, _json(answer(service, NEAR)))
    done = ask(server, TOWN, service=service, per_second=100.0)
    assert (done.facts["taken"], done.facts["sent"], done.stopped) == (1, 3, None)
    assert [round(pause) for pause in time.slept if pause >= 1] == [1, 2]
    later = ask(serve(), service=service, per_second=100.0)
    assert later.facts["left_today"] == 1_000  # another server, another count
    assert ask(server, TOWN, service=service).facts["left_today"] == 997


@pytest.mark.parametrize(
    ("service", "refusal", "status", "code"),
    [
        ("amap", {"status": "0", "infocode": "10001"}, 200, "online_bad_key"),
        ("amap", {"status": "0", "infocode": "10044"}, 200, "online_used_up"),
        ("baidu", {"status": 211}, 200, "online_bad_key"),
        ("baidu", {"status": 302}, 200, "online_used_up"),
        ("tencent", {"status": 190}, 200, "online_bad_key"),
        ("tencent", {"status": 121}, 200, "online_used_up"),
        ("tianditu", {"code": 301001, "msg": "非法key"}, 403, "online_bad_key"),
        ("nominatim", {"error": "blocked"}, 403, "online_bad_key"),
        ("amap", ["?"], 200, "online_bad_request"),
    ],
)
def test_what_will_not_get_better_stops_at_once(
    service: str, refusal: object, status: int, code: str, serve: Serve, ask: Ask, time: Time
) -> None:
    """A wrong key or a used-up day is asked once; the offline answers stay, and it says why."""
    rows = [f"永兴县柏林镇{k}号院" for k in range(1, 31)]
    server = serve(lambda asked: _json(refusal, status=status))
    done = ask(server, *rows, service=service)
    assert done.facts["stopped"] == code
    if code != "online_bad_request":
        assert (len(server.requests), done.facts["unanswered"], time.slept) == (1, 30, [])
    assert set(done.answers["source"]) == {"offline"}
    assert set(done.answers["level"]) == {"town"}


def test_a_bad_address_spoils_no_batch(serve: Serve, ask: Ask) -> None:
    """A batch that is refused is asked one by one; what is refused alone is not kept."""

    def moody(asked: Asked) -> Canned:
        bad = any("坏" in text for text in _texts(asked))
        return _json({"status": "0", "infocode": "20000"}) if bad else _amap(asked)

    server = serve(moody)
    rows = ["永兴县马田镇1号院", "永兴县马田镇坏地址", "永兴县马田镇2号院"]
    done = ask(server, *rows)
    assert done.answers["source"].tolist() == ["amap", "offline", "amap"]
    assert (done.facts["refused"], done.facts["unanswered"], done.stopped) == (1, 1, None)
    assert len(server.requests) == 4
    ask(server, *rows)
    assert [_texts(one)[0][-3:] for one in server.requests[4:]] == ["坏地址"]


def test_answers_out_of_step_are_not_mixed_up(serve: Serve, ask: Ask) -> None:
    """Where Amap leaves out one of a batch, nobody gets the point of his neighbour."""

    def short(asked: Asked) -> Canned:
        texts = [text for text in _texts(asked) if "无" not in text]
        points = {"甲": NEAR, "乙": HERE}
        return _json(amap(*[amap_place(points[text[-1]]) for text in texts]))

    done = ask(serve(short), "永兴县马田镇甲", "永兴县马田镇无", "永兴县便江街道乙")
    rows = done.answers
    assert rows["source"].tolist()[1] == "offline"
    assert float(distance_m(rows["lon"][0], rows["lat"][0], *NEAR)) < 1
    assert float(distance_m(rows["lon"][2], rows["lat"][2], *HERE)) < 1
    assert (done.facts["answered"], done.facts["not_found"]) == (2, 1)


def test_requests_keep_to_the_caps(serve: Serve, ask: Ask, time: Time) -> None:
    """So many a second, a run and a day; the rest comes next time."""
    rows = [f"永兴县柏林镇{k}号院" for k in range(1, 41)]
    server = serve(lambda asked: _json(answer("baidu", NEAR)))
    settings = {"service": "baidu", "per_second": 2.0, "per_run": 12, "per_day": 30}
    first = ask(server, *rows, **settings)
    assert (first.facts["to_ask"], first.facts["later"], first.facts["answered"]) == (12, 28, 12)
    assert time.slept == [0.5] * 11
    assert (first.facts["minutes"], first.stopped) == (1, None)
    ask(server, *rows, **settings)
    third = ask(server, *rows, **settings)
    assert (third.facts["to_ask"], third.facts["stopped"]) == (6, "online_cap")
    assert len(server.requests) == 30
    time.now += 86_400
    assert ask(server, *rows, **settings).facts["unanswered"] == 0


def test_the_last_of_the_day_are_asked_one_by_one(serve: Serve, ask: Ask) -> None:
    """A batch that would go beyond the cap of the day still uses what is left of it."""
    server = serve(_amap)
    done = ask(server, *[f"永兴县柏林镇{k}号院" for k in range(1, 20)], per_day=13)
    assert [len(_texts(one)) for one in server.requests] == [10, 1, 1, 1]
    assert (done.facts["answered"], done.facts["stopped"]) == (13, "online_cap")


@pytest.mark.parametrize(
    ("canned", "code"),
    [(Canned(status=503), "online_busy"), (Canned(cut=True), "http_unreachable"),
     (Canned(text="<html>请登录</html>"), "online_no_sense")],
)  # fmt: skip
def test_a_service_that_is_down_is_left_alone(
    canned: Canned, code: str, serve: Serve, ask: Ask
) -> None:
    """After the attempts of one request no other is made."""
    server = serve(*[canned] * 50)
    done = ask(server, *[f"永兴县柏林镇{k}号院" for k in range(1, 30)], attempts=3)
    assert done.facts["stopped"] == code
    assert len(server.requests) == (1 if code == "online_no_sense" else 3)


def test_contradictions_are_counted_and_doubtful(serve: Serve, ask: Ask) -> None:
    """Where the circles do not touch, the plain address stays and both points are in the row."""
    server = serve(_json(amap(amap_place(FAR))))
    done = ask(server, TOWN)
    row = done.answers.iloc[0]
    assert (row["source"], row["confidence"], row["level"]) == ("offline", "low", "town")
    assert row["note"][-1] == "online_against_kept"
    assert float(distance_m(row["other_lon"], row["other_lat"], *FAR)) < 0.2
    assert row["apart_m"] > 8_800
    assert (done.facts["disagree"], done.facts["taken"]) == (1, 0)


@pytest.mark.parametrize("service", NAMES)
def test_the_key_is_nowhere_but_in_the_request(
    service: str, serve: Serve, ask: Ask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the file of answers, not in the log, not in an error and not in what is told."""
    caplog.set_level(logging.DEBUG)
    server = serve(_json(answer(service, NEAR)), Canned(status=400, text=SECRET), Canned(cut=True))
    told = [ask(server, f"永兴县马田镇{k}号院", service=service) for k in range(3)]
    assert (SECRET in server.requests[0].target) == (service != "nominatim")
    said = "".join(repr((one.facts, one.stopped, str(one.stopped))) for one in told)
    assert SECRET not in said + caplog.text
    assert "127.0.0.1" in caplog.text
    for path in tmp_path.glob(f"{NAME}*"):
        assert SECRET.encode() not in path.read_bytes()


def test_the_page_names_every_setting_and_every_service() -> None:
    """Who reads it learns of all that can be set, and where keys go."""
    page = (config.shipped_path().parent / "docs" / "online-geocoding.md").read_text("utf-8")
    assert [one.name for one in fields(sections.Online) if f"`{one.name}`" not in page] == []
    keys = [f"XUNGE_{name.upper()}_KEY" for name in NAMES if name != "nominatim"]
    assert [word for word in (*NAMES, *keys, *OTHER) if f"`{word}`" not in page] == []


def test_the_services_of_the_settings_are_those_that_there_are() -> None:
    """A name that can be set is one that can be asked."""
    assert ("", *NAMES) == config.SERVICES
