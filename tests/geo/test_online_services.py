"""Online geocoders: what is sent, how answers are read, and what every refusal means."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from geo.crs import distance_m
from geo.online.baidu import Baidu, signature
from geo.online.nominatim import Nominatim
from geo.online.service import Found, Key, Question, ServiceError
from geo.online.services import NAMES, service_of
from geo.radius import RADIUS_M
from tests.geo.online_answers import HERE, amap, amap_place, answer, at, osm_place

OUTER = ("湖南省", "郴州市", "永兴县")
ASKED = Question(address="马田镇邝家村3号", missing=OUTER, city="郴州市", region="431023")
KEY = Key(value="k-1")
SIGNED = Key(value="k-1", secret="s-2")  # noqa: S106 - no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reply as an HTTP client brings it."""

    text: str
    status: int = 200


def _told(data: object, status: int = 200) -> Told:
    return Told(text=json.dumps(data, ensure_ascii=False), status=status)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _params(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _only(service: str, data: object, status: int = 200) -> Found | None:
    (found,) = service_of(service).read(_told(data, status), count=1)
    return found


@pytest.mark.parametrize("service", [name for name in NAMES if name != "nominatim"])
def test_points_come_in_the_house_datum(service: str) -> None:
    """GCJ-02 of Amap, Baidu and Tencent and CGCS2000 of Tianditu are the same WGS-84 point."""
    found = _only(service, answer(service))
    assert found is not None
    assert float(distance_m(found.lon, found.lat, *HERE)) < 0.2
    assert found.level == "address"


def test_baidu_may_answer_in_its_own_datum() -> None:
    """BD-09 comes where it is wanted, and is converted too."""
    lon, lat = at("bd09")
    data = answer("baidu", location={"lng": lon, "lat": lat})
    service = Baidu(datum="bd09ll")
    (found,) = service.read(_told(data), count=1)
    assert found is not None
    assert float(distance_m(found.lon, found.lat, *HERE)) < 0.2
    assert "ret_coordtype" not in service.request([ASKED], key=KEY).url
    assert "ret_coordtype=gcj02ll" in Baidu().request([ASKED], key=KEY).url


@pytest.mark.parametrize(
    ("service", "text"),
    [("amap", "address"), ("baidu", "address"), ("tencent", "address"), ("nominatim", "q")],
)
def test_the_address_goes_with_all_that_contains_it(service: str, text: str) -> None:
    """Province, city and county stand in front where the ledger leaves them out."""
    params = _params(service_of(service).request([ASKED], key=KEY).url)
    assert params[text] == "湖南省郴州市永兴县马田镇邝家村3号"
    assert ("k-1" in params.values()) == (service != "nominatim")


def test_tianditu_is_asked_in_json() -> None:
    """The address is JSON inside of ``ds``; the key is ``tk``."""
    params = _params(service_of("tianditu").request([ASKED], key=KEY).url)
    assert json.loads(params["ds"]) == {"keyWord": ASKED.text}
    assert params["tk"] == "k-1"


def test_amap_is_asked_ten_at_once() -> None:
    """Addresses are divided by ``|``; the city is the code of the prefecture."""
    service = service_of("amap")
    params = _params(service.request([ASKED] * 10, key=KEY).url)
    assert service.batch == 10
    assert params["address"].split("|") == [ASKED.text] * 10
    assert (params["batch"], params["city"]) == ("true", "431000")
    assert "batch" not in _params(service.request([ASKED], key=KEY).url)
    data = amap(amap_place(), amap_place(location=[]), amap_place())
    answers = service.read(_told(data), count=3)
    assert [one is None for one in answers] == [False, True, False]
    with pytest.raises(ServiceError, match="online_out_of_step"):
        service.read(_told(data), count=4)


def test_signatures_are_those_of_the_manuals() -> None:
    """Baidu's example gives Baidu's number; the others are the MD5 of what they say."""
    example = "/geocoder/v2/?address=百度大厦&output=json&ak=yourak"
    assert signature(example, secret="yoursk") == "7de5a22212ffaa9e326444c75a58f9a0"  # noqa: S106
    url = service_of("baidu").request([ASKED], key=SIGNED).url
    sent, _, sn = url.partition("&sn=")
    path = unquote(sent.removeprefix("https://api.map.baidu.com"))
    assert sn == signature(path, secret=SIGNED.secret)

    url = service_of("tencent").request([ASKED], key=SIGNED).url
    plain, _, sig = unquote(urlsplit(url).query).partition("&sig=")
    assert plain == f"address={ASKED.text}&key=k-1&output=json&policy=1"
    assert sig == _md5(f"/ws/geocoder/v1/?{plain}s-2")

    params = _params(service_of("amap").request([ASKED], key=SIGNED).url)
    sig = params.pop("sig")
    plain = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    assert sig == _md5(f"{plain}s-2")


def test_long_addresses_keep_within_what_baidu_takes() -> None:
    """84 bytes of UTF-8: what the city parameter says anyway is left out first, then the end."""
    long = Question(address="马田镇" + "很长" * 10, missing=OUTER, city="郴州市", region="4310")
    text = _params(Baidu().request([long], key=KEY).url)["address"]
    assert text == "永兴县" + long.address
    longer = Question(address="马田镇" + "很长" * 30, missing=OUTER)
    text = _params(Baidu().request([longer], key=KEY).url)["address"]
    assert len(text.encode()) == 84
    assert longer.address.startswith(text)


@pytest.mark.parametrize("service", NAMES)
def test_keys_are_not_shown(service: str) -> None:
    """Whoever prints a key or a request sees no secret."""
    request = service_of(service).request([ASKED], key=SIGNED)
    assert "k-1" not in repr(request) + repr(SIGNED)
    assert "s-2" not in request.url + repr(SIGNED)


@pytest.mark.parametrize(
    ("service", "level", "more", "grade"),
    [
        ("amap", "门牌号", {}, ("address", 300.0)),
        ("amap", "道路", {}, ("address", 5_000.0)),
        ("amap", "村庄", {}, ("village", RADIUS_M["village"])),
        ("amap", "乡镇", {}, ("town", RADIUS_M["town"])),
        ("amap", "区县", {}, ("county", RADIUS_M["county"])),
        ("amap", "市", {}, None),
        ("amap", "从未见过", {}, None),
        ("baidu", "门址", {"confidence": 100}, ("address", 100.0)),
        ("baidu", "餐饮", {"confidence": 60}, ("address", 500.0)),
        ("baidu", "乡镇", {"confidence": 80}, ("town", RADIUS_M["town"])),
        ("baidu", "UNKNOWN", {"confidence": 30}, ("village", 5_000.0)),
        ("baidu", "门址", {"confidence": 10}, None),
        ("baidu", "城市", {"confidence": 20}, None),
        ("tencent", 11, {}, ("address", 500.0)),
        ("tencent", 11, {"reliability": 3}, ("address", 2_000.0)),
        ("tencent", 3, {}, ("town", RADIUS_M["town"])),
        ("tencent", 1, {}, None),
        ("tianditu", "门址", {}, ("address", 300.0)),
        ("tianditu", "门址", {"score": 40}, ("address", 1_200.0)),
        ("tianditu", "某种新词", {}, ("address", 2_000.0)),
    ],
)
def test_words_become_levels_and_radii(
    service: str, level: object, more: dict[str, object], grade: tuple[str, float] | None
) -> None:
    """Every service's own measure of precision is read; coarser than a county is no answer."""
    found = _only(service, answer(service, level=level, **more))
    assert (None if found is None else (found.level, found.radius_m)) == grade


def test_nominatim_says_how_large_the_thing_is() -> None:
    """The radius is half the box, at least what its rank means; too coarse is no answer."""
    found = _only("nominatim", [osm_place()])
    assert found is not None
    assert (found.level, found.word) == ("village", "19")
    assert found.radius_m == pytest.approx(2_990, abs=30)
    small = _only("nominatim", [osm_place(boundingbox=["26.1", "26.1", "113.1", "113.1"])])
    assert small is not None
    assert small.radius_m == 2_000
    assert _only("nominatim", [osm_place(place_rank=8)]) is None
    assert _only("nominatim", []) is None


@pytest.mark.parametrize(
    ("service", "data", "status"),
    [
        ("amap", {"status": "1", "infocode": "10000", "count": "0", "geocodes": []}, 200),
        ("tencent", {"status": 347, "message": "查询无结果"}, 200),
        ("tianditu", {"status": "101", "msg": "结果为空"}, 200),
        ("tianditu", {"status": "0", "msg": "ok", "location": {}}, 200),
        ("baidu", {"status": 0, "result": {}}, 200),
    ],
)
def test_nothing_found_is_an_answer(service: str, data: object, status: int) -> None:
    """What a service does not know is no error."""
    assert _only(service, data, status) is None


@pytest.mark.parametrize(
    ("service", "data", "status", "code"),
    [
        ("amap", {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}, 200,
         "online_bad_key"),
        ("amap", {"status": "0", "info": "USERKEY_PLAT_NOMATCH", "infocode": "10009"}, 200,
         "online_bad_key"),
        ("amap", {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}, 200,
         "online_used_up"),
        ("amap", {"status": "0", "info": "USER_DAILY_QUERY_OVER_LIMIT", "infocode": "10044"}, 200,
         "online_used_up"),
        ("amap", {"status": "0", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT", "infocode": "10021"}, 200,
         "online_too_fast"),
        ("amap", {"status": "0", "info": "SERVER_IS_BUSY", "infocode": "10016"}, 200,
         "online_busy"),
        ("amap", {"status": "0", "info": "INVALID_PARAMS", "infocode": "20000"}, 200,
         "online_bad_request"),
        ("baidu", {"status": 200, "message": "APP不存在"}, 200, "online_bad_key"),
        ("baidu", {"status": 211, "message": "APP SN校验失败"}, 200, "online_bad_key"),
        ("baidu", {"status": 302, "message": "天配额超限"}, 200, "online_used_up"),
        ("baidu", {"status": 401, "message": "并发量超限"}, 200, "online_too_fast"),
        ("baidu", {"status": 2, "message": "Parameter Invalid"}, 200, "online_bad_request"),
        ("baidu", {"status": 1, "message": "服务器内部错误"}, 200, "online_busy"),
        ("tencent", {"status": 190, "message": "无效的key"}, 200, "online_bad_key"),
        ("tencent", {"status": 111, "message": "签名验证失败"}, 200, "online_bad_key"),
        ("tencent", {"status": 120, "message": "每秒请求量达到上限"}, 200, "online_too_fast"),
        ("tencent", {"status": 121, "message": "每日调用量达到上限"}, 200, "online_used_up"),
        ("tencent", {"status": 348, "message": "参数错误"}, 200, "online_bad_request"),
        ("tianditu", {"code": 301001, "msg": "非法key"}, 403, "online_bad_key"),
        ("tianditu", {"code": 308011, "message": "请求参数非法"}, 400, "online_bad_request"),
        ("tianditu", {"status": "404", "msg": "出错"}, 200, "online_bad_request"),
        ("nominatim", {"error": "blocked"}, 403, "online_bad_key"),
        ("nominatim", {"error": {"code": 400, "message": "bad"}}, 400, "online_bad_request"),
        ("nominatim", {}, 429, "online_too_fast"),
    ],
)  # fmt: skip
def test_every_refusal_says_what_it_is(service: str, data: object, status: int, code: str) -> None:
    """Wrong key, used-up day, haste, bad question and a busy server are told apart."""
    with pytest.raises(ServiceError) as caught:
        _only(service, data, status)
    assert caught.value.code == code
    assert caught.value.transient == (code in ("online_too_fast", "online_busy"))


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize(
    ("told", "code"),
    [(Told(text="<html>", status=200), "online_no_sense"), (Told(text="7"), "online_no_sense"),
     (Told(text="", status=502), "online_busy"), (Told(text="", status=429), "online_too_fast")],
)  # fmt: skip
def test_what_is_no_answer_at_all(service: str, told: Told, code: str) -> None:
    """Pages of a gateway and errors of HTTP are refusals, not crashes."""
    with pytest.raises(ServiceError) as caught:
        service_of(service).read(told, count=1)
    assert caught.value.code == code


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize(
    "data",
    [{}, {"status": "1"}, {"status": 0}, {"status": "0"}, {"status": "1", "geocodes": ["?"]},
     {"status": 0, "result": "?"}, {"status": 0, "result": {"location": "?"}},
     {"status": "0", "location": "?"}, [], ["?"], [{"lat": "x", "lon": None}]],
)  # fmt: skip
def test_a_mangled_answer_is_an_error_or_none(service: str, data: object) -> None:
    """Whatever a server sends, the reader does not fall over."""
    with contextlib.suppress(ServiceError):
        assert _only(service, data) is None


def test_the_sentences_of_services_are_not_repeated() -> None:
    """Baidu quotes the key in its refusals: only its number is told."""
    with pytest.raises(ServiceError) as caught:
        _only("baidu", {"status": 5, "message": "invalid AK: k-1"})
    assert (caught.value.said, "k-1" in str(caught.value)) == ("5", False)


def test_the_public_nominatim_is_not_for_bulk() -> None:
    """One a second and a few hundred a day there; one's own server as its owner likes."""
    public, own = Nominatim(), Nominatim(base="http://127.0.0.1:8080")
    assert (public.most_per_second, public.needs_key) == (1.0, False)
    assert public.most_per_day is not None
    assert (own.most_per_second, own.most_per_day) == (None, None)
    assert Nominatim(base="http://Nominatim.OpenStreetMap.org/").most_per_second == 1.0
