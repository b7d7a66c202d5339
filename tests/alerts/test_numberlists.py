"""Every call that comes in is judged by the black and white lists, once."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.arrived import look
from alerts.numberlists import Lists
from alerts.tell import tell
from store import arrivals, list_hits, lists, outbox, users
from store.batch import prepare
from store.connection import transaction
from store.database import Store
from store.ledger import commit
from store.list_hits import Hit
from store.lists import Entry
from store.people import User
from tests.cast import at, call

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REMOVE = ("00", "+", "000")


def entry(kind: str, prefix: str = "", country: str = "", tenant: str = "") -> Entry:
    return Entry("", tenant, kind, prefix, country, f"{kind} {prefix or country}", "Ada", NOW)


MET = [
    # no list knows it
    ([entry("black", "33")], "4420", "GB", "1000", None),
    # it begins as an entry does
    ([entry("black", "33")], "33612345678", "FR", "1000", "black 33"),
    # what the switch puts before it is taken off
    ([entry("black", "33")], "+33612345678", "FR", "1000", "black 33"),
    # once, the longest that fits: 000 is not 00 and then a 0
    ([entry("black", "33")], "00033612345678", "FR", "1000", "black 33"),
    # the longest prefix wins, here to let it pass
    ([entry("black", "33"), entry("white", "336")], "33612345678", "FR", "1000", "white 336"),
    # and here to stop it
    ([entry("white", "33"), entry("black", "3389")], "3389123456", "FR", "1000", "black 3389"),
    # equally long ones: white wins
    ([entry("black", "33"), entry("white", "33")], "33612345678", "FR", "1000", "white 33"),
    # the account's own before everybody's
    ([entry("white", "33"), entry("black", "33", tenant="1000")], "336", "FR", "1000", "black 33"),
    # another account's is nothing to it
    ([entry("black", "33", tenant="2000")], "336", "FR", "1000", None),
    # a whole country, however its numbers begin
    ([entry("black", country="CA")], "+15145550123", "CA", "1000", "black CA"),
    # a prefix says more than its country
    ([entry("black", country="CA"), entry("white", "1514")], "+15145550123", "CA", "1000", "white 1514"),
    # a number that is none
    ([entry("black", "33")], "", "ZZ", "", None),
]


@pytest.mark.parametrize(("entries", "number", "country", "account", "words"), MET)
def test_the_entry_that_says_most_of_a_number_decides(
    entries: list[Entry], number: str, country: str, account: str, words: str | None
) -> None:
    for order in (entries, entries[::-1]):
        found = Lists(order, REMOVE).met(number, country, account)
        assert (found and found.words) == words


def test_an_entry_is_kept_once_and_removed_by_its_tenant_alone(store: Store) -> None:
    assert lists.add(store, entry("black", "33", tenant="1000"))
    assert not lists.add(store, entry("black", "33", tenant="1000"))
    (kept,) = lists.entries(store, "black", ("1000", ""))
    assert lists.entries(store, "black", ("2000",)) == []
    assert not lists.remove(store, kept.id, "2000")
    assert not lists.remove(store, "no id")
    assert lists.remove(store, kept.id, "1000")
    assert lists.entries(store) == []


def test_what_is_taken_off_numbers_is_the_usual_until_it_is_said(store: Store) -> None:
    assert lists.remove_prefixes(store) == ("011", "00", "+")
    lists.set_remove_prefixes(store, ("9", "0033"))
    lists.set_remove_prefixes(store, ("9", "99"))
    assert lists.remove_prefixes(store) == ("99", "9")


def test_each_call_that_comes_in_is_judged_once(store: Store) -> None:
    lists.add(store, entry("black", "33"))
    lists.add(store, entry("white", "33612"))
    stopped = call("stopped", at(0), 60, 30, destination="+33699999999", account="1000")
    passed = call("passed", at(1), 60, 30, destination="+33612345678")
    commit(store, prepare([stopped, passed]))
    assert look(store, NOW) == {"arrivals": 1, "hits": 1, "findings": 0}
    (hit,) = list_hits.latest(store)
    assert (hit.destination, hit.account, hit.prefix, hit.seconds) == ("+33699999999", "1000", "33", 30)
    assert list_hits.of_call(store, hit.call) == hit
    # nothing new, nothing to judge; a call that comes again adds no mark
    assert look(store, NOW) == {}
    commit(store, prepare([stopped, passed]))
    assert look(store, NOW) == {}
    assert list_hits.latest(store, accounts=("2000",)) == []


def test_a_batch_whose_judging_was_killed_is_judged_again_to_the_same(store: Store) -> None:
    lists.add(store, entry("black", "33"))
    commit(store, prepare([call("stopped", at(0), 60, 30, destination="33699")]))
    (waiting,) = store.db[arrivals.NAME].find()
    look(store, NOW)
    store.db[arrivals.NAME].insert_one(waiting)
    assert look(store, NOW + timedelta(hours=1)) == {"arrivals": 1, "hits": 1, "findings": 0}
    assert len(list_hits.latest(store)) == 1


SPELLINGS = [
    # as it goes round the world
    "+33899123456",
    # as at home
    "0899123456",
    # as SIP has it
    "sip:+33899123456@example.org",
    # as people write it
    "+33 899 12 34 56",
    # behind digits that choose a trunk
    "1234#0033899123456",
]


@pytest.mark.parametrize("dialled", SPELLINGS)
def test_however_a_number_is_dialled_it_is_stopped(store: Store, dialled: str) -> None:
    lists.add(store, entry("black", "33899"))
    commit(store, prepare([call("a", at(0), 60, 30, destination=dialled, number="33899123456")]))
    assert look(store, NOW)["hits"] == 1


def test_a_call_within_the_switch_is_never_stopped(store: Store) -> None:
    lists.add(store, entry("black", "2"))
    commit(store, prepare([call("a", at(0), 60, 30, destination="201", number="201", country="internal")]))
    assert look(store, NOW) == {"arrivals": 1, "hits": 0, "findings": 0}


def test_what_came_before_an_entry_is_not_stopped_by_it(store: Store) -> None:
    lists.add(store, entry("black", "44"))
    commit(store, prepare([call("before", at(5), 60, 30, destination="33699")]))
    look(store, NOW)
    lists.add(store, entry("black", "33"))
    commit(store, prepare([call("a", at(4), 1, destination="33698"), call("b", at(6), 1, destination="1")]))
    assert look(store, NOW) == {"arrivals": 1, "hits": 1, "findings": 0}
    assert [hit.destination for hit in list_hits.latest(store)] == ["33698"]


def test_of_batches_in_any_order_just_what_arrived_is_judged(store: Store) -> None:
    lists.add(store, entry("black", "33"))
    made = [
        call(f"{n}", at(n * 7919 % 4000), 60, 30, destination=f"{'33' if n % 3 else '44'}{n}")
        for n in range(300)
    ]
    for part in (made[:100], made[100:150], made[150:]):
        commit(store, prepare(part))
    assert look(store, NOW) == {"arrivals": 3, "hits": 200, "findings": 0}
    found = {hit.destination for hit in list_hits.latest(store, limit=1_000)}
    assert found == {one.destination for one in made if one.destination.startswith("33")}


def test_a_letter_of_listed_calls_has_those_of_its_reader_s_switches_alone(store: Store) -> None:
    for name, switches in (("Bob", ()), ("Bea", ("paris",)), ("Ben", ("lyon",))):
        email = f"{name.lower()}@example.org"
        users.add(store, User(name=name, accounts=("2000",), switches=switches, email=email), NOW)
    hits = [
        Hit(place, "2000", "e", "33", "why", NOW, place, "2000", "201", f"+33-{place}", "FR", 20.0)
        for place in ("paris", "nice")
    ]
    transaction(store.client, lambda session: list_hits.put(store, session, hits, NOW))
    tell(store, NOW)
    told = {one["to"]: one["message"] for one in store.db[outbox.NAME].find()}
    seen = {to: [hit.switch for hit in hits if f"+33-{hit.switch}".encode() in m] for to, m in told.items()}
    assert seen == {"bob@example.org": ["paris", "nice"], "bea@example.org": ["paris"]}


def test_a_list_is_told_in_one_digest_and_not_again_for_ten_minutes(store: Store) -> None:
    lists.add(store, entry("black", "33"))
    lists.add(store, entry("black", "44", tenant="2000"))
    numbers = ("33699", "33698", "4420")
    commit(
        store,
        prepare(
            [
                call(f"{n}", at(n), 60, 30, destination=number, account="2000")
                for n, number in enumerate(numbers)
            ]
        ),
    )
    look(store, NOW)
    everybody, bob = list_hits.untold(store, NOW)
    assert (everybody.tenant, [hit.destination for hit in everybody.hits]) == ("", ["33699", "33698"])
    assert (bob.tenant, bob.calls) == ("2000", 1)
    # what comes while a digest is written is in the next one
    commit(store, prepare([call("meanwhile", at(8), 60, 30, destination="33696")]))
    look(store, NOW)
    assert transaction(store.client, lambda session: list_hits.told(store, session, everybody, NOW))
    assert not transaction(store.client, lambda session: list_hits.told(store, session, everybody, NOW))
    commit(store, prepare([call("late", at(9), 60, 30, destination="33697")]))
    look(store, NOW)
    assert [one.tenant for one in list_hits.untold(store, NOW + timedelta(minutes=9))] == ["2000"]
    everybody, bob = list_hits.untold(store, NOW + timedelta(minutes=10))
    assert [hit.destination for hit in everybody.hits] == ["33696", "33697"]
