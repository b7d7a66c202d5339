"""What somebody behind a privacy lens may, is offered and reads."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import address, words
from app.answers import Answers
from app.cache import Flights
from app.filter import CallFilter
from app.pages.plain import FRESH
from app.viewer import EVERYBODY, Viewer, of
from app.views.detail import detail
from app.views.form import Form
from app.views.fraud import about
from app.views.live_table import row_of
from app.views.search import Search
from app.views.view import Ask
from store import calls, lens, queries
from store.batch import prepare
from store.database import Store
from store.fraud_events import Event
from store.ledger import commit
from store.lens import Lens, LensError, Masked
from store.list_hits import Hit
from store.live import LiveCall
from store.people import User
from store.record import CDR, Leg, call_id
from store.scope import NumberMatch, Scope
from store.setting_tables import PrivacySettings
from store.settings import Settings
from tests.cast import at, call

FOUR = Lens(4, b"k" * 32)
CALLER, CALLED = "+3361728394556", "+8817092837465"
HIDDEN = ("728394", "092837")
UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made() -> CDR:
    """A call of two legs with numbers everywhere."""
    leg = Leg("1", at(0), None, at(1), 1, 0, False, CALLER, CALLED, "X", 0, f"SIP/{CALLER}", CALLED, "Dial")
    told = {"caller": CALLER, "destination": CALLED, "caller_name": CALLED, "channel": f"SIP/{CALLER}"}
    return call(f"{CALLER}-1", at(0), 60, 50, legs=(leg, leg), **told)


RIGHTS = ("alarms", "sources", "users", "see_all")
STAFF = User(name="Sam", role="staff", rights=RIGHTS, id="5")


@pytest.mark.parametrize(
    ("privacy", "user", "digits", "rights"),
    [
        # nothing is said: everything is as before
        (PrivacySettings(), STAFF, None, {"alarms", "sources", "users", "see_all", "own"}),
        (PrivacySettings(customer=4), STAFF, None, {"alarms", "sources", "users", "see_all", "own"}),
        # raw records are nothing for who sees numbers masked, nor users who see more
        (PrivacySettings(staff=3), STAFF, 3, {"alarms", "see_all", "own"}),
        (PrivacySettings(staff=3, customer=4), STAFF, 3, {"alarms", "see_all", "own"}),
        (PrivacySettings(staff=3, customer=3), STAFF, 3, {"alarms", "users", "see_all", "own"}),
        (PrivacySettings(customer=0), User(name="Al"), 0, {"own"}),
        # admins make whom they like
        (PrivacySettings(admin=2), User(name="Ada", role="admin"), 2,
         {"alarms", "users", "see_all", "own", "all"}),
    ],
)  # fmt: skip
def test_a_role_has_its_lens(
    settings: Settings, privacy: PrivacySettings, user: User, digits: int | None, rights: set[str]
) -> None:
    viewer = of(user, settings.model_copy(update={"privacy": privacy}))
    assert viewer.lens and viewer.lens.digits if digits else (viewer.lens is None) == (digits is None)
    assert viewer.rights == rights


def behind(seen: Lens | None = FOUR) -> Viewer:
    """Somebody who sees all calls, and four digits of their numbers."""
    return EVERYBODY.through(seen)


def test_a_scope_is_opened_before_the_query_and_once() -> None:
    sealed = str(FOUR.seal(CALLER))
    scope = Scope(at(0), at(9), caller=NumberMatch("begins", sealed))
    narrowed = behind().narrow(scope)
    assert narrowed.caller == NumberMatch("equals", CALLER)
    assert behind().narrow(narrowed) == narrowed
    with pytest.raises(LensError) as refused:
        behind().narrow(Scope(at(0), at(9), destination=NumberMatch("begins", "88")))
    assert refused.value.field == "destination"


def test_answers_are_shared_by_those_alone_who_see_alike(store: Store) -> None:
    commit(store, prepare([made()]))
    flights = Flights()
    question = Ask(calls.page, Scope(at(0), at(9)), ("start", True, None, False, 25))
    whole, four, again, three = (
        Answers(store, behind(seen), flights).start(question).result(9).rows
        for seen in (None, FOUR, FOUR, Lens(3, b"k" * 32))
    )
    flights.close()
    assert whole["caller"][0] == CALLER
    assert four is again
    assert four["caller"][0] == FOUR.seal(CALLER)
    assert three["caller"][0] != four["caller"][0]
    assert list(four["id"]) == list(whole["id"]) == [call_id(made())]


def test_a_question_about_hidden_digits_is_refused_not_asked(store: Store) -> None:
    flights = Flights()
    scope = Scope(at(0), at(9), caller=NumberMatch("begins", "336"))
    refused = Answers(store, behind(), flights).start(Ask(queries.totals, scope)).exception(FRESH)
    flights.close()
    assert isinstance(refused, LensError)


def test_the_filter_offers_what_the_lens_shows() -> None:
    f = CallFilter("UTC", FOUR)
    assert (f.caller_op, f.destination_op, f.param["caller_op"].objects) == (
        "ends",
        "ends",
        ["ends", "equals"],
    )
    assert CallFilter("UTC", Lens(0, b"k" * 32)).caller_op == "equals"
    assert set(CallFilter("UTC").param["sort"].objects) - {*f.param["sort"].objects} == {
        "caller",
        "destination",
    }
    assert address.apply("sort=caller&caller=begins:336&destination=ends:56", f) == ["sort", "caller"]
    assert address.write(f) == "destination=ends:56"
    Form(f)
    order = Search(f, print).controls()[0]
    assert "caller" not in order.options and "newest first" in order.options


def test_a_chip_names_a_sealed_number_short() -> None:
    f = CallFilter("UTC", FOUR)
    sealed = FOUR.seal(CALLER)
    assert isinstance(sealed, Masked)
    address.apply(f"caller=equals:{sealed}&destination=ends:7465", f)
    assert [chip.words for chip in words.chips(f)] == [
        f"Caller equals {sealed.brief}",
        "Destination ends with 7465",
    ]
    assert address.write(f).startswith(f"caller=equals:{sealed}")


def test_a_call_in_detail_shows_the_ends_and_leads_to_the_others() -> None:
    hit = Hit("1", "", "e", CALLED[1:], f"as {CALLED}", at(0), "Paris", "1000", CALLER, CALLED, "001", 1.0)
    told = detail(FOUR.veil(made()), UTC_ZONE, FOUR.veil(hit))
    assert [run for run in HIDDEN if run in told] == []
    assert told.count("…4556·") == 4
    assert f'href="explore?period=90d&amp;caller=equals:{FOUR.seal(CALLER)}"' in told
    assert "Calls from" not in detail(made(), UTC_ZONE)


def test_a_call_in_progress_shows_the_ends() -> None:
    going = LiveCall(f"SIP/{CALLER}", NOW, caller=CALLER, destination=CALLED, number=CALLED[1:])
    told = row_of("fs", "Paris", FOUR.veil(going), NOW + timedelta(minutes=1), UTC_ZONE)
    assert [run for run in HIDDEN if run in str(told)] == []
    assert told["destination"].startswith("…7465·")
    assert "…7465·" in told["help"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event("one-caller", "", CALLER, NOW, NOW, 1, 1, 1, 9, 1, {"caller": [f"equals:{CALLER}"]}, NOW),
         f"from {lens.brief(FOUR.seal(CALLER))}"),
        (Event("one-prefix", "", "881709283", NOW, NOW, 1, 1, 1, 9, 1, {}, NOW), "to 881…"),
        (Event("new-country", "", "CU", NOW, NOW, 1, 1, 1, 9, 1, {}, NOW), "Cuba"),
    ],
)  # fmt: skip
def test_what_a_rule_found_is_told_without_hidden_digits(event: Event, said: str) -> None:
    assert about(FOUR.veil(event)) == said
