"""Who reads a letter, and through which privacy lens."""

from collections.abc import Sequence

from store import lens, users
from store.database import Store
from store.lens import Lens
from store.people import ROLES


def by_lens(store: Store, emails: Sequence[str]) -> list[tuple[Lens | None, list[str]]]:
    """The addresses, with those together that see numbers alike (None: whole).

    The address of a user sees what the user sees; of several users, what the one sees who sees least.
    `mail_admins` are named by the settings, as the lenses are, and see whole numbers. Any other address is
    one that somebody typed on a page: it sees no more than the strictest of the roles.
    """
    found: dict[Lens | None, list[str]] = {}
    for email in emails:
        found.setdefault(_of(store, email), []).append(email)
    return list(found.items())


def _of(store: Store, email: str) -> Lens | None:
    roles = {user.role for user in users.by_email(store, email)}
    if not roles and email in store.settings.mail_admins:
        return None
    lenses = [found for role in roles or ROLES if (found := lens.of(store.settings, role))]
    return min(lenses, key=lambda one: one.digits, default=None)
