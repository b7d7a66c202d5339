"""Several rows of the switch, one call: queue members that rang, transfers, forks. Rows are kept as legs,
calls are counted.
"""

from collections.abc import Iterable, Sequence

from store.record import CDR, MILLISECOND, Leg


def leg_of(row: CDR) -> Leg:
    """The leg that a row of the switch is."""
    return Leg(**{name: getattr(row, name) for name in Leg._fields})


def rows_of(call: CDR) -> list[CDR]:
    """The rows a call was merged from; what legs do not carry is taken from the call."""
    return [call._replace(legs=(), **leg._asdict()) for leg in call.legs] or [call]


def merge(rows: Sequence[CDR]) -> CDR:
    """One call of the rows that share switch and uuid; a row delivered twice counts as its last delivery.

    It begins with the first row and ends with the last; who called whom is the first row's. It is answered
    when one row is, at the earliest answer; `billmsec` is the time during which at least one answered row
    was talking, so that parallel rows do not count twice and the pause of a transfer does not count at all.
    The cause is the first answered row's, else the last row's. A row that bears the name of its call, as
    FreeSWITCH's a-leg does, saw all of it and tells everything but the account, if it has none.
    """
    known = {row.leg: row for row in rows}
    ordered = sorted(known.values(), key=lambda row: (row.start, row.leg))
    first = ordered[0]
    if len(ordered) == 1:
        return first
    account = next((row.account for row in ordered if row.account), "")
    legs = tuple(leg_of(row) for row in ordered)
    if first.uuid in known:
        return known[first.uuid]._replace(account=known[first.uuid].account or account, legs=legs)
    answered = [row for row in ordered if row.answered]
    decisive = answered[0] if answered else max(ordered, key=lambda row: row.end)
    end = max(row.end for row in ordered)
    return first._replace(
        end=end,
        mduration=(end - first.start) // MILLISECOND,
        billmsec=_talk(answered),
        answered=bool(answered),
        answer=min((row.answer for row in answered if row.answer), default=None),
        account=account,
        cause=decisive.cause,
        q850=decisive.q850,
        cause_derived=decisive.cause_derived,
        legs=legs,
    )


def _talk(answered: Iterable[CDR]) -> int:
    """Milliseconds covered by the talk of at least one row; a row talks for its `billmsec` up to its end."""
    total, reached = 0, None
    spans = sorted((row.end - row.billmsec * MILLISECOND, row.end) for row in answered)
    for start, end in spans:
        begin = start if reached is None else max(start, reached)
        total += max(0, (end - begin) // MILLISECOND)
        reached = end if reached is None else max(reached, end)
    return total
