"""The letter of a forgotten password: its link lets whoever bears it choose another one, once."""

from datetime import datetime

from alerts import speech
from alerts.letters import Told, line, link, told
from store import tokens
from store.people import User
from store.settings import Settings

PAGE = "reset"


def possible(settings: Settings) -> bool:
    """Whether such a letter can be sent: there is a mail server, and an address for the link."""
    return bool(settings.mail_host and settings.public_url)


def reset_letter(settings: Settings, user: User, token: str, address: str, now: datetime) -> Told:
    """The letter with the link of a token that was made `now` (aware UTC), for whom was asked from an
    address; times are in the user's zone.
    """
    values = {
        "name": user.name,
        "address": line(address, 64),
        "way": link(settings, PAGE, {"token": token}),
        "until": f"{speech.moment(now + tokens.LASTS, user.zone)} ({user.zone})",
    }
    return told(settings, PAGE, "Choose another password", values)
