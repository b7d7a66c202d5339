"""Switches' collections in MongoDB, read and never written: secondaries are preferred, and only finds are
sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from bson import ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from ingest.connector import PORTION, Field, Given, Look, SourceProblem
from ingest.window import page
from store.sentence import Sentence, mark

ADDRESS = Field("address", mark("Address with the database, such as mongodb://cdr@10.0.0.5/kamailio"))
PASSWORD = Field("password", mark("Its password"), "secret", "")
REACH_MS = 3_000
QUERY_MS = 60_000
LAST = 0xFFFF_FFFF
Document = dict[str, Any]


class Source:
    """A database of a switch. Raises SourceProblem, one sentence without the password."""

    def __init__(self, given: Given) -> None:
        address, password = str(given.options["address"]), str(given.options.get("password") or "")
        try:
            parsed = parse_uri(address)
        except (PyMongoError, ValueError):
            raise SourceProblem(
                Sentence("The address is none; it looks like {example}.", example=ADDRESS.words.split()[-1])
            ) from None
        if parsed["password"]:
            raise SourceProblem(Sentence("The address holds a password; give it by itself, as password."))
        if not parsed["database"]:
            raise SourceProblem(Sentence("The address names no database: put it behind the last slash."))
        login: dict[str, Any] = {"password": password} if password else {}
        self._where = ", ".join(f"{host}:{port}" if port else host for host, port in parsed["nodelist"])
        with self._said():
            self._client: MongoClient[Document] = MongoClient(
                address,
                tz_aware=True,
                tzinfo=UTC,
                serverSelectionTimeoutMS=REACH_MS,
                connectTimeoutMS=REACH_MS,
                socketTimeoutMS=QUERY_MS,
                uuidRepresentation="standard",
                appname="cdr-stats source",
                **login,
            )
        self._db = self._client.get_database(
            parsed["database"],
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            read_preference=ReadPreference.SECONDARY_PREFERRED,
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OperationFailure as error:
            said = error.details.get("errmsg", "it refuses") if error.details else "it refuses"
            raise SourceProblem(
                Sentence(
                    "The MongoDB at {where} answers: {said}.", where=self._where, said=str(said).rstrip(".")
                )
            ) from None
        except PyMongoError as error:
            said = str(error).partition(" (configured")[0].partition(", Timeout")[0][:300].rstrip(".")
            raise SourceProblem(
                Sentence("The MongoDB at {where} cannot be read: {said}.", where=self._where, said=said)
            ) from None

    def collection(self, name: str) -> Collection[Document]:
        """A collection, for finds only."""
        return self._db[name]

    def find(
        self, name: str, wanted: Mapping[str, Any], fields: Mapping[str, Any] | None = None
    ) -> list[Mapping[str, Any]]:
        """The documents of a collection that meet a condition, in the order of `_id`."""
        with self._said():
            return list(self._db[name].find(wanted, fields, sort=[("_id", 1)], max_time_ms=QUERY_MS))

    def each(
        self,
        name: str,
        ids: Sequence[ObjectId],
        kind: type[Document],
        fields: Mapping[str, Any] | None = None,
    ) -> Iterator[Document]:
        """The documents of these `_id`s in their order, one after the other, as a `kind` of dict; of each
        only some `fields` (a projection). What no text or time may be does not hold the others up.
        """
        codec = CodecOptions(
            document_class=kind,
            tz_aware=True,
            tzinfo=UTC,
            unicode_decode_error_handler="replace",
            datetime_conversion=DatetimeConversion.DATETIME_AUTO,
        )
        wanted = {"_id": {"$in": list(ids)}}
        with self._said():
            found = self._db.get_collection(name, codec_options=codec)
            yield from found.find(wanted, fields, sort=[("_id", 1)], max_time_ms=QUERY_MS)

    def page(
        self, name: str, floor: int | None, fields: Mapping[str, Any] | None = None
    ) -> tuple[list[tuple[int, Mapping[str, Any]]], bool]:
        """Documents from the second `floor` on (epoch, of an ObjectId), each with its second, and whether
        there are more; those of the last second all or none. Documents with another `_id` are left out. Only
        some `fields` (a projection) where they are named.
        """

        def ask(above: Any, strictly: bool) -> list[Any]:
            since = {"$type": "objectId"} if above is None else {"$gte": first_of(above + strictly)}
            with self._said():
                found = self._db[name].find({"_id": since}, fields, sort=[("_id", 1)], limit=PORTION + 1)
                return [(int(row["_id"].generation_time.timestamp()), row) for row in found]

        def same(second: Any) -> list[Any]:
            within = {"$gte": first_of(second), "$lt": first_of(second + 1)}
            return [(second, row) for row in self.find(name, {"_id": within}, fields)]

        rows, more = page(ask, same, floor, PORTION)
        return list(rows), more

    def look(self, name: str) -> Look:
        """How many documents a collection has, and when the newest was written."""
        with self._said():
            newest = self._db[name].find_one({"_id": {"$type": "objectId"}}, {"_id": 1}, sort=[("_id", -1)])
            count = self._db[name].estimated_document_count()
        return Look(count, newest["_id"].generation_time if newest else None)


def first_of(second: int) -> ObjectId:
    """The lowest ObjectId of a second since 1970, of which an ObjectId has four bytes."""
    return ObjectId(min(max(second, 0), LAST).to_bytes(4, "big") + bytes(8))
