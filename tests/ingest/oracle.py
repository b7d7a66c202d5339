"""The totals of a file by brute force: csv and dictionaries, and none of the program's own reading."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

Totals = dict[tuple[str, ...], list[float]]


def of_our_csv(path: Path) -> dict[str, Totals]:
    """Calls, answered, duration and billsec (s) of our own CSV by switch, account, cause, direction and UTC
    hour.
    """
    found: dict[str, Totals] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0.0, 0.0]))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            hour = datetime.fromisoformat(row["start"]).astimezone(UTC).strftime("%Y-%m-%dT%H:00:00+00:00")
            keys = {
                "totals": (),
                "switches": (row["switch"],),
                "accounts": (row["accountcode"],),
                "hangup_causes": (row["hangup_cause"],),
                "directions": (row["direction"],),
                "hours": (hour,),
            }
            for figure, key in keys.items():
                cell = found[figure][key]
                cell[0] += 1
                cell[1] += bool(row["answer"]) or float(row["billsec"]) > 0
                cell[2] += float(row["duration"])
                cell[3] += float(row["billsec"])
    return found


def of_rows(rows: Iterable[dict[str, object]], key: str) -> Totals:
    """The same measures of rows as `report` gives them, by this key; '' is no key."""
    names = ("calls", "answered", "duration", "billsec")
    return {((str(row[key]),) if key else ()): [float(str(row[name])) for name in names] for row in rows}
