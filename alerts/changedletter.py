"""The letter about what a user logs in with, when it was changed: what, by whom, when and from where. It
bears no secret, and goes also to the address that was taken off.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from alerts import resetletter, speech
from alerts.letters import Told, line, link, told
from alerts.tell import addressed
from store import outbox
from store.connection import Also
from store.database import Store
from store.people import User
from store.settings import Settings

KIND = "changed"
CHANGES = {
    "password": (
        "Your password was changed",
        "The password of the user {name} was changed; every open session has ended.",
    ),
    "email": ("Your e-mail address was changed", "The e-mail address of the user {name} was changed."),
    "codes": (
        "Codes are asked for at your login",
        "The login of the user {name} asks for the codes of an authenticator from now on.",
    ),
    "no codes": (
        "No codes are asked for at your login any more",
        "The login of the user {name} asks for no codes of an authenticator any more.",
    ),
}
"""What was changed -> the subject, and the sentence."""
NOWHERE = "this machine"
"""Where the command line is."""


def changed_letter(settings: Settings, user: User, what: str, by: str, address: str, now: datetime) -> Told:
    """The letter of one of CHANGES, which somebody of this name has done `now` (aware UTC) from an address;
    times are in the user's zone.
    """
    subject, sentence = CHANGES[what]
    values = {
        "name": user.name,
        "title": subject,
        "sentence": sentence.format(name=user.name),
        "by": line(by, 150),
        "when": f"{speech.moment(now, user.zone)} ({user.zone})",
        "address": line(address, 64) or NOWHERE,
        "way": link(settings, "forgot") if resetletter.possible(settings) else "",
    }
    return told(settings, KIND, subject, values)


def telling(
    store: Store, user: User, what: str, by: str, address: str, now: datetime, emails: Sequence[str] = ()
) -> Also:
    """Queues that letter, in the transaction of the change, to the address of the user and to `emails` more;
    without a mail server nothing.
    """

    def work(session: ClientSession) -> None:
        if store.settings.mail_host:
            found = changed_letter(store.settings, user, what, by, address, now)
            key = f"{KIND} {what} {user.id} {now.isoformat()}"
            for letter in addressed(store, key, found, [user.email, *emails], now):
                outbox.put(store, session, letter, now)

    return work
