"""Every call that comes in is judged by the black and white lists, once."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.numberlists import Lists, look
from store import arrivals, list_hits, lists
from store.batch import prepare
from store.connection import transaction
from store.database import Store
from store.ledger import commit
from store.lists import Entry
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
    assert look(store, NOW) == {"arrivals": 1, "hits": 1}
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
    waiting = arrivals.waiting(store)
    look(store, NOW)
    store.db[arrivals.NAME].insert_one(
        {"_id": waiting[0].id, "spans": [list(span) for span in waiting[0].spans]}
    )
    assert look(store, NOW + timedelta(hours=1)) == {"arrivals": 1, "hits": 1}
    assert len(list_hits.latest(store)) == 1


def test_a_late_call_is_judged_without_all_that_lies_between(store: Store) -> None:
    starts = [NOW - timedelta(days=300), NOW - timedelta(minutes=9), NOW]
    commit(store, prepare([call(f"{n}", start, 1) for n, start in enumerate(starts)]))
    (found,) = arrivals.waiting(store)
    assert [since for since, _ in found.spans] == [starts[0], starts[1]]
    assert found.spans[1][1] - NOW == timedelta(milliseconds=1)


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
