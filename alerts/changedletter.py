"""The letter about what a user logs in with, when it was changed: what, by whom, when and from where. It
bears no secret, and goes also to the address that was taken off.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from alerts import resetletter, speech
from alerts.letters import Told, line, link, told
from alerts.tell import addressed
from store import api_keys, outbox
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
    "key": (
        "An API key was made for you",
        "A program may ask as the user {name} by a new API key, which the page Account shows and ends.",
    ),
}
"""What was changed -> the subject, and the sentence."""
GOING_ON = "API keys that go on to work: {n}. The page Account shows and ends them."
"""What is said of another password besides, where there are some."""
NOWHERE = "this machine"
"""Where the command line is."""


def changed_letter(
    settings: Settings, user: User, what: str, by: str, address: str, now: datetime, keys: int = 0
) -> Told:
    """The letter of one of CHANGES, which somebody of this name has done `now` (aware UTC) from an address;
    times are in the user's zone. `keys` is how many API keys work, of which one of a password tells.
    """
    subject, sentence = CHANGES[what]
    values = {
        "name": user.name,
        "title": subject,
        "sentence": sentence.format(name=user.name),
        "more": GOING_ON.format(n=keys) if what == "password" and keys else "",
        "by": line(by, 150),
        "when": f"{speech.moment(now, user.zone)} ({user.zone})",
        "address": line(address, 64) or NOWHERE,
        "way": link(settings, "forgot") if resetletter.possible(settings) else "",
    }
    return told(settings, KIND, subject, values)


def telling(
    store: Store, user: User, what: str, by: str, address: str, now: datetime, emails: Sequence[str] = ()
) -> Callable[[ClientSession | None], None]:
    """Queues that letter, in the transaction of the change, to the address of the user and to `emails` more;
    without a mail server nothing.
    """

    def work(session: ClientSession | None) -> None:
        if store.settings.mail_host:
            keys = sum(key.expires > now for key in api_keys.of_users(store, [user.id]))
            found = changed_letter(store.settings, user, what, by, address, now, keys)
            key = f"{KIND} {what} {user.id} {now.isoformat()}"
            for letter in addressed(store, key, found, [user.email, *emails], now):
                outbox.put(store, session, letter, now)

    return work
