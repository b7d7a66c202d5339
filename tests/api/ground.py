"""One of everything, and marks in what is Bob's, by which it is known wherever it stands."""

from store import alarm_reports, alarms, api_keys, lists, mail_reports, sources, users
from store.alarm_reports import Report
from store.alarms import Alarm
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.lists import Entry
from store.mail_reports import MailReport
from store.people import User
from store.record import call_id
from tests.api.conftest import Place, now
from tests.cast import BOB, CAST, at, call

MARKS = ("zebra-77x", "+8817700112233", "quagga-u5")
"""A name, a called number and a switch's own name of a call that only Bob's calls have."""
STAFF = User(name="Stan", role="staff", rights=("users",), accounts=("1000",))


def marked(place: Place) -> Place:
    """The server with one of everything, marked calls of Bob's, and Stan, staff of Alice's account."""
    store = place.store
    name, number, uuid = MARKS
    more = {"switch": "Lyon", "caller_name": name, "destination": number, "country": "001"}
    calls = [call(f"{uuid}-{minute}", at(minute), 30, 20, account=BOB, **more) for minute in (3, 63, 123)]
    commit(store, prepare(calls))
    stocked(store)
    stan = users.one(store, users.add(store, STAFF, now()))
    assert stan
    place.keys["Stan"] = api_keys.make(store, stan, "tests", "write", 30, now())
    return place


def stocked(store: Store) -> None:
    """One of each list at least, with Bob's name on it; requests take them away."""
    name, number, _ = MARKS
    lists.add(store, Entry("", BOB, "black", "88177", "", name, "Bob", now()))
    if not alarms.everything(store):
        alarm = alarms.add(store, Alarm(name=name, warning=1, prefix=number, accounts=(BOB,)), now())
        at = now()
        report = Report(alarm=alarm, name=name, at=at, since=at, until=at, due=at)
        alarm_reports.put(store, None, report)
    if not mail_reports.everything(store):
        mail_reports.add(store, MailReport(name=name, emails=("bob@example.org",), accounts=(BOB,)), now())
    if not sources.everything(store):
        config = {"kind": "file", "switch": "Lyon", "zone": "UTC", "options": {"path": f"/{name}"}}
        sources.add(store, f"{name}/1", {**config, "secrets": {}, "origin": "page"}, now())


def ids(place: Place) -> dict[str, list[str]]:
    """Ids of what there is, by the first part of a path; of the users those who do not ask."""
    store = place.store
    stocked(store)
    known = users.by_name(store, "Victor")
    victim = known.id if known else users.add(store, User(name="Victor", accounts=(BOB,)), now())
    listed = [entry.id for entry in lists.entries(store)]
    return {
        "cdr": [call_id(one) for one in CAST],
        "switch": ["Paris", "Nice"],
        "hangup_cause": ["16", "USER_BUSY", "999"],
        "report": ["totals", "days", "hangup-causes"],
        "blacklist": listed,
        "whitelist": listed,
        "alarm": [one.alarm.id for one in alarms.everything(store)],
        "alarm_report": [one.id for one in alarm_reports.page(store)],
        "mail_report": [one.id for one in mail_reports.everything(store)],
        "source": [one["_id"] for one in sources.everything(store)],
        "user": [victim, "0" * 24],
    }
