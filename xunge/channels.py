"""Ways for a reminder to go out: files in the folder, e-mail, robots of DingTalk and WeCom groups.

Passwords, tokens and keys come from the environment and are in no file, log, error or record.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from layers.refusals import CodedError
from xunge.http import Client, json_of
from xunge.mail import Mail
from xunge.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from xunge.http import Params
    from xunge.letters import Letter
    from xunge.sections import Reminders
    from xunge.week import Folder

INBOXES = {"zh": "提醒", "en": "reminders"}
"""Folder of the reminders that are files, by language."""
_MOST_BYTES = {"dingtalk": 18_000, "wecom": 2_000}  # they take 20,000 and 2,048


class ChannelError(CodedError, RuntimeError):
    """A channel that cannot be used or that refused a message; ``code`` and ``detail`` say why."""


class Channel(Protocol):
    """A way for reminders to go out."""

    @property
    def repeatable(self) -> bool:
        """Whether sending the same message twice leaves one."""
        ...

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Send a letter; return which of several receivers were refused."""
        ...


def channel_of(name: str, folder: Folder) -> Channel:
    """Return the channel of a name with the settings of *folder*."""
    settings = folder.settings.reminders
    if name == "inbox":
        return Inbox(place=folder.path / INBOXES[folder.settings.bureau.language])
    if name == "email":
        return Mail(settings=settings, secret=secret_of)
    return Robot(name=name, settings=settings)


def secret_of(variable: str, *, needed: bool = True) -> str:
    """Return what stands in the environment.

    Raises
    ------
    ChannelError
        ``reminders_no_secret``, if it is *needed* and not there.
    """
    value = os.environ.get(variable, "").strip()
    if needed and not value:
        raise ChannelError("reminders_no_secret", variable=variable)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Text files in a folder that everyone in the office can open."""

    place: Path
    repeatable: bool = True

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Write the file of a letter; the same letter is the same file."""
        self.place.mkdir(exist_ok=True)
        text = letter.text().replace("\n", "\r\n") + "\r\n"  # for the editors of old Windows
        write_whole(self.place / f"{letter.day} {letter.id}.txt", text.encode("utf-8-sig"))
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """The robot of a chat group: takes short texts, and says whether it took one.

    It is asked once: whether a message arrived whose answer was lost nobody knows, so that asking
    again is left to the next scan.
    """

    name: str
    settings: Reminders
    repeatable: bool = False
    clock: Callable[[], float] = time.time

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Send the text of a letter to the group.

        Raises
        ------
        ChannelError
            ``robot_refused``, with number and words of the refusal, or ``reminders_no_secret``.
        xunge.http.HttpError
        """
        text = letter.text(
            most_bytes=_MOST_BYTES[self.name], group=True, names=self.settings.names == "yes"
        )
        url, params = self._address()
        body = {"msgtype": "text", "text": {"content": text}}
        with Client(timeout_s=self.settings.timeout_s) as client:
            answer = json_of(client.send("POST", url, params=params, body=body), url=url)
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code != 0:
            said = str(answer.get("errmsg", "")) if isinstance(answer, dict) else ""
            raise ChannelError("robot_refused", number=code, said=_without(said, params))
        return ()

    def _address(self) -> tuple[str, Params]:
        if self.name == "wecom":
            return self.settings.wecom_url, {"key": secret_of("XUNGE_WECOM_KEY")}
        params: dict[str, str | int] = {"access_token": secret_of("XUNGE_DINGTALK_TOKEN")}
        secret = secret_of("XUNGE_DINGTALK_SECRET", needed=False)
        if secret:
            stamp = round(self.clock() * 1000)
            params |= {"timestamp": stamp, "sign": signature(stamp, secret=secret)}
        return self.settings.dingtalk_url, params


def signature(stamp: int, *, secret: str) -> str:
    """Return what DingTalk wants beside a time in milliseconds: HMAC-SHA256 in Base64."""
    words = f"{stamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), words, hashlib.sha256).digest()).decode()


def _without(said: str, secrets: Mapping[str, Any]) -> str:
    """Return what a server said without the secrets that it may repeat."""
    for value in secrets.values():
        said = said.replace(str(value), "***")
    return said[:200]
