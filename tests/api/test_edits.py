"""Alarms, mail reports, sources and users are added, changed and removed: by the checks of the pages, noted,
and the later of two who change the same is told.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store import alarms, audit, mail_reports, sources, users
from store.mail_reports import MailReport
from store.people import User
from store.secrets import reveal
from tests.api.conftest import Answer, Place, ask, basic, now
from tests.people import PASSWORD

ALARM: dict[str, Any] = {"name": "Few to France", "metric": "calls", "warning": 3, "countries": ["FR"]}
MAIL: dict[str, Any] = {"name": "Yesterday", "emails": ["boss@example.org"]}
SOURCE: dict[str, Any] = {"name": "a/b é", "kind": "file", "options": {"path": "/nowhere/Master.csv"}}
SWITCH: dict[str, Any] = {"name": "c/d é", "ipaddress": "192.0.2.7"}
USER: dict[str, Any] = {"name": "dora", "accounts": ["1000"], "password": "nine quiet 31 herons"}
BODIES = {"alarm": ALARM, "mail_report": MAIL, "source": SOURCE, "switch": SWITCH, "user": USER}
"""What makes one of each."""
SQL = "asterisk_sql"
"""A kind of source with a password."""
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "alarm": ({"warning": 5.5, "snoozed": "2026-12-01T00:00:00+01:00"}, {"warning": 5.5}),
    "mail_report": ({"hour": 9}, {"hour": 9}),
    "source": ({"paused": True, "zone": "Europe/Paris"}, {"paused": True, "zone": "Europe/Paris"}),
    "switch": ({"note": "the old one", "key_uuid": "k"}, {"note": "the old one", "key_uuid": "k"}),
    "user": ({"company": "Wonder", "active": False}, {"company": "Wonder", "active": False}),
}
"""A change of each, and what it then is."""
KINDS = pytest.mark.parametrize("kind", list(BODIES))


def made(place: Place, kind: str, **more: Any) -> Answer:
    """One that Ada has added."""
    found = place.ask("POST", f"{kind}/", "Ada", BODIES[kind] | more)
    assert found.status == 201, found.body
    return found


def said(found: Answer) -> tuple[int, str | None]:
    """Status and field of a refusal, whose sentence is one."""
    assert list(found.body) == ["error"], found.body
    assert found.body["error"]["sentence"].endswith("."), found.body
    return found.status, found.body["error"].get("field")


@KINDS
def test_what_is_added_is_found_changed_and_removed(kind: str, place: Place) -> None:
    found = made(place, kind)
    where = found.headers["location"]
    assert place.get(where).body == found.body
    change, then = CHANGES[kind]
    other = place.ask("PATCH", where, "Ada", change)
    assert (other.status, {name: other.body[name] for name in then}) == (200, then)
    assert other.headers["etag"] == f'"{other.body["version"]}"' != found.headers["etag"]
    back = place.ask("PUT", where, "Ada", BODIES[kind])
    assert back.status == 200
    assert all(back.body[name] == found.body[name] for name in then)
    assert place.ask("DELETE", where).status == 204
    assert [said(place.ask(way, where, "Ada", change)) for way in ("GET", "PATCH", "DELETE")] == [
        (404, None)
    ] * 3
    words = kind.replace("_", " ")
    verbs = [one.verb for one in audit.page(place.store, audit.Filter(who="Ada", kind=words))]
    assert (verbs[-1], verbs[0]) == ("add", "remove")
    assert "change" in verbs


@KINDS
def test_an_answer_may_be_sent_back_as_it_is(kind: str, place: Place) -> None:
    found = made(place, kind)
    again = place.ask("PUT", found.headers["location"], "Ada", found.body)
    assert (again.status, again.body | {"version": ""}) == (200, found.body | {"version": ""})


@KINDS
def test_the_later_of_two_is_told(kind: str, place: Place) -> None:
    found = made(place, kind)
    where, tag, change = found.headers["location"], found.headers["etag"], CHANGES[kind][0]
    assert place.ask("PATCH", where, "Ada", change, If_Match=tag).status == 200
    now = place.get(where).body
    assert said(place.ask("PUT", where, "Ada", BODIES[kind], If_Match=tag)) == (412, None)
    assert said(place.ask("DELETE", where, "Ada", None, If_Match=tag)) == (412, None)
    assert said(place.ask("PUT", where, "Ada", found.body)) == (409, "version")
    assert place.get(where).body == now
    # what a proxy has made of a tag is still that tag, and * is whatever there is
    weak = "W/" + place.get(where).headers["etag"]
    assert place.ask("PATCH", where, "Ada", change, If_Match=weak).status == 200
    assert place.ask("DELETE", where, "Ada", None, If_Match="*").status == 204


@KINDS
def test_what_is_sent_twice_is_one(kind: str, place: Place) -> None:
    before = place.get(f"{kind}/").body["meta"]["total_count"]
    first = made(place, kind)
    again = place.ask("POST", f"{kind}/", "Ada", BODIES[kind])
    if kind in ("source", "user"):  # what has a name of its own
        assert said(again) == (409, "name")
    else:
        assert (again.status, again.body) == (200, first.body)
    assert place.get(f"{kind}/").body["meta"]["total_count"] == before + 1


@pytest.mark.parametrize("kind", ["alarm", "mail_report"])
def test_what_is_sent_by_several_at_the_same_instant_is_one(kind: str, place: Place) -> None:
    before = place.get(f"{kind}/").body["meta"]["total_count"]
    with ThreadPoolExecutor(6) as several:
        asked = [several.submit(place.ask, "POST", f"{kind}/", "Ada", BODIES[kind]) for _ in range(6)]
        answers = [one.result() for one in asked]
    assert sorted(one.status for one in answers) == [200] * 5 + [201]
    assert len({one.body["id"] for one in answers}) == 1
    assert place.get(f"{kind}/").body["meta"]["total_count"] == before + 1


def test_somebody_s_own_mail_report_is_changed_by_nobody_else(place: Place) -> None:
    ada = place.users["Ada"]
    id = mail_reports.add(place.store, MailReport(name="Own", user=ada.id, emails=(ada.email,)), now())
    assert said(place.ask("PATCH", f"mail_report/{id}/", "Ada", {"name": "zzz"})) == (409, None)
    assert place.ask("DELETE", f"mail_report/{id}/", "Ada").status == 204


@pytest.mark.parametrize(
    ("kind", "body", "field", "says"),
    [
        # the form of an alarm: nothing to be bad at, a critical that is better, what there is not
        ("alarm", {"warning": None}, "warning", "Give a value for warning"),
        ("alarm", {"critical": 9}, "warning", "Critical is worse"),
        ("alarm", {"metric": "nix"}, "metric", "There is no metric 'nix'"),
        ("alarm", {"zone": "Mars/Phobos"}, "zone", "is no time zone"),
        ("alarm", {"emails": ["a@b\r\nBcc: c@d"]}, "emails", "is no e-mail address"),
        ("alarm", {"webhook": "gopher"}, "webhook", "A webhook is an address"),
        # what no form could send: operators, other types, fields that there are not, numbers without end
        ("alarm", {"name": {"$gt": ""}}, "name", "a valid string"),
        ("alarm", {"minutes": 10**30}, "minutes", "less than or equal"),
        ("alarm", {"warning": 10**400}, "warning", "."),
        ("alarm", {"accounts": []}, "accounts", "at least 1"),
        ("alarm", {"$where": "1"}, "$where", "no such field"),
        ("mail_report", {"emails": []}, "emails", "Give an address"),
        ("mail_report", {"hour": 24}, "hour", "less than or equal"),
        ("mail_report", {"every": "year"}, "every", "."),
        # a source by what its kind asks for
        ("source", {"kind": "nix"}, "kind", "There is no kind of source 'nix'"),
        ("source", {"options": {}}, "options.path", "needs path"),
        ("source", {"options": {"path": 5}}, "options.path", "It is a text."),
        ("source", {"options": {"path": "~nobody-at-all/x"}}, "options.path", "is no path"),
        ("source", {"options": {"path": "/x", "nix": "1"}}, "options.nix", "has no 'nix'"),
        ("source", {"zone": "Mars/Phobos"}, "zone", "There is no time zone"),
        # a user by the form of the page
        ("user", {"name": "two words"}, "name", "is no name to log in with"),
        ("user", {"role": "king"}, "role", "There is no role 'king'"),
        ("user", {"rights": ["alarms"]}, "rights", "Rights are chosen for staff"),
        ("user", {"password": "short"}, "password", "."),
        ("user", {"email": "none"}, "email", "."),
        ("user", {"totp": 5, "nix": 1}, "nix", "no such field"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    kind: str, body: Any, field: str, says: str, place: Place
) -> None:
    before = place.get(f"{kind}/").body
    found = place.ask("POST", f"{kind}/", "Ada", BODIES[kind] | body)
    assert said(found) == (400, field), found.body
    assert says in found.body["error"]["sentence"]
    assert place.get(f"{kind}/").body == before


@KINDS
@pytest.mark.parametrize("body", ["", "[]", "5", "null", "{", '{"name": "\\ud800"}', "[" * 5_000])
def test_a_body_that_is_no_object_is_refused(kind: str, body: str, place: Place) -> None:
    where = made(place, kind).headers["location"]
    for way, path in (("POST", f"{kind}/"), ("PUT", where), ("PATCH", where)):
        assert place.ask(way, path, "Ada", body).status == 400


def test_secrets_go_in_and_never_out(place: Place) -> None:
    options = {"address": "mysql://cdr@10.0.0.9/asterisk", "password": "hush-1"}
    found = place.ask("POST", "source/", "Ada", {"name": "pbx", "kind": SQL, "options": options})
    where, name = found.headers["location"], found.body["name"]
    place.ask("PUT", where, "Ada", {"kind": found.body["kind"], "options": options | {"password": ""}})
    place.ask("PATCH", where, "Ada", {"options": {"table": "calls"}})
    kept = sources.get(place.store, name)
    assert kept
    assert kept["options"]["table"] == "calls"
    assert reveal(place.store.settings, kept["secrets"]["password"]) == "hush-1"
    alarm = made(place, "alarm", webhook="https://example.org/hush-2", secret="hush-3")
    place.ask("PUT", alarm.headers["location"], "Ada", ALARM)
    held = alarms.one(place.store, alarm.body["id"])
    assert held
    assert (held.alarm.webhook, held.alarm.secret) == ("https://example.org/hush-2", "hush-3")
    for path in ("source/", "alarm/", where, alarm.headers["location"]):
        assert "hush" not in str(place.get(path).body)
    assert "hush" not in str(audit.page(place.store))


def test_a_password_is_set_and_ends_what_was_open(place: Place) -> None:
    found = made(place, "user")
    port, where = place.serving.port, found.headers["location"]
    assert ask(port, "GET", "cdr/", Authorization=basic("dora", USER["password"])).status == 200
    new = "seven loud 52 owls"
    assert place.ask("PATCH", where, "Ada", {"password": new}).status == 200
    assert ask(port, "GET", "cdr/", Authorization=basic("dora", USER["password"])).status == 401
    assert ask(port, "GET", "cdr/", Authorization=basic("dora", new)).status == 200
    place.ask("PATCH", where, "Ada", {"active": False})
    assert ask(port, "GET", "cdr/", Authorization=basic("dora", new)).status == 401
    told = [(one.verb, one.object) for one in audit.page(place.store, audit.Filter(who="Ada", kind="user"))]
    assert told == [("disable", "dora"), ("change password", "dora"), ("add", "dora")]
    assert PASSWORD not in str(found.body)


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [("DELETE", None, None), ("PATCH", {"active": False}, "active"), ("PATCH", {"role": "customer"}, "role")],
)
def test_the_last_admin_stays(method: str, body: Any, field: str | None, place: Place) -> None:
    where = f"user/{place.users['Ada'].id}/"
    before = place.get(where).body
    found = place.ask(method, where, "Ada", body)
    assert (found.status in (400, 409), said(found)[1]) == (True, field)
    assert place.get(where).body == before


def test_staff_keep_customers_of_their_own_accounts_alone(place: Place) -> None:
    from store import api_keys
    from tests.api.conftest import now

    id = users.add(place.store, User(name="Stan", role="staff", rights=("users",), accounts=("1000",)), now())
    stan = users.one(place.store, id)
    assert stan
    place.keys["Stan"] = api_keys.make(place.store, stan, "x", "write", 1, now())
    alice, bob = (f"user/{place.users[name].id}/" for name in ("Alice", "Bob"))
    assert place.ask("PATCH", alice, "Stan", {"company": "Wonder"}).status == 200
    assert said(place.ask("PATCH", alice, "Stan", {"accounts": ["1000", "2000"]})) == (400, "accounts")
    assert said(place.ask("PATCH", alice, "Stan", {"role": "admin"})) == (400, "accounts")
    assert said(place.ask("POST", "user/", "Stan", {"name": "eve", "role": "admin"})) == (400, "accounts")
    for way in ("PATCH", "PUT", "DELETE"):
        assert said(place.ask(way, bob, "Stan", {"name": "Bob"})) == (404, None)


@KINDS
@pytest.mark.parametrize("who", ["Alice", "Bob", "Charlie", "reader"])
def test_who_may_not_changes_nothing(kind: str, who: str, place: Place) -> None:
    from store import api_keys
    from tests.api.conftest import now

    place.keys["reader"] = api_keys.make(place.store, place.users["Ada"], "read", "read", 1, now())
    where = made(place, kind).headers["location"]
    before = place.get(where).body
    for way, path in (("POST", f"{kind}/"), ("PUT", where), ("PATCH", where), ("DELETE", where)):
        assert said(place.ask(way, path, who, BODIES[kind])) == (403, None)
    assert place.get(where).body == before


def test_a_source_of_the_settings_is_paused_here_and_changed_there(place: Place) -> None:
    where, name = made(place, "source").headers["location"], SOURCE["name"]
    place.store.db["sources"].update_one({"_id": name}, {"$set": {"origin": "settings"}})
    assert place.ask("PATCH", where, "Ada", {"paused": True}).body["paused"]
    assert said(place.ask("PATCH", where, "Ada", {"zone": "Asia/Tokyo"})) == (409, None)
    assert said(place.ask("DELETE", where)) == (409, None)
    assert said(place.ask("PATCH", where, "Ada", {"name": "other"})) == (400, "name")
