"""Messages to what Apprise knows (Slack, Telegram, ntfy, Matrix, a telephone ...), where it is installed: it
comes with the optional extra `messages`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from alerts.courier import MailProblem
from store.sentence import Sentence, mark

MISSING = mark("This address needs Apprise, which is not installed here: pip install 'cdr-stats[messages]'.")
UNKNOWN = mark("This is no address of http or https, and none that Apprise knows, such as ntfy://host/topic.")


def problem(url: str) -> str:
    """What is wrong with the address of a message, in a sentence; '' when there is nothing."""
    if find_spec("apprise") is None:
        return MISSING
    return "" if _apprise().instantiate(url, suppress_exceptions=True) else UNKNOWN


def send(url: str, title: str, text: str) -> None:
    """Send a message. Raises MailProblem: with a code from 500 on where waiting does not help."""
    if wrong := problem(url):
        raise MailProblem(wrong, 599)
    service = _apprise()
    service.add(url)
    if not service.notify(title=title, body=text):
        told = Sentence("The message by {kind} was not taken; it is tried again.", kind=url.partition(":")[0])
        raise MailProblem(told, 400)


def _apprise() -> Any:
    # loaded when it is needed: it takes a moment, and may not be there
    return import_module("apprise").Apprise()
