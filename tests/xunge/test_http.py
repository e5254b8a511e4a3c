"""The HTTP client: what is tried again and what is not, and that no key leaks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.xunge.replay import Canned, Replay
from xunge.http import Client, HttpError, Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "k3y-that-nobody-may-see"  # noqa: S105 - looked for in what is said


@pytest.fixture
def pauses() -> list[float]:
    """Give the list of pauses that were made instead of sleeping."""
    return []


@pytest.fixture
def client(pauses: list[float]) -> Iterator[Client]:
    """Give a client that does not sleep."""
    with Client(timeout_s=5.0, sleep=pauses.append) as one:
        yield one


@pytest.fixture
def server() -> Iterator[Callable[..., Replay]]:
    """Give a function that starts a server with canned answers."""
    started: list[Replay] = []

    def start(*answers: Canned) -> Replay:
        started.append(Replay(answers))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_busy_servers_are_asked_again_with_growing_pauses(
    client: Client, pauses: list[float], server: Callable[..., Replay]
) -> None:
    """429 and 5xx are tried again; Retry-After is kept up to the longest pause."""
    there = server(
        Canned(status=503), Canned(status=429, headers={"Retry-After": "7"}),
        Canned(status=500), Canned(text='{"a": 1}'),
    )  # fmt: skip
    assert client.get_json(there.url("/x")) == {"a": 1}
    assert pauses == [1.0, 7.0, 4.0]


def test_it_gives_up(client: Client, pauses: list[float], server: Callable[..., Replay]) -> None:
    """After the last attempt the error of the server is told."""
    there = server(*[Canned(status=502)] * 5)
    with pytest.raises(HttpError) as caught:
        client.get_json(there.url("/x"))
    assert (caught.value.code, caught.value.status) == ("http_status", 502)
    assert (len(there.requests), len(pauses)) == (Patience().attempts, Patience().attempts - 1)


@pytest.mark.parametrize(
    ("canned", "code"),
    [(Canned(status=400), "http_status"), (Canned(status=403), "http_status"),
     (Canned(text="<html>"), "http_no_json")],
)  # fmt: skip
def test_what_will_not_get_better_is_asked_once(
    client: Client, pauses: list[float], server: Callable[..., Replay], canned: Canned, code: str
) -> None:
    """A refusal and an answer that is no JSON are errors at once."""
    there = server(canned)
    with pytest.raises(HttpError) as caught:
        client.post_json(there.url("/x"), {"places": [[113.1, 26.1]]})
    assert caught.value.code == code
    assert (len(there.requests), pauses) == (1, [])
    assert there.requests[0].body == b'{"places":[[113.1,26.1]]}'


def test_time_outs_and_cut_lines_are_tried_again(
    pauses: list[float], server: Callable[..., Replay]
) -> None:
    """A server that is silent or hangs up may answer the next time."""
    there = server(Canned(silent=True), Canned(cut=True), Canned(text="[]"))
    with Client(timeout_s=0.3, sleep=pauses.append) as client:
        assert client.get_json(there.url("/x")) == []
    assert len(pauses) == 2


def test_nobody_there_is_said_at_once(client: Client, pauses: list[float]) -> None:
    """A refused connection is not tried again."""
    there = Replay(())
    url = there.url("/x")
    there.close()
    with pytest.raises(HttpError) as caught:
        client.get_json(url)
    assert (caught.value.code, caught.value.host, pauses) == ("http_unreachable", "127.0.0.1", [])


def test_no_key_is_in_an_error_or_in_the_log(
    client: Client, server: Callable[..., Replay], caplog: pytest.LogCaptureFixture
) -> None:
    """The query, where keys are, is in no message of the client or of the library below."""
    caplog.set_level(logging.DEBUG)
    there = server(Canned(text="{}"), Canned(status=403))
    client.get_json(there.url("/x"), params={"key": SECRET})
    with pytest.raises(HttpError) as caught:
        client.get_json(there.url(f"/x?key={SECRET}"))
    assert SECRET in there.requests[1].target
    assert "127.0.0.1" in caplog.text
    assert SECRET not in caplog.text + repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None


def test_the_own_machine_is_not_asked_through_a_proxy(
    server: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the office is for other hosts."""
    proxy, there = server(Canned(text='"proxy"')), server(Canned(text='"there"'))
    monkeypatch.setenv("HTTP_PROXY", proxy.url(""))
    with Client() as client:
        assert client.get_json(there.url("/x")) == "there"
        assert client.get_json("http://map.invalid/x") == "proxy"


def test_an_address_or_a_proxy_that_is_none_is_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip in a setting, or a proxy of another kind, is an error of its own."""
    with pytest.raises(HttpError, match="http_bad_address"):
        client.get_json("http://map:port/x")
    monkeypatch.setenv("HTTPS_PROXY", "socks9://127.0.0.1:1")
    with pytest.raises(HttpError, match="http_bad_proxy"):
        Client()
