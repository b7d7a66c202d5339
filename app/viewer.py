"""Who looks, and what they may see; asked again inside every page and before every query."""

from typing import NamedTuple


class Viewer(NamedTuple):
    """A person: `accounts` are the only ones they may see, None is all of them."""

    name: str
    accounts: tuple[str, ...] | None

    @property
    def admin(self) -> bool:
        """Whether they may see and change how the program runs: sources, tasks. So may who sees all calls,
        as long as there are no logins.
        """
        return self.accounts is None


def who() -> Viewer:
    """The person of the current session. Without logins everybody sees everything, which is why the server
    listens on 127.0.0.1 unless told otherwise.
    """
    return Viewer("", None)
