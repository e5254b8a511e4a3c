"""A server on the own machine that replays canned answers, and notes what it was asked."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """One answer; ``silent`` says nothing until the server closes, ``cut`` hangs up."""

    text: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that was made."""

    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Path without the query."""
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, str]:
        """Query by name, decoded."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


class Replay:
    """Serves on a free port of loopback until it is closed.

    Parameters
    ----------
    answers
        The answers in order (then 404), or a function from what is asked to its answer.
    """

    def __init__(self, answers: Iterable[Canned] | Callable[[Asked], Canned]) -> None:
        self.requests: list[Asked] = []
        self._closing = Event()
        canned = None if callable(answers) else iter(answers)

        def answer(asked: Asked) -> Canned:
            self.requests.append(asked)
            if canned is not None:
                return next(canned, Canned(status=404))
            return answers(asked)  # type: ignore[operator]

        closing = self._closing

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                asked = Asked(target=self.path, headers=dict(self.headers), body=body)
                one = answer(asked)
                if one.silent:
                    closing.wait(20)
                if one.silent or one.cut:
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                data = one.text.encode()
                self.send_response(one.status)
                for name, value in {"Content-Type": "application/json", **one.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def url(self, target: str) -> str:
        """Return the address of *target* on this server."""
        return f"http://127.0.0.1:{self._server.server_port}{target}"

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
