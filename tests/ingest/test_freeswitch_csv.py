"""FreeSWITCH's mod_cdr_csv: its templates are recognised, and quotes in a name do not break a row."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.files import Chunk
from ingest.formats import recognise, switch_of
from ingest.recipe import Options, Recipe, recipe_of
from ingest.work import Parser, Task
from store.legs import merge
from store.record import CDR, Reject
from tests.ingest.asterisk_rows import master
from tests.ingest.freeswitch_reports import A_LEG, GIVEN_UP, TEMPLATES, TRANSFERRED, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = Options("fs", zone="Europe/Paris")
OTHER = f"{TRANSFERRED[:-1]}b"


def read(lines: list[str], options: Options = OPTIONS) -> tuple[Recipe, list[CDR], list[Reject]]:
    head = [line.encode() for line in lines]
    recipe = recognise(head, options, "Master.csv")
    parser = Parser(Task(recipe_of(recipe.document()), {}, NOW))
    found = parser.parse(Chunk(head, range(1, len(lines) + 1), 0))
    return recipe, found.calls, found.rejects


def at(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 11, 3, hour, minute, second, tzinfo=UTC)


WORDS = {
    "example": "15 columns: template example",
    "sql": "13 columns: template sql, or the one in its code",
    "default": "13 columns: template sql, or the one in its code",
    "snom": "20 columns: template snom",
    "linksys": "17 columns: template linksys",
    "asterisk": "18 columns: template asterisk",
    "asterisk_semicolon": "18 columns: template asterisk",
    "opencdrrate": "13 columns: template opencdrrate",
}
START = {"opencdrrate": (at(9, 0, 7), at(10, 15, 56), at(11, 0, 0))}
"""It tells no start, so that the answer counts, or the end."""


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_recognised_and_its_rows_are_calls(template: str) -> None:
    recipe, found, rejects = read(rows(template))
    assert rejects == []
    assert recipe.words == f"FreeSWITCH's mod_cdr_csv, {WORDS[template]}"
    assert switch_of(recipe) == "freeswitch"
    starts = START.get(template, (at(9, 0, 0), at(10, 15, 42), at(11, 0, 0)))
    assert [call.start for call in found] == list(starts)
    assert [call.uuid for call in found] == [call.leg for call in found] == [A_LEG, GIVEN_UP, TRANSFERRED]
    assert [call.end for call in found] == [at(9, 2, 10), at(10, 15, 56), at(11, 1, 20)]
    assert [call.billmsec for call in found] == [123_000, 0, 80_000]
    assert [call.answered for call in found] == [True, False, True]
    assert [call.caller for call in found] == ["1001", "1002", "+33140506070"]
    assert [call.destination for call in found] == ["0033612345678", "1003", "1002"]
    assert [call.account for call in found] == ["1000", "1000", "2000"]


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name != "opencdrrate"])
def test_quotes_within_a_name_survive(template: str) -> None:
    _, found, _ = read(rows(template))
    names = ["Zoë O'Neil", 'Bob "The Man" Ray', '5" pipes, inc"']
    assert [call.caller_name.rstrip('"') for call in found] == [name.rstrip('"') for name in names]
    assert [call.cause for call in found] == ["NORMAL_CLEARING", "ORIGINATOR_CANCEL", "NORMAL_CLEARING"]


def test_a_name_that_holds_what_parts_columns_is_put_together_again() -> None:
    lines = [line.replace("Zoë O'Neil", 'Zoë","O\'Neil') for line in rows("example")]
    _, found, rejects = read(lines)
    assert (found[0].caller_name, found[0].caller, rejects) == ('Zoë","O\'Neil', "1001", [])


def test_codecs_channels_and_the_application_are_told_where_a_template_has_them() -> None:
    assert [call.read_codec for call in read(rows("example"))[1]] == ["PCMA", "PCMA", "G722"]
    first = read(rows("asterisk"))[1][0]
    assert (first.channel, first.peer_channel, first.application) == (
        "sofia/internal/1001@pbx.example.com", "sofia/external/33612345678", "bridge",
    )  # fmt: skip
    assert read(rows("opencdrrate"))[1][0].direction == "in"


def test_an_old_version_writes_the_first_moment_of_unix_for_never() -> None:
    lines = [line.replace('"","2026-11-03 11:15:56","14","0"', '"1970-01-01 01:00:00","2026-11-03 11:15:56",'
             '"14","1793700956"') for line in rows("example")]  # fmt: skip
    _, found, rejects = read(lines)
    assert rejects == []
    assert (found[1].answered, found[1].billmsec) == (False, 0)


def both_legs(template: str) -> list[str]:
    """The rows of a file that has both legs: the b-leg of the last call stands before its a-leg."""
    *before, last = rows(template)
    if template == "opencdrrate":
        legs = f'"{TRANSFERRED}","{OTHER}","inbound"', f'"{OTHER}","{TRANSFERRED}","outbound"'
        other = last.replace(*legs)
    else:
        other = last.replace(OTHER, "").replace(TRANSFERRED, OTHER)
    return [*before, other.replace(":01:20", ":01:21"), last]


@pytest.mark.parametrize("template", ["example", "sql", "snom", "linksys", "opencdrrate"])
def test_both_legs_of_a_call_are_one_call_told_by_the_a_leg(template: str) -> None:
    recipe, found, rejects = read(both_legs(template))
    assert rejects == []
    assert len({call.uuid for call in found}) == 3
    other, first = found[-2:]
    assert other.uuid == first.uuid
    whole = merge([other, first])
    assert (whole.end, whole.destination, len(whole.legs)) == (at(11, 1, 20), "1002", 2)
    joined = "The file has both legs of calls, which are joined by bleg_uuid."
    assert (joined in recipe.notes) == (template != "opencdrrate")


WRONG: dict[str, tuple[str, str]] = {
    "a row of fewer columns": ('"a","b"', "columns"),
    "a row that is not in quotes": ("a,b,c", "quote"),
    "a row that was cut off": (rows("example")[0][:100], "quote"),
    "a row without a start": (rows("example")[0].replace('"2026-11-03 10:00:00"', '"soon"'), "time"),
}


@pytest.mark.parametrize(("line", "kind"), WRONG.values(), ids=WRONG)
def test_a_row_that_is_no_call_is_a_reject_and_the_others_are_calls(line: str, kind: str) -> None:
    _, found, rejects = read([*rows("example"), line, ""])
    assert len(found) == 3
    assert [(reject.line, reject.kind, reject.text) for reject in rejects] == [(4, kind, line)]


def test_asterisks_own_file_is_not_taken_for_freeswitchs() -> None:
    assert recognise([master(18).encode()], OPTIONS, "Master.csv").format == "cdr_csv"


def test_the_last_row_waits_until_it_is_whole() -> None:
    lines = [line.encode() for line in rows("example")]
    recipe = recognise(lines, OPTIONS, "Master.csv")
    parser = Parser(Task(recipe, {}, NOW))
    whole = lines[-1]
    for length in (len(whole) - 1, len(whole) - 3, 60):
        found = parser.parse(Chunk([*lines[:2], whole[:length]], (1, 2, 3), 0, unfinished=True))
        assert (len(found.calls), found.waits, found.rejects) == (2, 1, [])
    assert len(parser.parse(Chunk(lines, (1, 2, 3), 0, unfinished=True)).calls) == 3


def test_a_call_of_a_second_has_a_second_of_talk() -> None:
    # seconds are differences of cut seconds, so that talk may be longer than the call
    line = rows("example")[0].replace('"130","123"', '"0","1"').replace("10:02:10", "10:00:07")
    (found,) = read([line])[1]
    assert (found.billmsec, found.end - found.start) == (1_000, timedelta(seconds=7))
