"""A small mail server on the own machine: with or without a secret line, a login, refusals."""

from __future__ import annotations

import base64
import socketserver
import ssl
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One mail that the server has taken."""

    sender: str
    receivers: tuple[str, ...]
    message: EmailMessage
    secret: bool
    login: str


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """Serves on a free port of loopback until it is closed.

    Attributes
    ----------
    certificate
        File with certificate and key; empty for a line that everyone can read.
    tls
        Speak in secret from the first byte instead of after STARTTLS.
    refused
        Receivers that it does not take.
    busy
        Answer mails with 451 instead of taking them.
    drops
        Take a mail and hang up before saying so.
    """

    certificate: str = ""
    tls: bool = False
    password: str = ""
    refused: frozenset[str] = frozenset()
    busy: bool = False
    drops: bool = False
    mails: list[Received] = field(default_factory=list)
    server: socketserver.ThreadingTCPServer = field(init=False)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Begin to serve."""
        box = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                session = _Session(box, self)
                with suppress(OSError):
                    session.run()
                session.close()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server.server_address[1])

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Session:
    """One conversation."""

    def __init__(self, box: Mailbox, talk: socketserver.StreamRequestHandler) -> None:
        self.box = box
        self.socket = talk.connection
        self.lines = self.socket.makefile("rb")
        self.secret = False
        self.login = ""
        self.sender = ""
        self.receivers: list[str] = []

    def hide(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.box.certificate)
        self.lines.close()
        # The hand-shake comes later, so that a socket that was refused is closed all the same.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.lines = self.socket.makefile("rb")
        self.socket.do_handshake()
        self.secret = True

    def close(self) -> None:
        self.lines.close()
        self.socket.close()

    def say(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\r\n")

    def run(self) -> None:
        if self.box.tls:
            self.hide()
        self.say("220 mailbox")
        while line := self.lines.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if not getattr(self, f"do_{word.lower()}", self.unknown)(rest):
                return

    def unknown(self, rest: str) -> bool:
        self.say("502 what?")
        return True

    def do_ehlo(self, rest: str) -> bool:
        offers = ["STARTTLS"] if self.box.certificate and not self.secret else []
        offers += ["AUTH PLAIN"] if self.box.password else []
        said = ["mailbox", *offers]
        for at, offer in enumerate(said):
            self.say(f"250{' ' if at == len(said) - 1 else '-'}{offer}")
        return True

    def do_starttls(self, rest: str) -> bool:
        self.say("220 go")
        self.hide()
        return True

    def do_auth(self, rest: str) -> bool:
        words = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        right = words[2] == self.box.password
        self.login = words[1] if right else ""
        self.say("235 welcome" if right else f"535 wrong password {words[2]}")
        return True

    def do_mail(self, rest: str) -> bool:
        self.sender, self.receivers = rest.partition("<")[2].partition(">")[0], []
        self.say("250 ok")
        return True

    def do_rcpt(self, rest: str) -> bool:
        receiver = rest.partition("<")[2].partition(">")[0]
        if receiver in self.box.refused:
            self.say("550 no such mailbox")
        else:
            self.receivers.append(receiver)
            self.say("250 ok")
        return True

    def do_data(self, rest: str) -> bool:
        self.say("354 go")
        body = []
        while (line := self.lines.readline()) != b".\r\n":
            body.append(line)
        if self.box.busy:
            self.say("451 come again later")
            return True
        message = message_from_bytes(b"".join(body), policy=policy.default)
        self.box.mails.append(
            Received(
                sender=self.sender, receivers=tuple(self.receivers), message=message,
                secret=self.secret, login=self.login,
            )
        )  # fmt: skip
        if self.box.drops:
            return False
        self.say("250 taken")
        return True

    def do_rset(self, rest: str) -> bool:
        self.say("250 ok")
        return True

    def do_quit(self, rest: str) -> bool:
        self.say("221 bye")
        return False


def certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of its own for 127.0.0.1, made by openssl."""
    file = folder / "mailbox.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", str(file), "-out", str(folder / "mailbox.crt"), "-days", "2",
         "-subj", "/CN=mailbox", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes(file.read_bytes() + (folder / "mailbox.crt").read_bytes())
    return file
