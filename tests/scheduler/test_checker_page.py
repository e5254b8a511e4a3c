"""The checker verify_draw.html in a real Chromium, opened from disk with the network blocked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler.draw import Candidate, draw
from scheduler.ledger import GENESIS, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("checkers")]
PAGE = Path(__file__).parents[2] / "scheduler" / "checkers" / "verify_draw.html"
_ALL = "texts => texts.map(text => verifyDraw(text).problems.map(p => [p.where, p.code]))"
_NASTY = "</script><img src=x onerror=alert(1)>`${alert(2)}`"


def county(digest: str) -> dict[str, Any]:
    """Return the link of a draw among 4,027 enterprises."""
    pool = [
        Candidate(
            id=f"91431023MA4L{i:06d}", stratum="certainty" if i % 19 == 0 else "weighted",
            weight=Fraction((1, 2, 4, 8)[i % 4]), reason_excluded="cooldown" if i % 11 == 3 else "",
        )
        for i in range(4027)
    ]  # fmt: skip
    quota = {"certainty": 12, "weighted": 30, "uniform": 13}
    record = draw(
        pool, seed="种子", round_id="2026-W48", created="2026-11-23", quota=quota, digest=digest
    )
    return link(GENESIS, record=record.to_json())


def choose(page: Any, *files: tuple[str, bytes]) -> str:  # noqa: ANN401 (a Playwright page)
    """Choose files in the page and return what it shows."""
    payload = [{"name": name, "mimeType": "application/json", "buffer": data}
               for name, data in files]  # fmt: skip
    page.set_input_files("#file", payload)
    page.wait_for_selector(".verdict")
    text: str = page.inner_text("#result")
    return text


def test_the_policy_fits_the_page() -> None:
    """Only the page's own scripts and styles may run; whoever edits them renews these hashes."""
    text = PAGE.read_text("utf-8")

    def hashes(tag: str) -> str:
        found = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digests = [
            base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found
        ]
        return " ".join(f"'sha256-{one}'" for one in digests)

    policy = (
        f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "crypto.subtle", "Math.random", "fetch(", "XMLHttpRequest", "http://",
                      "https://", "src=", " style=", " onclick"):  # fmt: skip
        assert forbidden not in text, forbidden


def test_it_agrees_with_the_other_checker(
    offline_page: Callable[..., Any],
    rounds: tuple[str, ...],
    tampered: tuple[str, ...],
    forged: tuple[str, ...],
    finds: Callable[[str], list[list[str]]],
) -> None:
    """1,000 rounds are right; 1,000 tampered files are wrong at the same places as in Python."""
    opened = offline_page(PAGE)
    assert opened.page.evaluate(_ALL, list(rounds)) == [[] for _ in rounds]
    wrong = [*tampered, *forged]
    assert len(wrong) == 1000
    for text, found in zip(wrong, opened.page.evaluate(_ALL, wrong), strict=True):
        assert found, text
        assert found == finds(text), text
    assert opened.errors == []
    assert opened.beyond_the_file == []


def test_changed_bytes_are_found(
    offline_page: Callable[..., Any],
    changed_bytes: list[bytes],
    finds: Callable[[str], list[list[str]]],
) -> None:
    """500 changed bytes are found; those that leave text are named as in Python."""
    opened = offline_page(PAGE)
    texts = []
    for data in changed_bytes:
        try:
            texts.append(data.decode("utf-8"))
        except UnicodeDecodeError:
            continue
    assert len(texts) > 200
    for text, found in zip(texts, opened.page.evaluate(_ALL, texts), strict=True):
        assert found == finds(text), text
    broken = next(data for data in changed_bytes if b"\xff" in data or b"\xfe" in data)
    assert "UTF-8" in choose(opened.page, ("draw.json", broken))
    assert opened.errors == []


def test_the_published_vectors(
    offline_page: Callable[..., Any],
    vectors: dict[str, Any],
    apply: Callable[[Any, list[Any], Any], Any],
) -> None:
    """Every right vector is right, every wrong one is wrong at the published place."""
    opened = offline_page(PAGE)
    files = {one["name"]: one["file"] for one in vectors["right"]}
    right = [json.dumps(file, ensure_ascii=False) for file in files.values()]
    assert opened.page.evaluate(_ALL, right) == [[] for _ in right]
    for one in vectors["wrong"]:
        text = json.dumps(apply(files[one["of"]], one["path"], one["value"]))
        (found,) = opened.page.evaluate(_ALL, [text])
        assert one["where"] in [where for where, _ in found], one["name"]
    assert opened.errors == []


def test_whatever_is_no_record_is_named(
    offline_page: Callable[..., Any], checker: ModuleType
) -> None:
    """No text breaks the page, and it names the same problem as the other checker."""
    opened = offline_page(PAGE)
    texts = [
        "", "{", '{"a": NaN}', "[1] x", "\ufeff{}", '{"a": 1, "a": 2}', '{"a": "\\ud800"}',
        '{"a": "\\udc00\\ud800"}', '{"a": 1e999}', '{"a": ' + "9" * 5000 + "}", "[" * 60 + "]" * 60,
        "[" * 49 + "{}" + "]" * 49, "[" * 50 + "{}" + "]" * 50, "[" * 100_000, "[]", "null", "-",
        "01", '"\\ud800" x', "1.", "+1", ".5", '"\t"', '"a', '"\\x"', '{"record": {}}', "{'a': 1}",
        "[1,]", '{"a": 1,}', "\u00a0{}", "tru", '{"hash": 1, "previous": null, "record": 4}',
        '{"__proto__": 1, "constructor": 2}', '"' + "x" * 1_000_000,
    ]  # fmt: skip
    for text, found in zip(texts, opened.page.evaluate(_ALL, texts), strict=True):
        wanted = [[one.where, one.code] for one in checker.verify(text.encode())]
        assert wanted
        assert found == wanted, text[:60]
    assert opened.errors == []


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_a_county_is_checked_in_seconds(digest: str, offline_page: Callable[..., Any]) -> None:
    """4,027 enterprises: chosen as a file, drawn again and shown within ten seconds."""
    opened = offline_page(PAGE)
    one = county(digest)
    data = json.dumps(one, ensure_ascii=False, indent=1).encode()
    shown = choose(opened.page, ("draw.json", data))
    assert "发现" not in shown
    assert one["hash"] in shown
    milliseconds = opened.page.evaluate(
        "text => { const t = performance.now(); verifyDraw(text); return performance.now() - t; }",
        data.decode(),
    )
    assert milliseconds < 10_000
    assert opened.errors == []
    assert opened.beyond_the_file == []


def test_what_the_page_shows(offline_page: Callable[..., Any], chain: list[Any]) -> None:
    """Right and wrong, the place, the hash to compare and the published one, in two languages."""
    opened = offline_page(PAGE, locale="zh-CN")
    page = opened.page
    data = [json.dumps(one, ensure_ascii=False).encode() for one in chain]
    shown = choose(page, ("draw.json", data[1]))
    assert "一致\n按记录重新抽取" in shown
    assert chain[1]["hash"] in shown
    assert chain[1]["record"]["selected"][0]["id"] in shown
    page.fill("#head", chain[1]["hash"].upper())
    page.press("#head", "Enter")
    assert "末环哈希与公布的相同" in page.inner_text("#result")
    page.fill("#head", "0" * 64)
    page.press("#head", "Enter")
    assert "末环哈希与公布的不符" in page.inner_text("#result")
    page.fill("#head", "")
    page.click("#language")
    assert "Verified" in page.inner_text(".verdict")
    assert page.title() == "Check a random draw"
    chain[1]["record"]["selected"][0]["id"] = _NASTY
    chain[1]["record"]["parties"][0]["name"] = _NASTY
    shown = choose(page, ("draw.json", json.dumps(chain[1]).encode()), ("next.json", data[8]))
    assert "Not verified" in shown
    assert "record.selected[0].id" in shown
    assert _NASTY in shown
    assert page.locator("img").count() == 0
    assert opened.errors == []


def test_what_a_supervisor_sees(offline_page: Callable[..., Any], chain: list[Any]) -> None:
    """Parties, commitments, nonces, public number, what became of them, and who replaces whom."""
    opened = offline_page(PAGE, locale="zh-CN")
    page = opened.page
    data = [json.dumps(one, ensure_ascii=False).encode() for one in chain]
    commit, drawn, _, substitute = (one["record"] for one in chain[:4])
    shown = choose(page, ("commit.json", data[0]))
    assert "其中尚无抽取" in shown
    assert "在所选文件中尚未开启" in shown
    for party in commit["parties"]:
        assert party["name"] in shown
        assert party["commitment"] in shown
    shown = choose(page, ("draw.json", data[1]))
    for text in (*drawn["opening"]["nonces"], "03 07 11", "福彩双色球第2026136期", drawn["seed"]):
        assert text in shown
    assert "承诺是否在先" in shown
    assert "没有参与方事先承诺" in choose(page, ("draw.json", data[7]))
    shown = choose(page, ("chain.json", json.dumps(chain).encode()))
    said = f"{substitute['substitute']} 替换 {substitute['object']}"
    for text in ("已开启并抽取", "已放弃：公证人未到场", "重抽理由 名录有误", said, "大门已拆"):
        assert text in shown, text
    assert opened.errors == []


def test_a_party_makes_its_commitment(
    offline_page: Callable[..., Any], checker: ModuleType
) -> None:
    """Nonce and commitment of a party, each time another; the same again from a given nonce."""
    opened = offline_page(PAGE, locale="zh-CN")
    page = opened.page
    page.click("#make")
    assert "请填写轮次和参与方" in page.inner_text("#made")
    page.fill("#round", "2026-W48")
    page.fill("#party", "监察委")
    nonces = set()
    for digest in ("sha256", "sm3"):
        page.select_option("#digest", digest)
        assert not page.is_visible("#commitment")
        page.fill("#own", "")
        page.click("#make")
        nonce = page.input_value("#nonce")
        nonces.add(nonce)
        assert re.fullmatch("[0-9a-f]{32}", nonce)
        wanted = checker.party_commitment("2026-W48", "监察委", nonce, checker.Digest(digest))
        assert page.input_value("#commitment") == wanted
        page.fill("#own", nonce)
        page.click("#make")
        assert page.input_value("#commitment") == wanted
        page.click("[data-copies=commitment]")
        assert "已复制" in page.inner_text("#made")
    assert len(nonces) == 2
    assert opened.errors == []
    assert opened.beyond_the_file == []


def test_a_file_can_be_dropped(offline_page: Callable[..., Any], chain: list[Any]) -> None:
    """A whole chain dropped anywhere on the page is checked."""
    opened = offline_page(PAGE)
    opened.page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "chain.json", {type: "application/json"}));
          document.body.dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        json.dumps(chain),
    )
    opened.page.wait_for_selector(".verdict.right")
    assert opened.page.locator("#result .parts").count() == len(chain)
    assert opened.errors == []


def test_it_fits_a_phone(offline_page: Callable[..., Any], chain: list[Any]) -> None:
    """On a phone nothing sticks out to the right, whether right or wrong."""
    opened = offline_page(PAGE, width=360, height=740)
    opened.page.fill("#round", "2026-W48")
    opened.page.fill("#party", "监察委")
    opened.page.click("#make")
    for file in (chain, chain[0], chain[1], chain[3], chain[7]):
        for seed in ("", "另一个"):
            if seed:
                one = file[1] if isinstance(file, list) else file
                one["record"]["note"] = one["record"]["seed"] = seed
            choose(opened.page, ("draw.json", json.dumps(file).encode()))
            wide = opened.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, file
