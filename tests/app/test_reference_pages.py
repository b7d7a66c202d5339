"""The pages to look things up: causes, countries, settings and about; their figures against the calls."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import words
from app.pages import about, causes, countries, settings
from app.pages.book import containing
from app.viewer import EVERYBODY, NOBODY, Viewer
from assets.files import news
from store import cause_notes
from store.batch import prepare
from store.cause_notes import Note
from store.causes import table
from store.database import Store
from store.effective import effective
from store.ledger import commit
from store.numbers import Numbering
from store.record import CDR
from store.settings import FILE, load
from tests.cast import ALICE, BOB, call

TODAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
OWN = "SWITCH_SAYS_NO"
"""A cause that only one switch knows."""
CALLS = (
    call("a1", TODAY - timedelta(hours=2), 70, 60, account=ALICE),
    call("a2", TODAY - timedelta(days=3), 70, 60, account=ALICE, country="DE"),
    call("a3", TODAY - timedelta(days=29), 5, account=ALICE, country="DE", cause="USER_BUSY"),
    call("b1", TODAY - timedelta(days=1), 0, account=BOB, country="CI", cause=OWN),
    # longer ago than these pages count
    call("b2", TODAY - timedelta(days=40), 9, account=BOB, country="CI", cause="USER_BUSY"),
)
LOOKING = [
    # everybody's calls
    (EVERYBODY, CALLS[:4]),
    # Alice's own
    (Viewer("Alice", (ALICE,)), CALLS[:3]),
    # who is not logged in sees none, and no cause that only another's switch knows
    (NOBODY, ()),
]


@pytest.fixture
def peopled(store: Store) -> Store:
    """A store with these calls."""
    commit(store, prepare(CALLS))
    return store


@pytest.mark.parametrize(("viewer", "seen"), LOOKING)
def test_causes_and_countries_count_the_viewers_own_calls_of_thirty_days(
    peopled: Store, viewer: Viewer, seen: tuple[CDR, ...]
) -> None:
    by_cause = {one.cause.name: one.calls for one in causes.ask(peopled, viewer)}
    assert {name: calls for name, calls in by_cause.items() if calls} == Counter(one.cause for one in seen)
    assert set(table()) <= set(by_cause)
    assert (OWN in by_cause) == (BOB in {one.account for one in seen})
    by_country = {land.code: land.calls for land in countries.ask(peopled, viewer)}
    assert {code: calls for code, calls in by_country.items() if calls} == Counter(
        one.country for one in seen
    )
    assert set(by_country) == set(words.countries())


def test_a_cause_is_told_as_it_is_described_here_to_who_may_know_of_it(peopled: Store) -> None:
    cause_notes.keep(peopled, Note(OWN, "The lines are full."))
    cause_notes.keep(peopled, Note("UNHEARD_OF", "No call had it yet."))
    everybody = {one.cause.name: one.cause.description for one in causes.ask(peopled, EVERYBODY)}
    assert (everybody[OWN], everybody["UNHEARD_OF"]) == ("The lines are full.", "No call had it yet.")
    bob = {one.cause.name: one.cause.description for one in causes.ask(peopled, Viewer("Bob", (BOB,)))}
    assert bob[OWN] == "The lines are full."
    assert "UNHEARD_OF" not in bob
    alice = {one.cause.name for one in causes.ask(peopled, Viewer("Alice", (ALICE,)))}
    assert not alice & {OWN, "UNHEARD_OF"}


SEARCHED = [
    # by a part of the name
    ("busy", "USER_BUSY"),
    # by its code
    ("34", "NORMAL_CIRCUIT_CONGESTION"),
    # by what it means, every word of it
    ("assigned anybody", "UNALLOCATED_NUMBER"),
    # a pattern is a text
    (".*", ""),
]


@pytest.mark.parametrize(("text", "name"), SEARCHED)
def test_a_cause_is_found_by_name_code_and_meaning(text: str, name: str) -> None:
    lines = causes.entries([causes.Reason(cause, 0, None) for cause in table().values()])
    found = [one.key for one in containing(text, lines)]
    assert name in found if name else not found


NUMBERS = [
    # a whole number
    ("+44 20 7946 0000", ["GB"]),
    # as it is dialled from abroad
    ("0033 1 40", ["FR"]),
    # a calling code that several countries share
    ("+1 876", ["JM"]),
    # a number of nowhere
    ("+999", ["ZZ"]),
    # by name, and by code
    ("germ", ["DE"]),
    ("ci", ["CI"]),
]


@pytest.mark.parametrize(("text", "codes"), NUMBERS)
def test_a_country_is_found_by_a_number_by_name_and_by_code(text: str, codes: list[str]) -> None:
    lines = countries.entries([countries.Land(code, (), 0) for code in words.countries()])
    assert set(codes) <= {one.key for one in countries.found(text, lines)}


DIALLED = [
    # a national number is one of the switch's own country
    ("01 40 20 50 50", "At paris this is +33140205050, France."),
    # its international prefix
    ("0044 20 7946 0000", "At paris this is +442079460000, United Kingdom."),
    # an extension
    ("204", "At paris 204 is an internal number."),
]


@pytest.mark.parametrize(("text", "told"), DIALLED)
def test_a_number_is_read_as_a_switch_dials_it(text: str, told: str) -> None:
    where = countries.whose(text, Numbering(local_country="FR", internal_max_digits=4))
    assert where
    assert countries.reading(where, "paris") == told


def test_the_prefix_of_a_number_is_told() -> None:
    where = countries.whose("+353 1 234")
    assert where
    assert countries.reading(where) == "+353 begins numbers of Ireland alone."
    assert countries.whose("France") is None


def test_the_size_of_the_data_is_told_to_admins_alone(peopled: Store) -> None:
    assert (about.ask(peopled, EVERYBODY).size or 0) > 0
    staff = EVERYBODY._replace(rights=frozenset({"alarms", "sources"}))
    for viewer in (staff, Viewer("Alice", (ALICE,)), NOBODY):
        assert about.ask(peopled, viewer).size is None


def test_a_setting_says_its_value_and_what_decides_it_and_never_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    Path(FILE).write_text(
        'zone = "Europe/Paris"\nmail_password = "hunter22"\n[switches.paris]\nlocal_country = "FR"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("CDR_STATS_QUERY_SECONDS", "7")
    monkeypatch.setenv("CDR_STATS_MONGO_URI", "mongodb://ada:hunter33@localhost/")
    found = {one.name: one for one in effective(load(port=7000))}
    told = {name: (found[name].value, found[name].origin) for name in ("zone", "query_seconds", "port")}
    assert told == {
        "zone": ("Europe/Paris", "file"),
        "query_seconds": ("7.0", "variable"),
        "port": ("7000", "given"),
    }
    assert (found["database"].value, found["database"].origin) == ("cdr_stats", "default")
    assert (found["switches.paris.local_country"].value, found["switches.paris.local_country"].origin) == (
        "FR",
        "file",
    )
    assert found["switches.paris.trunk_prefix"].origin == "default"
    assert found["switches.paris.zone"].variable == "CDR_STATS_SWITCHES__PARIS__ZONE".replace(
        "PARIS", "paris"
    )
    secrets = {
        name: (found[name].value, found[name].told, found[name].origin)
        for name in ("mail_password", "mongo_uri")
    }
    assert secrets == {"mail_password": ("", True, "file"), "mongo_uri": ("", True, "variable")}
    lines = settings.entries(list(found.values()))
    assert "hunter" not in str(lines)


def test_what_is_new_is_told_without_markup_of_its_own() -> None:
    shown = about.listed("# Changes\n\n- A `<b>` & more.\n")
    assert shown == "<li>A <code>&lt;b&gt;</code> &amp; more.</li>"
    assert about.listed(news()).count("<li>") > 10
