"""Reminders by e-mail: one text to all receivers, over a line that nobody can read."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING

from layers.refusals import CodedError
from xunge.sections import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from xunge.letters import Letter
    from xunge.sections import Reminders

PASSWORD = "XUNGE_SMTP_PASSWORD"  # noqa: S105 - the name of the variable


class MailError(CodedError, RuntimeError):
    """A mail that could not be sent; ``code`` and ``detail`` say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The mail server of the settings.

    A mail that is sent again carries the same Message-ID, by which many mailboxes show it once.
    """

    settings: Reminders
    secret: Callable[[str], str]
    repeatable: bool = False

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Send a letter; return the receivers that the server refused while it took others.

        Raises
        ------
        MailError
            ``mail_no_setting``, ``mail_bad_address``, ``mail_password_in_clear``,
            ``mail_unreachable``, ``mail_certificate``, ``mail_login`` or ``mail_refused``.
        xunge.channels.ChannelError
            If the password is not in the environment.
        """
        message = self._message(letter)
        where = f"{self.settings.smtp_host}:{self.settings.smtp_port}"
        try:
            server = self._connected()
            try:
                refused = server.send_message(message)
            finally:
                with suppress(smtplib.SMTPException, OSError):  # what it took, it has taken
                    server.quit()
        except ssl.SSLCertVerificationError as error:
            raise MailError("mail_certificate", where=where, said=str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailError("mail_login", where=where, number=error.smtp_code) from error
        except smtplib.SMTPException as error:
            raise MailError("mail_refused", where=where, said=_said(error)) from error
        except OSError as error:
            raise MailError("mail_unreachable", where=where, said=str(error)) from error
        return tuple(sorted(refused))

    def _connected(self) -> smtplib.SMTP:
        settings = self.settings
        context = ssl.create_default_context(cafile=settings.smtp_ca or None)
        place = (settings.smtp_host, settings.smtp_port)
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                *place, timeout=settings.timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(*place, timeout=settings.timeout_s)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, self.secret(PASSWORD))
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        settings = self.settings
        receivers = words(settings.mail_to)
        if letter.escalated:
            receivers += words(settings.mail_escalate_to)
        for name in ("smtp_host", "mail_from"):
            if not getattr(settings, name):
                raise MailError("mail_no_setting", key=name)
        if not receivers:
            raise MailError("mail_no_setting", key="mail_to")
        if settings.smtp_user and settings.smtp_security == "none":
            raise MailError("mail_password_in_clear")
        for address in (settings.mail_from, *receivers):
            if not address.isascii() or address.count("@") != 1:
                raise MailError("mail_bad_address", address=address)
        message = EmailMessage()
        message["From"] = settings.mail_from
        message["To"] = ", ".join(dict.fromkeys(receivers))
        message["Subject"] = letter.title
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = f"<xunge-{letter.id}@{settings.mail_from.partition('@')[2]}>"
        message.set_content(letter.text(), cte="base64")
        return message


def _said(error: smtplib.SMTPException) -> str:
    """Return what the server said, without what was sent to it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = error.recipients.values()
        return "; ".join(sorted({f"{code} {_plain(text)}" for code, text in answers}))
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_plain(error.smtp_error)}"
    return str(error)


def _plain(text: bytes | str) -> str:
    return text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
