"""The proofs: which months were held against their records, and how many batches they had taken by then, so
that what came late is proved anew.
"""

from datetime import datetime
from typing import NamedTuple

from store.database import Store

NAME = "proofs"


class Proof(NamedTuple):
    """A UTC month (`202611`) that was proved at a moment (aware UTC) with so many batches."""

    month: str
    at: datetime
    batches: int


def note(store: Store, proof: Proof, mended: int) -> None:
    """Keep that a month was proved; so many differences were mended."""
    told = {"at": proof.at, "batches": proof.batches, "mended": mended}
    store.db[NAME].replace_one({"_id": proof.month}, told, upsert=True)


def everything(store: Store) -> dict[str, Proof]:
    """The proof of each month that has one."""
    return {one["_id"]: Proof(one["_id"], one["at"], one["batches"]) for one in store.db[NAME].find()}
