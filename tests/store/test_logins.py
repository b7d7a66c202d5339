"""The way in: as many tries as are allowed and not one more, whether or not there is such a name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from store import credentials, logins, totp, users
from store.database import Store, open_store
from store.logins import ADDRESS_PAUSES, NAME_PAUSES, CodeNeeded, Refused, TooMany, begin, enter
from store.people import User
from store.settings import Settings
from tests.people import NOW, PASSWORD, WEAK, invited
from tests.store.test_passwords import Counting
from tests.store.test_totp import shown

HOME, AWAY = "192.0.2.7", "198.51.100.9"


def let_in(
    store: Store, name: str = "Alice", password: str = PASSWORD, address: str = HOME,
    now: datetime = NOW, code: str = "",
) -> User:  # fmt: skip
    """Whom name and password let in."""
    return enter(store, name, password, address, now, code, WEAK)


def refused(store: Store, name: str, password: str, address: str = HOME, now: datetime = NOW) -> str:
    """The sentence by which they are refused."""
    with pytest.raises(Refused) as found:
        let_in(store, name, password, address, now)
    return str(found.value)


def test_the_right_password_lets_in_whatever_the_case_of_the_name(store: Store) -> None:
    held = invited(store, "Alice")
    assert let_in(store) == let_in(store, " aLICE") == held


def test_who_is_let_in_elsewhere_gets_in_by_no_password_even_where_there_is_one(store: Store) -> None:
    invited(store, "Alice", subject="https://id.example 7")
    with pytest.raises(Refused):
        enter(store, "Alice", PASSWORD, "192.0.2.1", NOW, hasher=WEAK)


def test_a_refusal_does_not_tell_who_there_is(store: Store) -> None:
    invited(store, "Alice")
    users.disable(store, invited(store, "Bob").id)
    users.add(store, User(name="Charlie"), NOW)
    refusals = {
        # a wrong password, nobody's, that of who is disabled, and of who never had one
        refused(store, "Alice", "wrong"),
        refused(store, "Mallory", PASSWORD),
        refused(store, "Bob", PASSWORD),
        refused(store, "Charlie", PASSWORD),
    }
    assert refusals == {"The name or the password is wrong."}


@pytest.mark.parametrize("name", ["Alice", "Mallory", "Bob"])
def test_each_refusal_costs_one_hash(store: Store, name: str) -> None:
    invited(store, "Alice")
    users.disable(store, invited(store, "Bob").id)
    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.raises(Refused):
        enter(store, name, "wrong", HOME, NOW, "", counting)
    assert counting.hashes == 1


@pytest.mark.parametrize("name", ["Alice", "Mallory", "{'$gt': ''}", "x" * 100_000, "\ud800", ""])
def test_pauses_grow_by_the_name_from_whichever_address(store: Store, name: str) -> None:
    invited(store, "Alice")
    now = NOW
    for n, pause in enumerate((*NAME_PAUSES, NAME_PAUSES[-1])):
        assert refused(store, name, "wrong", f"192.0.2.{n}", now) == "The name or the password is wrong."
        if pause:
            last = now + timedelta(seconds=pause - 1)
            sentence = refused(store, name, "wrong", f"192.0.3.{n}", last)
            assert sentence == "Too many tries; wait 1 second, then try again."
        now += timedelta(seconds=pause)


def test_in_a_pause_the_right_password_waits_as_well(store: Store) -> None:
    invited(store, "Alice")
    for _ in range(5):
        refused(store, "Alice", "wrong")
    assert refused(store, "Alice", PASSWORD) == "Too many tries; wait 5 seconds, then try again."
    # and not a second longer, however often it was tried meanwhile
    after = NOW + timedelta(seconds=5)
    assert let_in(store, now=after).name == "Alice"
    # who is in begins anew
    for _ in range(5):
        assert refused(store, "Alice", "wrong", AWAY, after).startswith("The name")


def test_an_address_that_tries_many_names_waits(store: Store) -> None:
    for n in range(21):
        assert refused(store, f"user{n}", "wrong").startswith("The name")
    assert refused(store, "user99", "wrong").startswith("Too many tries")
    # that did not count against the name, nor against other addresses
    assert refused(store, "user99", "wrong", AWAY).startswith("The name")


ADDRESSES = [
    # IPv6 is counted by the network of a customer
    ("2001:db8::1", "2001:db8::ffff:1", True),
    ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ("fe80::1%eth0", "fe80::2", True),
    # IPv4 as it is, in either dress
    ("192.0.2.7", "::ffff:192.0.2.7", True),
    ("192.0.2.7", "192.0.2.8", False),
    # what is no address is counted, too
    ("unknown", "unknown", True),
]


@pytest.mark.parametrize(("one", "other", "same"), ADDRESSES)
def test_addresses_of_one_customer_are_one(store: Store, one: str, other: str, same: bool) -> None:
    for n in range(21):
        begin(store, f"user{n}", one, NOW)
    if same:
        with pytest.raises(TooMany):
            begin(store, "user99", other, NOW)
    else:
        begin(store, "user99", other, NOW)


def test_a_password_of_ones_own_buys_no_tries_for_others(store: Store) -> None:
    invited(store, "Alice")
    for n in range(20):
        refused(store, f"user{n}", "wrong")
    # in the pause of an address nobody comes in; after it the tries of others are not forgotten
    refused(store, "user20", "wrong")
    later = NOW + timedelta(seconds=2)
    assert let_in(store, now=later).name == "Alice"
    refused(store, "user21", "wrong", now=later)
    assert refused(store, "user22", "wrong", now=later).startswith("Too many tries; wait 5 seconds")


def test_whoever_comes_in_ends_no_pause_of_others(store: Store) -> None:
    for n in range(20):
        begin(store, f"user{n}", HOME, NOW)
    slow = begin(store, "Alice", HOME, NOW)
    later = NOW + timedelta(seconds=2)
    begin(store, "user99", HOME, later)
    logins.succeeded(store, slow, later)
    with pytest.raises(TooMany, match="wait 5 seconds"):
        begin(store, "user99", HOME, later)


def test_a_stranger_who_guesses_keeps_nobody_out_of_their_office(store: Store) -> None:
    invited(store, "Alice")
    let_in(store)
    for _ in range(5):
        refused(store, "Alice", "wrong", AWAY)
    assert refused(store, "Alice", PASSWORD, AWAY).startswith("Too many tries")
    assert let_in(store).name == "Alice"
    # which does not let the stranger try again
    assert refused(store, "Alice", PASSWORD, AWAY).startswith("Too many tries")
    # and guesses from the office have to wait, too
    for _ in range(5):
        refused(store, "Alice", "wrong")
    assert refused(store, "Alice", PASSWORD).startswith("Too many tries")


def test_whoever_asks_for_links_may_still_log_in(store: Store) -> None:
    invited(store, "Alice")
    for _ in range(5):
        begin(store, "Alice", HOME, NOW, door="reset")
    with pytest.raises(TooMany, match="Too many tries; wait 5 seconds, then try again"):
        begin(store, "Alice", AWAY, NOW, door="reset")
    assert let_in(store).name == "Alice"


def test_tries_are_forgotten_after_a_day(store: Store) -> None:
    for _ in range(5):
        refused(store, "Alice", "wrong")
    later = NOW + timedelta(days=1, seconds=5)
    for _ in range(5):
        assert refused(store, "Alice", "wrong", now=later).startswith("The name")


RACES = [
    # of a name that was never tried, as many as are free, and the one that begins the pause
    (0, 1 + NAME_PAUSES.count(0)),
    # of one that has one free try left
    (NAME_PAUSES.count(0), 1),
    # of one in a pause
    (NAME_PAUSES.count(0) + 1, 0),
]


@pytest.mark.parametrize(("before", "pass_"), RACES)
def test_of_many_who_try_at_once_as_many_pass_as_may(
    settings: Settings, store: Store, before: int, pass_: int
) -> None:
    for n in range(before):
        begin(store, "Alice", f"192.0.2.{n}", NOW)
    meet = Barrier(16)

    def guess(n: int) -> bool:
        meet.wait()
        try:
            begin(store if n % 2 else other, "Alice", f"198.51.100.{n}", NOW)
        except TooMany:
            return False
        return True

    with open_store(settings) as other, ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(guess, range(16))) == pass_


def test_a_code_is_asked_for_once_the_password_is_right(store: Store) -> None:
    held = invited(store, "Alice")
    begun = totp.begin(store, held.id, held.name)
    assert credentials.protect(store, held.id, shown(begun.secret, NOW), NOW)
    later = NOW + timedelta(minutes=1)
    # to ask is no guess, however often
    for _ in range(3 * len(NAME_PAUSES)):
        with pytest.raises(CodeNeeded, match="Type the code that your authenticator shows now"):
            let_in(store, now=later)
    assert refused(store, "Alice", "wrong", now=later) == "The name or the password is wrong."
    with pytest.raises(Refused, match="This code is wrong or was used before"):
        let_in(store, now=later, code="000 000")
    assert let_in(store, now=later, code=shown(begun.secret, later)).id == held.id
    with pytest.raises(Refused, match="This code is wrong or was used before"):
        let_in(store, now=later, code=shown(begun.secret, later))


def test_codes_are_not_guessed_by_asking_between(store: Store) -> None:
    held = invited(store, "Alice")
    begun = totp.begin(store, held.id, held.name)
    assert credentials.protect(store, held.id, shown(begun.secret, NOW), NOW)
    tried = 0
    for _ in range(20):
        try:
            let_in(store, code="000000")
        except TooMany:
            break
        except Refused:
            tried += 1
        with pytest.raises(Refused):
            let_in(store)
    assert tried == 1 + NAME_PAUSES.count(0)


def test_what_is_typed_in_place_of_a_name_is_not_kept(store: Store) -> None:
    refused(store, PASSWORD, "")
    assert PASSWORD.casefold() not in repr(list(store.db[logins.NAME].find())).casefold()


WAITS = [(1, "1 second"), (5, "5 seconds"), (119, "119 seconds"), (120, "2 minutes"), (841, "15 minutes")]


@pytest.mark.parametrize(("seconds", "words"), WAITS)
def test_a_wait_is_told_in_words(seconds: int, words: str) -> None:
    assert logins.waiting(seconds) == f"Too many tries; wait {words}, then try again."


def test_pauses_never_get_shorter() -> None:
    for pauses in (NAME_PAUSES, ADDRESS_PAUSES):
        assert list(pauses) == sorted(pauses)
