"""Rows as Asterisk writes them, for the tests: one call of Alice's to Paris, of which a test changes what it
is about.
"""

from datetime import datetime, timedelta

WIDTHS: dict[int, tuple[str, ...]] = {
    16: (),
    17: ("uniqueid",),
    18: ("uniqueid", "userfield"),
    19: ("peeraccount", "linkedid", "sequence"),
    20: ("uniqueid", "peeraccount", "linkedid", "sequence"),
    21: ("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
}
BASE = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
CUSTOM = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
    "sequence",
)  # fmt: skip
BARE = ("duration", "billsec", "sequence")

ALICE = {
    "accountcode": "1000", "src": "101", "dst": "0033142685300", "dcontext": "internal",
    "clid": '"Alice" <101>', "channel": "PJSIP/101-0000001a", "dstchannel": "PJSIP/trunk-0000001b",
    "lastapp": "Dial", "lastdata": "PJSIP/0033142685300@trunk,30", "start": "2026-11-03 09:00:00",
    "answer": "2026-11-03 09:00:07", "end": "2026-11-03 09:02:07", "duration": "127", "billsec": "120",
    "disposition": "ANSWERED", "amaflags": "DOCUMENTATION", "uniqueid": "1793696400.26", "userfield": "",
    "peeraccount": "", "linkedid": "1793696400.26", "sequence": "31",
}  # fmt: skip


def line(columns: tuple[str, ...], **changed: str) -> str:
    """A row of these columns, quoted as Asterisk does, without a line end."""
    told = ALICE | changed
    cells = (told[name] if name in BARE else '"' + told[name].replace('"', '""') + '"' for name in columns)
    return ",".join(cells)


def master(width: int = 18, **changed: str) -> str:
    """A row of Master.csv with so many columns."""
    return line(BASE + WIDTHS[width], **changed)


def call(number: int, width: int = 18, **changed: str) -> str:
    """The row of the n-th of many calls, each a minute after the one before; every third is not answered."""
    start = datetime(2026, 11, 3, 9) + timedelta(minutes=number)
    answered = number % 3 > 0
    unique = f"{1793696400 + 60 * number}.{number}"
    told = {
        "start": f"{start}",
        "answer": f"{start + timedelta(seconds=7)}" if answered else "",
        "end": f"{start + timedelta(seconds=127)}",
        "billsec": "120" if answered else "0",
        "disposition": "ANSWERED" if answered else "BUSY",
        "uniqueid": unique,
        "linkedid": unique,
        "sequence": str(number),
    }
    return master(width, **(told | changed))
