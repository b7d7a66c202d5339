"""The sample: exactly so many calls, the same every time, in order, believable, with its stories in it."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import phonenumbers
import pytest

from ingest import sample, stories
from ingest.stories import Story
from ingest.world import COUNTRIES, FRAUD, WANGIRI
from store import causes
from store.errors import CdrStatsError
from store.numbers import country_of, place

UNTIL = datetime(2026, 11, 22, 21, tzinfo=UTC)
HEADER = (
    "switch,uuid,caller_id_number,caller_id_name,destination_number,start,answer,end,duration,billsec,"
    "hangup_cause,accountcode,direction,read_codec,write_codec,remote_media_ip"
)


class Call(NamedTuple):
    """A row of the sample, read back."""

    switch: str
    uuid: str
    caller: str
    name: str
    destination: str
    start: datetime
    answer: datetime | None
    end: datetime
    duration: int
    billsec: int
    cause: str
    account: str
    direction: str
    read_codec: str
    write_codec: str
    media_ip: str


def read(row: sample.Row) -> Call:
    """A row with its times and lengths as values."""
    start, end = datetime.fromisoformat(row[5]), datetime.fromisoformat(row[7])
    answer = datetime.fromisoformat(row[6]) if row[6] else None
    switch, uuid, caller, name, destination = row[:5]
    cause, account, direction, read_codec, write_codec, media_ip = row[10:]
    return Call(
        switch, uuid, caller, name, destination, start, answer, end, int(row[8]), int(row[9]),
        cause, account, direction, read_codec, write_codec, media_ip,
    )  # fmt: skip


@cache
def made(days: int, calls: int, seed: int) -> tuple[Call, ...]:
    """The calls of a sample that ends at UNTIL."""
    return tuple(map(read, sample.rows(days, calls, seed, UNTIL)))


COUNTS = [
    # the demo, in small
    (90, 20_000, 7),
    # few calls on many days, and many on one
    (90, 500, 7),
    (1, 5_000, 1),
    # so few that no story fits in
    (30, 10, 3),
    (365, 1, 0),
    # none at all
    (7, 0, 7),
]


@pytest.mark.parametrize(("days", "calls", "seed"), COUNTS)
def test_a_sample_has_exactly_so_many_calls_in_the_order_of_their_start(
    days: int, calls: int, seed: int
) -> None:
    found = made(days, calls, seed)
    starts = [call.start for call in found]
    assert len(found) == calls
    assert starts == sorted(starts)
    assert all(UNTIL - timedelta(days=days) <= call.start < UNTIL and call.end <= UNTIL for call in found)
    assert len({call.uuid for call in found}) == calls


def test_the_same_arguments_give_the_same_sample_and_another_seed_gives_another() -> None:
    first = list(sample.rows(10, 2_000, 7, UNTIL))
    assert first == list(sample.rows(10, 2_000, 7, UNTIL))
    other = list(sample.rows(10, 2_000, 8, UNTIL))
    assert not {row[1] for row in first} & {row[1] for row in other}


def test_the_hour_does_not_depend_on_the_zone_that_it_is_told_in() -> None:
    paris = UNTIL.astimezone(stories.zone_of(0))
    assert list(sample.rows(3, 300, 7, paris)) == list(sample.rows(3, 300, 7, UNTIL))
    assert sample.last_full_hour(paris + timedelta(minutes=59, microseconds=1)) == UNTIL


@pytest.mark.parametrize(("days", "calls", "seed"), COUNTS)
def test_times_and_lengths_of_a_call_agree(days: int, calls: int, seed: int) -> None:
    for call in made(days, calls, seed):
        assert call.duration == (call.end - call.start).total_seconds() >= 0
        if call.answer is None:
            assert call.billsec == 0
        else:
            assert call.start <= call.answer < call.end
            assert call.billsec == (call.end - call.answer).total_seconds() > 0


def test_every_word_of_a_call_is_one_that_the_program_knows() -> None:
    for call in made(90, 20_000, 7):
        cause = causes.table()[call.cause]
        assert (cause.kind in ("normal", "network")) if call.answer else (cause.name != "NORMAL_CLEARING")
        assert call.direction in ("in", "out", "internal")
        place_to, place_from = place(call.destination), place(call.caller)
        assert (
            (place_to.kind == "internal") is (place_from.kind == "internal") is (call.direction == "internal")
        )
        assert "ZZ" not in (place_to.country, place_from.country)
        assert call.media_ip == "" or call.media_ip.startswith(("192.0.2.", "198.51.100.", "203.0.113."))


def test_the_numbers_are_nearly_all_valid_ones_of_many_countries() -> None:
    numbers = {call.destination for call in made(90, 20_000, 7) if call.direction == "out"}
    valid = sum(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    assert valid > 0.95 * len(numbers)
    assert len({country_of(number[1:]) for number in numbers}) > 45


def test_the_ranges_of_a_country_are_its_own_and_the_stories_have_theirs_alone() -> None:
    for country in (*COUNTRIES, *FRAUD, *WANGIRI):
        for text in country.ranges:
            assert {country_of(text.replace("x", digit)) for digit in "0123456789"} == {country.code}
    everyday = {country.code for country in COUNTRIES}
    assert not everyday & {country.code for country in (*FRAUD, *WANGIRI)}


def test_traffic_has_the_rhythm_of_day_and_week_and_large_and_small_accounts() -> None:
    found = made(90, 20_000, 7)
    hours = Counter(call.start.hour for call in found)
    weekdays = Counter(call.start.weekday() for call in found)
    accounts = Counter(call.account for call in found)
    assert hours[10] > 5 * hours[3]
    assert min(weekdays[day] for day in range(5)) > 1.5 * max(weekdays[5], weekdays[6])
    assert len(accounts) == 24
    assert accounts.most_common(1)[0][0] == "1000"
    assert 0.5 < sum(call.answer is not None for call in found) / len(found) < 0.75


def shown(calls: tuple[Call, ...], story: Story) -> list[Call]:
    """The calls that the filter of the story lets through."""
    return [
        call
        for call in calls
        if story.since <= call.start < story.until
        and story.switch in ("", call.switch)
        and story.account in ("", call.account)
        and story.country in ("", place(call.destination).country)
        and story.direction in ("", call.direction)
        and call.caller.startswith(story.caller)
    ]


def answered(calls: list[Call]) -> float:
    """The share of calls that are answered."""
    return sum(call.answer is not None for call in calls) / len(calls)


STORIES = [
    # the demo, in small
    (90, 20_000, 7),
    # another world, where other accounts, switches and countries have the trouble
    (90, 20_000, 8),
    (30, 8_000, 99),
    # so few calls that the stories shrink
    (90, 500, 7),
    # a week
    (7, 3_000, 5),
    # two days: the afternoon, the night and the morning that there are
    (2, 3_000, 5),
]


@pytest.mark.parametrize(("days", "calls", "seed"), STORIES)
def test_every_story_is_in_the_calls_as_it_is_told(days: int, calls: int, seed: int) -> None:
    told = {story.name: story for story in stories.stories(days, calls, seed, UNTIL)}
    plan = stories.plan(days, calls, seed, UNTIL)
    assert plan.trunk and plan.fraud and plan.wangiri and set(told) == {"trunk", "fraud", "wangiri"}
    found = made(days, calls, seed)

    trunk = shown(found, told["trunk"])
    assert len(trunk) >= plan.trunk.calls
    assert answered(trunk) < 0.3 < answered([call for call in found if call.switch == told["trunk"].switch])
    failed = [call for call in trunk if call.cause in ("NORMAL_TEMPORARY_FAILURE", "NETWORK_OUT_OF_ORDER")]
    assert len(failed) > 0.7 * len(trunk)

    fraud = shown(found, told["fraud"])
    assert len(fraud) == plan.fraud.calls
    assert told["fraud"].facts["calls"] == len(fraud)
    assert answered(fraud) > 0.6
    assert sum(call.billsec for call in fraud) / len(fraud) > 300
    assert fraud == [call for call in found if place(call.destination).country == told["fraud"].country]

    wangiri = shown(found, told["wangiri"])
    assert len(wangiri) == plan.wangiri.calls
    assert answered(wangiri) == 0
    assert max(call.duration for call in wangiri) <= 3
    assert len({call.caller for call in wangiri}) == len(wangiri)
    back = [call for call in found if place(call.destination).country == plan.wangiri.country.code]
    assert len(back) == plan.wangiri.callbacks
    assert {call.destination for call in back} <= {call.caller for call in wangiri}


@pytest.mark.parametrize(("days", "calls", "seed"), STORIES)
def test_every_story_is_told_in_one_sentence_with_its_time(days: int, calls: int, seed: int) -> None:
    told = stories.stories(days, calls, seed, UNTIL)
    assert [story.since for story in told] == sorted(story.since for story in told)
    for story in told:
        assert UNTIL - timedelta(days=days) <= story.since < story.until < UNTIL
        sentence = story.template.format(**story.facts)
        assert f"{story.since:%H:%M} and {story.until:%H:%M} UTC" in sentence
        assert sentence.endswith(".") and " 0 " not in sentence


def test_a_sample_of_few_calls_tells_no_story_that_is_not_in_it() -> None:
    assert stories.stories(90, 10, 7, UNTIL) == []


BAD = [
    # no day, too many days
    (0, 10, 7, "days is 0; give a number from 1 to 3660."),
    (100_000, 10, 7, "days is 100000"),
    # less than nothing
    (1, -1, 7, "calls is -1"),
    (1, 1, -7, "seed is -7"),
]


@pytest.mark.parametrize(("days", "calls", "seed", "sentence"), BAD)
def test_arguments_out_of_range_are_refused_with_words(
    days: int, calls: int, seed: int, sentence: str
) -> None:
    with pytest.raises(CdrStatsError, match=sentence):
        list(sample.rows(days, calls, seed, UNTIL))


def test_the_file_is_our_own_csv_and_reads_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    sample.write(path, 5, 400, 7, UNTIL)
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == HEADER
    rows = [tuple(row) for row in csv.reader(io.StringIO(text))]
    assert rows[1:] == list(sample.rows(5, 400, 7, UNTIL))
    assert any(not name.isascii() for name in (row[3] for row in rows))
    assert rows[1][5].endswith(":00+00:00") or len(rows[1][5]) == len("2026-11-22T14:00:00+00:00")


def test_arguments_out_of_range_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    with pytest.raises(CdrStatsError):
        sample.write(path, 0, 400, 7, UNTIL)
    assert not path.exists()
