"""What an installation chose of the fraud rules: whether one is on, its limit, and other limits of some
accounts. A rule that nobody touched is as it ships.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from store.database import Document, Store
from store.errors import CdrStatsError
from store.sentence import Sentence

NAME = "fraud_rules"


class Choice(NamedTuple):
    """A rule as it was chosen: whether it looks, its limit (None: as it ships), and the limits of accounts
    that have their own. `version` grows with every change; 0: never chosen.
    """

    rule: str
    active: bool = True
    limit: float | None = None
    own: Mapping[str, float] = MappingProxyType({})
    version: int = 0

    def of(self, account: str, shipped: float) -> float:
        """The limit for an account."""
        return self.own.get(account, shipped if self.limit is None else self.limit)


def everything(store: Store) -> dict[str, Choice]:
    """What was chosen, by rule; rules as they ship are missing."""
    return {one["_id"]: _choice(one) for one in store.db[NAME].find()}


def choose(store: Store, choice: Choice) -> None:
    """Keep a choice for the calls that come in from now on.

    Raises CdrStatsError when somebody else chose since it was read.
    """
    # accounts are any text, which may not name a field
    own = sorted([account, limit] for account, limit in choice.own.items())
    told = {"active": choice.active, "limit": choice.limit, "own": own, "version": choice.version + 1}
    if choice.version == 0:
        done = store.db[NAME].update_one({"_id": choice.rule}, {"$setOnInsert": told}, upsert=True)
        kept = done.upserted_id is not None
    else:
        lookup = {"_id": choice.rule, "version": choice.version}
        kept = store.db[NAME].replace_one(lookup, told).matched_count == 1
    if not kept:
        raise CdrStatsError(
            Sentence(
                "The rule {name} was changed by somebody else meanwhile; look at it again.",
                name=repr(choice.rule),
            )
        )


def _choice(found: Document) -> Choice:
    own = MappingProxyType(dict(found["own"]))
    return Choice(found["_id"], found["active"], found["limit"], own, found["version"])
