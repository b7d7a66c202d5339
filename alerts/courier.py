"""The courier: carries letters of the outbox to the mail server, one after the other, over one connection."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from store import outbox
from store.database import Store
from store.errors import CdrStatsError
from store.sentence import Sentence, mark
from store.settings import Settings

SECONDS = 15.0
REFUSED = mark("The mail server {server} refuses the user {user} or the password.")
UNUSABLE = mark("The mail server {server} cannot be used: {error}.")
SECURITIES = ("none", "starttls", "tls")


class MailProblem(CdrStatsError):
    """The mail server cannot be used, or refuses a letter. One sentence, without the password.

    `code` is what the server answered to a letter, 0 when it cannot be used at all; from 500 on waiting does
    not help (RFC 5321, 4.2.1).
    """

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


class Server(NamedTuple):
    """A mail server: its host and port, how the connection is secured (one of SECURITIES), and the login, ''
    without one. `sender` is the address that letters come from.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str


class Round(NamedTuple):
    """What came of a round of the courier."""

    sent: int = 0
    failed: int = 0
    later: int = 0


def server_of(settings: Settings) -> Server:
    """The mail server of the settings. Raises MailProblem when they name none, or no sender."""
    for name, value in (("mail_host", settings.mail_host), ("mail_sender", settings.mail_sender)):
        if not value:
            raise MailProblem(Sentence("No letter can be sent: the setting {name} is empty.", name=name))
    password = settings.mail_password.get_secret_value() if settings.mail_password else ""
    return Server(
        settings.mail_host,
        settings.mail_port,
        settings.mail_security,
        settings.mail_user,
        password,
        settings.mail_sender,
    )


def deliver(store: Store, server: Server, now: Callable[[], datetime], most: int = 500) -> Round:
    """Carry the letters that are due, oldest first; each is noted before the next is taken.

    A letter that the server refuses for good (5xx) is failed, another one is tried again later. When the
    server cannot be reached or does not let us in, the letter in hand waits and the round ends: raises
    MailProblem.

    A worker that is killed between the server's "250" and our note of it has the letter delivered once more,
    with the same Message-ID; that instant is the only one. Before it the letter is not delivered, and after
    it it is not again.
    """
    done = Round()
    outbox.overdue(store, now())
    connection: smtplib.SMTP | None = None
    try:
        while sum(done) < most and (taken := outbox.take(store, now())):
            token, letter = taken
            try:
                connection = connection or connected(server)
                _send(connection, server, letter)
            except MailProblem as problem:
                final = problem.code >= 500
                outbox.failed(store, letter, token, str(problem), final, now())
                if not problem.code:
                    raise
                done = Round(done.sent, done.failed + final, done.later + (not final))
            else:
                outbox.sent(store, letter, token, now())
                done = done._replace(sent=done.sent + 1)
    finally:
        if connection is not None:
            connection.close()
    return done


def send(server: Server, letter: outbox.Letter) -> None:
    """Carry one letter now, past the outbox. Raises MailProblem."""
    connection = connected(server)
    try:
        _send(connection, server, letter)
    finally:
        connection.close()


def connected(server: Server) -> smtplib.SMTP:
    """A connection that is secured and logged in. Raises MailProblem."""
    where = f"{server.host}:{server.port}"
    found: smtplib.SMTP | None = None
    try:
        found = _opened(server)
        if server.security == "starttls":
            found.starttls(context=ssl.create_default_context())
        if server.user:
            found.login(server.user, server.password)
    except (OSError, smtplib.SMTPException) as error:
        if found is not None:
            found.close()
        if isinstance(error, smtplib.SMTPAuthenticationError):
            told = {"server": where, "user": repr(server.user)}
            raise MailProblem(Sentence(REFUSED, **told)) from None
        raise MailProblem(Sentence(UNUSABLE, server=where, error=_said(error))) from None
    return found


def _opened(server: Server) -> smtplib.SMTP:
    if server.security != "tls":
        return smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    secure = ssl.create_default_context()
    return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=secure)


def _send(connection: smtplib.SMTP, server: Server, letter: outbox.Letter) -> None:
    where = f"{server.host}:{server.port}"
    try:
        connection.sendmail(server.sender, [letter.to], letter.message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        told = {"server": where, "to": letter.to, "answer": f"{code} {_text(text)}"}
        raise MailProblem(
            Sentence("The mail server {server} refuses {to}: {answer}.", **told), code
        ) from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        told = {"server": where, "answer": f"{code} {_text(error.smtp_error)}"}
        raise MailProblem(Sentence("The mail server {server} answers: {answer}.", **told), code) from None
    except (OSError, smtplib.SMTPException) as error:
        gone = Sentence("The mail server {server} went away: {error}.", server=where, error=_said(error))
        raise MailProblem(gone) from None


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split()).rstrip(".")[:200]


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError) or str(error).endswith("timed out"):  # smtplib wraps some
        return Sentence("no answer within {n} s", n=round(SECONDS))
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")[:200]
