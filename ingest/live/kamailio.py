"""Kamailio's JSON-RPC (jsonrpcs): the dialogs of its dialog module, by a socket or by HTTP.

A datagram of Kamailio's holds some 130 kB, which is 150 dialogs with all they have or 600 in brief; what does
not fit is never answered. So it is asked first how many there are.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ingest.connector import Field, Given, SourceProblem
from ingest.live.legs import grouped, line
from ingest.live.poller import Maker, Poller, Seen, epoch
from ingest.live.rpc import Http, Talk, datagrams
from store.live import LiveCall, LiveCalls
from store.sentence import Sentence, mark

FIELDS = (
    Field(
        "address",
        mark("Its socket (/run/kamailio/kamailio_rpc.sock), udp:HOST:PORT, or http://HOST:PORT/RPC"),
    ),
    Field("account", mark("Dialog variable ($dlg_var) that holds the account"), "text", "accountcode"),
    Field("user", mark("User, where HTTP asks for one"), "text", ""),
    Field("password", mark("Password, where HTTP asks for one"), "secret", ""),
)
STATES, TALKING = frozenset({1, 2, 3, 4}), frozenset({3, 4})
"""States of a dialog: created, ringing, answered, confirmed. 5 is over and only waits to be forgotten."""
LISTED, BRIEFED = 120, 500
"""Dialogs that fit a datagram, with all they have and in brief."""
BRIEF = "ftcISs"
"""From, to, call-id, init time, start time, state."""
NO_ACCOUNTS = mark("Its socket cannot carry so many calls with their accounts; an http:// address can.")
ONLY_COUNT = mark(
    "Its socket cannot carry a list of so many calls, so they are only counted; an http:// address can."
)


def poll(given: Given, now: datetime) -> LiveCalls:
    """The calls in progress; raises SourceProblem."""
    address = line(given.options["address"]).strip()
    if address.lower().startswith(("http://", "https://")):
        talk = Http(address, line(given.options["user"]), line(given.options["password"]))
        return _listed(given, now, _result(talk, "dlg.list"))
    with datagrams(address) as socket_:
        count = _count(socket_)
        if count <= LISTED:
            return _listed(given, now, _result(socket_, "dlg.list"))
        if count <= BRIEFED:
            return _listed(given, now, _result(socket_, "dlg.briefing", BRIEF))._replace(note=NO_ACCOUNTS)
        return LiveCalls(now, (), count, ONLY_COUNT)


def _count(talk: Talk) -> int:
    """How many dialogs are in progress, 0 where Kamailio is too old (before 5.2) to tell."""
    told = _result(talk, "dlg.stats_active")
    return int(told["all"]) if isinstance(told, dict) and isinstance(told.get("all"), int) else 0


def _listed(given: Given, now: datetime, dialogs: object) -> LiveCalls:
    maker = Maker(given, now)
    rows = dialogs if isinstance(dialogs, list) else []
    live = [row for row in rows if isinstance(row, dict) and row.get("state") in STATES]
    variable = str(given.options["account"])
    dialogs_of = grouped(live, lambda dialog: str(dialog.get("call-id", "")))
    calls = [_call(maker, name, of_call, variable) for name, of_call in dialogs_of.items()]
    return LiveCalls(now, calls, len(calls))


def _call(maker: Maker, name: str, dialogs: Sequence[Mapping[str, Any]], variable: str) -> LiveCall:
    """One call of its dialogs: more than one when it came through the proxy twice."""
    first = min(dialogs, key=lambda dialog: epoch(dialog.get("init_ts")) or 0)
    answers = [moment for dialog in dialogs if (moment := epoch(dialog.get("start_ts")))]
    accounts = (_variable(dialog.get("variables"), variable) for dialog in dialogs)
    return maker.call(
        Seen(
            id=name,
            since=epoch(first.get("init_ts")),
            answered=min(answers, default=None),
            talking=any(dialog["state"] in TALKING for dialog in dialogs),
            caller=_user(first.get("from_uri")),
            destination=_user(first.get("to_uri")),
            account=next(filter(None, accounts), ""),
            legs=len(dialogs),
        )
    )


def _user(uri: object) -> str:
    """The user part of a SIP address: what was dialled."""
    text = str(uri or "").partition(":")[2]
    return text.partition("@")[0].partition(";")[0] if "@" in text else text.partition(";")[0]


def _variable(variables: object, name: str) -> str:
    """A dialog's variable: Kamailio lists them as mappings of one name each."""
    pairs: Sequence[Any] = variables if isinstance(variables, list) else ()
    return next((str(pair[name]) for pair in pairs if isinstance(pair, dict) and name in pair), "")


def _of(found: object, name: str) -> object:
    return found.get(name) if isinstance(found, dict) else None


def _result(talk: Talk, method: str, *parameters: str) -> Any:
    """What Kamailio answers to a method; None when it does not know how to count."""
    question = {"jsonrpc": "2.0", "method": method, "params": parameters, "id": 1}
    try:
        told = json.loads(talk.ask(json.dumps(question).encode()))
    except (ValueError, RecursionError):
        raise SourceProblem(Sentence("{who} does not answer in JSON.", who=talk.who)) from None
    if isinstance(told, dict) and "result" in told:
        return told["result"]
    error = told.get("error") if isinstance(told, dict) else None
    said = line(_of(error, "message") or "what it says is no JSON-RPC")[:100].rstrip(".")
    if said.lower() != "method not found":
        raise SourceProblem(Sentence("{who} does not list its dialogs: {said}.", who=talk.who, said=said))
    if method == "dlg.stats_active":
        return None
    raise SourceProblem(
        Sentence(
            "{who} knows no {method}: it needs its dialog module (loadmodule dialog.so).",
            who=talk.who,
            method=method,
        )
    )


POLLER = Poller(mark("Kamailio, asked by JSON-RPC for its dialogs"), FIELDS, poll)
