"""What a file is recognised as, what is said of it, and which call its rows are."""

from datetime import UTC, datetime

import pytest

from ingest.files import Chunk, joined
from ingest.formats import recognise
from ingest.recipe import Options, Recipe, recipe_of
from ingest.work import Parser, Task
from store.errors import ImportProblem
from store.numbers import Numbering
from store.record import CDR, Reject
from tests.ingest.asterisk_rows import CUSTOM, call, line, master

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PBX = Options(switch="pbx")
OWN = (
    "switch,uuid,caller_id_number,caller_id_name,destination_number,start,answer,end,duration,billsec,"
    "hangup_cause,accountcode,direction,read_codec,write_codec,remote_media_ip"
)


def read(text: str, options: Options = PBX) -> tuple[Recipe, list[CDR], list[Reject]]:
    lines = [row.encode() for row in text.split("\n")]
    recipe = recognise(lines, options, "file.csv")
    task = Task(recipe_of(recipe.document()), {"pbx": Numbering(local_country="DE")}, NOW)
    calls, rejects, *_ = Parser(task).parse(Chunk(lines, range(1, len(lines) + 1), 0))
    return recipe, calls, rejects


def only(text: str, options: Options = PBX) -> CDR:
    _, calls, rejects = read(text, options)
    assert rejects == []
    (found,) = calls
    return found


@pytest.mark.parametrize(
    ("width", "changed", "uuid", "leg", "words"),
    [
        # Without uniqueid the row itself is the name.
        (16, {}, "row-", "", "16 columns: no uniqueid"),
        # 17 columns end with a uniqueid or a userfield; its shape decides.
        (17, {}, "1793696400.26", "1793696400.26:", "17 columns: uniqueid"),
        (17, {"uniqueid": "a note"}, "row-", "", "17 columns: userfield"),
        (
            17,
            {"uniqueid": "pbx1-1793696400.26"},
            "pbx1-1793696400.26",
            "pbx1-1793696400.26:",
            "17 columns: uniqueid",
        ),
        (18, {}, "1793696400.26", "1793696400.26:", "18 columns: uniqueid and userfield"),
        # With linkedid, rows of a call share it, and sequence tells them apart.
        (19, {}, "1793696400.26", ":31", "19 columns: peeraccount, linkedid and sequence"),
        (
            20,
            {"linkedid": "1793696399.1"},
            "1793696399.1",
            "1793696400.26:31",
            "20 columns: uniqueid, peeraccount",
        ),
        (20, {"uniqueid": "a note"}, "1793696400.26", ":31", "20 columns: userfield, peeraccount"),
        (
            21,
            {"linkedid": "1793696399.1"},
            "1793696399.1",
            "1793696400.26:31",
            "21 columns: uniqueid, userfield",
        ),
    ],
)
def test_each_width_of_master_csv(
    width: int, changed: dict[str, str], uuid: str, leg: str, words: str
) -> None:
    text = master(width, **changed)
    recipe, (found,), _ = read(text)
    assert recipe.words.startswith(f"Asterisk cdr_csv, {words}")
    assert found.uuid.startswith(uuid)
    assert found.leg.startswith(leg)
    expected = CDR(
        switch="pbx",
        uuid=found.uuid,
        start=datetime(2026, 11, 3, 9, tzinfo=UTC),
        answer=datetime(2026, 11, 3, 9, 0, 7, tzinfo=UTC),
        end=datetime(2026, 11, 3, 9, 2, 7, tzinfo=UTC),
        mduration=127_000,
        billmsec=120_000,
        answered=True,
        caller="101",
        caller_name="Alice",
        destination="0033142685300",
        number="33142685300",
        account="1000",
        direction="out",
        country="FR",
        cause="NORMAL_CLEARING",
        q850=16,
        cause_derived=True,
        kind="international",
        leg=found.leg,
        channel="PJSIP/101-0000001a",
        peer_channel="PJSIP/trunk-0000001b",
        application="Dial",
    )
    assert found == expected


def test_the_sample_of_cdr_custom() -> None:
    recipe, (found,), _ = read(line(CUSTOM))
    assert recipe.words == "Asterisk cdr_custom, 19 columns: uniqueid, userfield and sequence"
    _, (same,), _ = read(master(18))
    assert found._replace(leg="") == same._replace(leg="")
    assert found.leg == "1793696400.26:31"


def test_the_settings_may_have_changed_within_a_file() -> None:
    recipe, calls, rejects = read("\n".join([call(1, 16), *(call(n, 18) for n in range(2, 9)), call(9, 21)]))
    assert (
        recipe.words == "Asterisk cdr_csv, 18 columns: uniqueid and userfield, other rows have more or fewer"
    )
    assert len(calls) == 9
    assert rejects == []


NOTED = (
    'start,dst,"To\n\nwhom",note\n2026-11-03 09:00:00,102,"Alice\n\nand ""Bob""","a\nb\nc"\n'
    '2026-11-03 09:01:00,103,Charlie,""'
)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        # Every record has a line feed in its caller's name.
        ("\n".join(call(n, clid='"Al\nice" <101>') for n in range(9)), PBX, "Asterisk cdr_csv, 18 columns"),
        # Also when the format is named, and when the lines that are looked at end within a record.
        (
            "\n".join([*(call(n, 21, userfield="a\nb\nc") for n in range(9)), '"1000","101"," \n']),
            PBX._replace(format="asterisk"),
            "Asterisk cdr_csv, 21 columns",
        ),
        ("\n".join([line(CUSTOM, userfield="a\nb\nc")] * 9), PBX, "Asterisk cdr_custom"),
        # A header may have one too.
        (NOTED, PBX, "read as start=start, destination=dst"),
        (NOTED, PBX._replace(mapping=(("caller", "to whom"),)), "caller=To whom"),
        (NOTED.replace(",", ";"), PBX._replace(format="csv"), "read as start=start, destination=dst"),
    ],
)
def test_a_format_is_recognised_by_records_and_not_by_lines(text: str, options: Options, words: str) -> None:
    assert words in recognise([row.encode() for row in text.split("\n")], options, "file.csv").words


def test_a_header_of_several_lines_is_no_row() -> None:
    lines = [row.encode() for row in NOTED.split("\n")]
    recipe = recognise(lines, PBX, "file.csv")
    records, numbers, _ = joined(lines, 1, recipe.shape, at_end=True)
    calls, rejects, *_ = Parser(Task(recipe, {}, NOW)).parse(Chunk(records, numbers, 0))
    assert [found.destination for found in calls] == ["102", "103"]
    assert rejects == []


def test_rows_of_one_call_without_sequence_have_different_legs() -> None:
    _, calls, _ = read("\n".join([master(18), master(18, dstchannel="PJSIP/102-0000001c")]))
    assert len({found.uuid for found in calls}) == 1
    assert len({found.leg for found in calls}) == 2


@pytest.mark.parametrize(
    ("epoch", "start"),
    [
        # Before the clocks went back.
        (1792888200, "2026-10-25T00:30:00"),
        # After.
        (1792891800, "2026-10-25T01:30:00"),
    ],
)
def test_the_hour_that_comes_twice_is_told_by_the_epoch_in_uniqueid(epoch: int, start: str) -> None:
    stamps = {"start": "2026-10-25 02:30:00", "answer": "2026-10-25 02:30:07", "end": "2026-10-25 02:32:07"}
    found = only(master(18, uniqueid=f"{epoch}.7", **stamps), Options(switch="pbx", zone="Europe/Berlin"))
    assert found.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (found.end - found.start).total_seconds() == 127
    assert found.answer is not None
    assert (found.answer - found.start).total_seconds() == 7


def test_without_uniqueid_a_call_beyond_the_change_is_told_by_its_length() -> None:
    stamps = {"start": "2026-10-25 02:59:00", "answer": "2026-10-25 02:59:07", "end": "2026-10-25 03:01:07"}
    found = only(master(16, **stamps), Options(switch="pbx", zone="Europe/Berlin"))
    assert found.start == datetime(2026, 10, 25, 1, 59, tzinfo=UTC)


def test_times_that_do_not_fit_the_epochs_are_said_aloud() -> None:
    stamps = {"start": "2026-11-03 10:00:00", "answer": "2026-11-03 10:00:07", "end": "2026-11-03 10:02:07"}
    recipe, *_ = read(master(18, **stamps))
    assert recipe.notes[0].startswith("Read as UTC, the times are 1 h ahead of the epochs in uniqueid")
    right, *_ = read(master(18, **stamps), Options(switch="pbx", zone="Europe/Berlin"))
    assert right.notes == ()


def test_our_own_csv_needs_no_option() -> None:
    row = (
        "paris-1,u1,+33142685300,Søren,2300,2026-11-03T10:00:00.250+01:00,,2026-11-03T10:00:24.250+01:00,24,0,"
        "ORIGINATOR_CANCEL,1000,in,PCMA,G722,192.0.2.1"
    )
    found = only(f"{OWN}\n{row}\n{OWN}", Options())
    assert found == CDR(
        switch="paris-1",
        uuid="u1",
        start=datetime(2026, 11, 3, 9, 0, 0, 250_000, tzinfo=UTC),
        end=datetime(2026, 11, 3, 9, 0, 24, 250_000, tzinfo=UTC),
        mduration=24_000,
        caller="+33142685300",
        caller_name="Søren",
        destination="2300",
        number="2300",
        account="1000",
        direction="in",
        country="internal",
        cause="ORIGINATOR_CANCEL",
        kind="internal",
        read_codec="PCMA",
        write_codec="G722",
        media_ip="192.0.2.1",
    )
    assert only(f"{OWN}\n{row}", Options(switch="lyon-1")).switch == "lyon-1"


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        # Columns are named by hand; case, blanks and the delimiter do not matter.
        (
            "When;Who;To whom;Secs\n2026-11-03 09:00:00;101;0033142685300;60",
            "start=when,caller=Who,destination=to whom,duration=secs",
            {"caller": "101", "country": "FR", "mduration": 60_000, "answered": False},
        ),
        # FreePBX's table has well-known names, which need no mapping; linkedid is the call, the rest the leg.
        (
            "calldate,clid,src,dst,channel,dstchannel,lastapp,duration,billsec,disposition,accountcode,"
            "uniqueid,linkedid\n"
            '2026-11-03 09:00:00,"""Bob"" <102>",102,101,c,d,Dial,20,12,ANSWERED,2000,'
            "1793696400.27,1793696400.26",
            "",
            {"uuid": "1793696400.26", "caller_name": "Bob", "billmsec": 12_000, "direction": "internal"},
        ),
        # FreeSWITCH's epochs, where 0 is never, and milliseconds.
        (
            "uuid,start_uepoch,answer_uepoch,end_uepoch,mduration,billmsec,caller_id_number,"
            "destination_number,hangup_cause\n"
            "u1,1793696400250000,0,1793696424250000,24000,0,101,102,USER_BUSY",
            "",
            {"mduration": 24_000, "answer": None, "answered": False, "cause": "USER_BUSY", "q850": 17},
        ),
        # A cause in digits is Q.850 ...
        (
            "start,destination,hangup_cause\n2026-11-03 09:00:00,102,17",
            "",
            {"cause": "USER_BUSY", "cause_derived": False},
        ),
        # ... but in a column of dispositions it is Asterisk's.
        (
            "start,destination,disposition,billsec\n2026-11-03 09:00:00,102,8,5",
            "",
            {"answered": True, "cause_derived": True},
        ),
        # Cause 16 alone does not make a call an answered one.
        ("start,destination,hangup_cause\n2026-11-03 09:00:00,102,NORMAL_CLEARING", "", {"answered": False}),
        # With neither talk time nor answer in the file, an answered call talked all the time.
        (
            "start,destination,duration,disposition\n2026-11-03 09:00:00,102,1:02:03,ANSWERED",
            "",
            {"mduration": 3_723_000, "billmsec": 3_723_000, "answered": True},
        ),
        # What is missing is computed from the times.
        (
            "start,answer,end,destination\n2026-11-03 09:00:00,2026-11-03 09:00:02.5,2026-11-03 09:00:10,102",
            "",
            {"mduration": 10_000, "billmsec": 7_500, "answered": True, "cause": "NORMAL_CLEARING"},
        ),
    ],
)  # fmt: skip
def test_a_csv_with_a_header(text: str, mapping: str, expected: dict[str, object]) -> None:
    pairs = tuple(tuple(pair.split("=")) for pair in mapping.split(",") if pair)
    found = only(text, PBX._replace(mapping=pairs))  # type: ignore[arg-type]
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        # A list of something else.
        ("apples,pears\n1,2", PBX, "The format of file.csv is not recognised"),
        # A wrong column, and the right one.
        ("when,dst\n1,2", PBX._replace(mapping=(("start", "wenn"),)), "did you mean when"),
        # A wrong field, and the right one.
        ("when,dst\n1,2", PBX._replace(mapping=(("strat", "when"),)), "did you mean start"),
        # A field of two columns, also by its two names.
        (
            "a,b,dst\n1,2,3",
            PBX._replace(mapping=(("start", "a"), ("calldate", "b"))),
            "The mapping names the start twice, start=a and calldate=b",
        ),
        (
            "a,b,dst\n1,2,3",
            PBX._replace(mapping=(("billsec", "a"), ("billmsec", "b"))),
            "The mapping names the billsec twice, billsec=a and billmsec=b",
        ),
        # A field that is needed.
        ("when,dst\n1,2", PBX._replace(format="csv"), "No column is known to be the start"),
        # A format that there is not.
        ("when,dst\n1,2", PBX._replace(format="xml"), "There is no format 'xml'; there are auto"),
        # A format that it is not.
        ("when,dst\n1,2", PBX._replace(format="asterisk"), "file.csv is not Asterisk's Master.csv"),
        # A zone that there is not.
        (master(), PBX._replace(zone="Berlin"), "There is no time zone 'Berlin'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text: str, options: Options, sentence: str) -> None:
    with pytest.raises(ImportProblem) as problem:
        read(text, options)
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("changed", "kind", "reason"),
    [
        ({"start": ""}, "start", "no start time"),
        ({"start": "soon"}, "time", "The start 'soon' is no time"),
        ({"end": "2026-13-03 09:00:00"}, "time", "The end '2026-13-03 09:00:00' is no time"),
        ({"duration": "-5"}, "negative", "The duration -5 is negative"),
        ({"billsec": "long"}, "length", "The billsec 'long' is not a number"),
        ({"billsec": "nan"}, "length", "The billsec 'nan' is not a number"),
        ({"end": "2026-11-03 08:59:00"}, "order", "ends 0:01:00 before it starts"),
        ({"answer": "2026-11-03 10:00:00"}, "order", "answered before its start or after its end"),
        ({"billsec": "129"}, "talk", "The billsec 129 s is more than the duration 127 s"),
        ({"duration": "2678401"}, "long", "more than 31 days"),
        ({"end": "2026-12-31 09:00:00"}, "long", "ends 58 days after its start"),
        ({"start": "1970-01-02 00:00:00"}, "range", "before 1990"),
        ({"start": "2026-11-25 00:00:00"}, "range", "more than a day in the future"),
        ({"clid": "\0\0\0"}, "binary", "NUL bytes"),
    ],
)
def test_a_row_that_is_no_call_is_rejected_with_its_reason(
    changed: dict[str, str], kind: str, reason: str
) -> None:
    good, bad = master(), master(18, **changed)
    _, calls, rejects = read("\n".join([good, bad, good]))
    assert len(calls) == 2
    assert [(r.line, r.kind, r.text) for r in rejects] == [(2, kind, bad)]
    assert reason in rejects[0].reason


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        # Too few columns, a line end that is none.
        ("a,b,c", "columns"),
        ("a\rb,c", "csv"),
        # A quote that is not closed.
        (master()[:-1], "quote"),
        # Closed and opened again within the row, so that the quotes are even.
        ('a"b,"c', "quote"),
        # More than any call has.
        ("x" * 70_000, "too long"),
    ],
)
def test_a_row_that_is_no_row_is_rejected(row: str, kind: str) -> None:
    good = master()
    _, calls, rejects = read("\n".join([good, row, good]))
    assert len(calls) == 2
    assert [(r.line, r.kind) for r in rejects] == [(2, kind)]


def test_hostile_texts_lose_their_control_characters_and_nothing_else() -> None:
    clid = '"\x1b[31mMallory\x07 =1+1 [bold] \u202egnirts\u202c" <666>'
    assert only(master(clid=clid)).caller_name == "[31mMallory  =1+1 [bold] gnirts"


def test_a_text_of_any_length_is_cut() -> None:
    assert len(only(master(clid="x" * 5000)).caller_name) == 256
