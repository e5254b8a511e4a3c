"""One HTTP client for servers that a setting allows to be asked: time-outs, proxies, retries.

Nothing here runs by itself. What is asked may hold a key in its address: neither an error nor a
log line names more of a server than its host.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from xunge import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Params = Mapping[str, str | int | float]

Value = TypeVar("Value")

AGENT = f"Xunge/{__version__}"
_CONNECT_S = 5.0  # a closed network drops what it does not know: do not wait long for a hand-shake
_TOO_MANY = 429
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often to try; the pauses between are *first_s*, then twice as long, at most *most_s*.

    A server that says how long to wait (``Retry-After``) is given that time, up to *most_s*.
    """

    attempts: int = 4
    first_s: float = 1.0
    most_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server answered, whatever its status. ``after_s`` is its Retry-After, 0 if none."""

    status: int
    text: str
    after_s: float = 0.0


class HttpError(OSError):
    """A server that gave no usable answer.

    ``code`` is ``http_unreachable``, ``http_timeout``, ``http_status``, ``http_no_json``,
    ``http_bad_address`` or ``http_bad_proxy``, ``status`` the one of HTTP (0 where there was none).
    ``transient`` tells whether asking again may help.
    """

    def __init__(
        self, code: str, *, host: str, status: int = 0, transient: bool = False, after_s: float = 0
    ) -> None:
        super().__init__(f"{code} {host} {status or ''}".strip())
        self.code = code
        self.host = host
        self.status = status
        self.transient = transient
        self.after_s = after_s


class Client:
    """Asks servers; to be closed after use, best by ``with``.

    Parameters
    ----------
    timeout_s
        Seconds to wait for an answer.
    agent
        Name in the header User-Agent, :data:`AGENT` by default.
    proxy
        Address of a proxy; by default what the system and ``HTTPS_PROXY`` say. The own machine is
        never asked through a proxy.

    Raises
    ------
    HttpError
        ``http_bad_proxy``: the proxy of the system is of a kind that is not understood.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        agent: str = AGENT,
        proxy: str = "",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.patience = patience or Patience()
        self._sleep = sleep
        try:
            self._http = httpx.Client(
                timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S)),
                headers={"User-Agent": agent},
                proxy=proxy or None,
                mounts={f"all://{host}": None for host in _LOOPBACK},
            )
        except (ValueError, ImportError):  # SOCKS, or no address at all
            raise HttpError("http_bad_proxy", host="") from None

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Params | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask once and return the answer, whatever its status.

        Parameters
        ----------
        body
            JSON-like data to send along.
        headers
            Further headers, such as one with a key.

        Raises
        ------
        HttpError
            If there is no answer; :attr:`HttpError.transient` after a time-out or a cut line.
        """
        host = _host(url)
        try:
            answer = self._http.request(method, url, params=params, json=body, headers=headers)
        except httpx.TimeoutException:
            raise HttpError("http_timeout", host=host, transient=True) from None
        except httpx.RequestError as error:
            cut = isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError)
            raise HttpError("http_unreachable", host=host, transient=cut) from None
        return Reply(status=answer.status_code, text=answer.text, after_s=_after(answer))

    def get_json(self, url: str, *, params: Params | None = None) -> Any:  # noqa: ANN401 (JSON)
        """Return the JSON at *url*, asking again where that may help.

        Raises
        ------
        HttpError
        """
        return self.persist(lambda: json_of(self.send("GET", url, params=params), url=url))

    def post_json(self, url: str, body: object) -> Any:  # noqa: ANN401 (JSON)
        """Return the JSON that a server answers to the JSON-like *body*.

        Raises
        ------
        HttpError
        """
        return self.persist(lambda: json_of(self.send("POST", url, body=body), url=url))

    def persist(self, attempt: Callable[[], Value]) -> Value:
        """Return what *attempt* returns; call it again while its error is ``transient``.

        The last error is raised when all attempts are used up.
        """
        retrying = Retrying(
            stop=stop_after_attempt(self.patience.attempts),
            retry=retry_if_exception(lambda error: bool(getattr(error, "transient", False))),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        pause = self.patience.first_s * 2.0 ** (state.attempt_number - 1)
        asked_for = float(getattr(error, "after_s", 0.0))
        return min(max(pause, asked_for), self.patience.most_s)


def json_of(reply: Reply, *, url: str) -> Any:  # noqa: ANN401 (whatever the server says)
    """Return the JSON of a reply.

    Raises
    ------
    HttpError
        ``http_status`` (transient for 429 and 5xx) or ``http_no_json``.
    """
    host = _host(url)
    if reply.status >= 400:
        raise HttpError(
            "http_status", host=host, status=reply.status, transient=is_busy(reply.status),
            after_s=reply.after_s,
        )  # fmt: skip
    try:
        return json.loads(reply.text)
    except ValueError:
        raise HttpError("http_no_json", host=host, status=reply.status) from None


def is_busy(status: int) -> bool:
    """Tell whether a status of HTTP says to come again later."""
    return status == _TOO_MANY or status >= 500


def _host(url: str) -> str:
    """Return the host of an address, which is all that may be shown of it."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise HttpError("http_bad_address", host="") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise HttpError("http_bad_address", host=address.host)
    return address.host


def _after(answer: httpx.Response) -> float:
    """Return the seconds of Retry-After; dates, which hardly anybody sends, count as none."""
    text = str(answer.headers.get("Retry-After", ""))
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _without_query(record: logging.LogRecord) -> bool:
    """Take the query, where keys are, out of the line that httpx logs for every request."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            part.copy_with(query=None) if isinstance(part, httpx.URL) else part
            for part in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_query)
