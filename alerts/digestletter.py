"""The letter about calls that a black list stopped at, to the admins, and to those whose list it is."""

from datetime import timedelta

from alerts import speech, windows
from alerts.letters import Told, line, link, told
from store.database import Store
from store.lens import brief
from store.list_hits import Digest, Hit

NO_ACCOUNT = "no account"
MOST = 30
"""Rows of a letter; the rest is counted."""
COLUMNS = ("Start", "Account", "From", "To", "Listed as", "Talk")
MINUTE = timedelta(minutes=1)
WHY = "your address stands in the setting mail_admins"
OWN = "you are a user of the account whose list this is"


def digest_letter(store: Store, digest: Digest, own: bool = False) -> Told:
    """The letter of a digest; `own` is one to a user of its account, who has no page of lists."""
    zone = store.settings.zone
    whose = f"the list of {line(digest.tenant, 60)}" if digest.tenant else "the list"
    calls = "1 call" if digest.calls == 1 else f"{digest.calls:,} calls"
    first, last = digest.hits[0], digest.hits[-1]
    title = f"{calls} to numbers on {whose}"
    rows = [{"cells": _cells(hit, zone), "link": _link(store, hit)} for hit in digest.hits[:MOST]]
    values = {
        "mark": "Black list",
        "title": title,
        "sentence": f"From {speech.moment(first.start, zone)} to {speech.moment(last.start, zone)} ({zone}); "
        "the list does not allow them.",
        "columns": COLUMNS,
        "rows": rows,
        "more": f"And {digest.calls - len(rows):,} more." if digest.calls > len(rows) else "",
        "all": "" if own else link(store.settings, "fraud"),
        "why": OWN if own else WHY,
    }
    return told(
        store.settings, "digest", f"[BLACK LIST] {title}: {line(brief(first.destination), 30)}", values
    )


def _cells(hit: Hit, zone: str) -> list[str]:
    return [
        speech.short(hit.start, zone),
        line(hit.account or NO_ACCOUNT, 30),
        line(brief(hit.caller), 30),
        line(brief(hit.destination), 30),
        line(f"{hit.prefix or hit.country} {hit.words}", 60),
        str(timedelta(seconds=round(hit.seconds))),
    ]


def _link(store: Store, hit: Hit) -> str:
    begin = hit.start.replace(second=0, microsecond=0)
    shown = windows.shown(begin, begin + MINUTE, store.settings.zone)
    return link(store.settings, "explore", {"destination": f"equals:{hit.destination}", **shown})
