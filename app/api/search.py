"""What is asked of the calls: the filter of the address of Explore, as parameters that are checked."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from app.address import LONGEST_VALUE, MOST_VALUES, PARTS
from app.api.answers import FEW, MOST, Given, Paged
from app.api.errors import Wrong
from app.api.who import Ask
from app.filter import EARLIEST, LATEST
from app.periods import PERIODS, anchor, days
from store import catalog
from store.periods import floor, following
from store.record import DIRECTIONS
from store.scope import DurationMatch, NumberMatch, Scope

DAY = timedelta(days=1)
NUMBER = r"^(begins|equals|contains|ends):[\s\S]+$"
HOURS = r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ/\d{4}-\d\d-\d\dT\d\d:\d\dZ$"


def _plus(value: Any) -> Any:
    """An offset whose + was not written as %2B."""
    return value.replace(" ", "+") if isinstance(value, str) and value.count(" ") == 1 else value


def _near(moment: datetime) -> datetime:
    if not EARLIEST < moment.date() < LATEST:
        raise ValueError(f"It lies between {EARLIEST} and {LATEST}.")
    return moment


def near_day(day: date) -> date:
    """The day; raises ValueError for one that no call can have."""
    if not EARLIEST < day < LATEST:
        raise ValueError(f"It lies between {EARLIEST} and {LATEST}.")
    return day


def zone_of(name: str) -> str:
    """The IANA time zone of a name; raises ValueError where there is none."""
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        raise ValueError("It is a time zone such as Europe/Berlin or UTC.") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_plus), AfterValidator(_near)]
Day = Annotated[date, AfterValidator(near_day)]
Text = Annotated[str, Field(max_length=LONGEST_VALUE)]
Texts = Annotated[list[Text], Field(max_length=MOST_VALUES)]
Number = Annotated[str, Field(pattern=NUMBER, max_length=LONGEST_VALUE)]
Period = Literal["today", "yesterday", "24h", "7d", "30d", "90d"]
Direction = Literal["in", "out", "internal", "unknown"]


class Filter(Given):
    """Which calls. Without a time it is all of them; `period` counts back from the last call when that is
    older than a day.
    """

    period: Period | None = Field(None, description="A time by its name")
    first: Day | None = Field(None, alias="from", description="First day, of the zone")
    last: Day | None = Field(None, alias="to", description="Last day, included")
    since: Moment | None = Field(None, description="First moment, ISO 8601 with zone")
    until: Moment | None = Field(None, description="First moment that is no longer meant")
    hours: str | None = Field(
        None, pattern=HOURS, description="Two moments of UTC with / between, as in Explore"
    )
    zone: Annotated[str, Field(max_length=64), AfterValidator(zone_of)] | None = Field(
        None, description="Zone of days, hours and the times of the answer; yours without it"
    )
    switch: Texts = Field([], description="Only these switches")
    account: Texts = Field([], description="Only these account codes; an empty one is calls without")
    country: Texts = Field([], description="ISO codes; ZZ, 001 or internal")
    cause: Texts = Field([], description="Hangup causes by name, such as USER_BUSY")
    direction: list[Direction] = Field([], max_length=len(DIRECTIONS))
    caller: Number | None = Field(None, description="begins:, equals:, contains: or ends: and a text")
    destination: Number | None = Field(None, description="As caller")
    talk: str | None = Field(
        None,
        pattern=r"^(ge|gt|eq|le|lt):[0-9]{1,7}(\.[0-9]{1,3})?$",
        description="Talk time in seconds, such as gt:60",
    )

    def scope(self, ask: Ask, usual: str = "") -> Scope:
        """The calls that are meant, of those that the asker may see; without a time those of the period
        `usual`, or all. Raises Wrong for a time that ends before it begins.
        """
        zone = self.zone or ask.viewer.zone or ask.store.settings.zone
        since, until = self._times(ask, ZoneInfo(zone), usual)
        scope = Scope(
            since,
            until,
            zone,
            accounts=tuple(dict.fromkeys(self.account)) or None,
            switches=tuple(dict.fromkeys(self.switch)),
            countries=tuple(dict.fromkeys(self.country)),
            causes=tuple(dict.fromkeys(self.cause)),
            directions=tuple(dict.fromkeys(self.direction)),
            caller=_number(self.caller),
            destination=_number(self.destination),
            duration=_length(self.talk),
        )
        return ask.viewer.narrow(scope)

    def _times(self, ask: Ask, zone: ZoneInfo, usual: str) -> tuple[datetime, datetime]:
        if self.hours:
            try:
                since, until = PARTS["hours"].read([self.hours])["hours"]
            except ValueError:
                raise Wrong(400, "It is no stretch of time.", "hours") from None
            return since, until
        period = self.period or ("" if self._timed else usual)
        if period:
            held = catalog.span(ask.store, ask.viewer.accounts, ask.viewer.switches)
            return PERIODS[period].of(anchor(datetime.now(UTC), held and held[1]), zone)
        if self.first or self.last:
            day = self.first or self.last or EARLIEST
            since, until = days(day, self.last or datetime.now(UTC).date(), zone)
        elif self.since and self.until:
            since, until = self.since.astimezone(UTC), self.until.astimezone(UTC)
        else:
            since, until = self._ends(ask)
        if since >= until:
            raise Wrong(400, "The time ends before it begins.", "to" if self.last else "until")
        return since, until

    @property
    def _timed(self) -> bool:
        return any((self.first, self.last, self.since, self.until, self.hours))

    def _ends(self, ask: Ask) -> tuple[datetime, datetime]:
        """What is not told is where the calls begin and end."""
        now = datetime.now(UTC)
        held = catalog.span(ask.store, ask.viewer.accounts, ask.viewer.switches) or (now, now)
        since = self.since or min(floor(held[0], "day"), *([self.until - DAY] if self.until else []), now)
        until = self.until or max(following(floor(held[1], "day"), "day"), since + DAY)
        return since.astimezone(UTC), until.astimezone(UTC)


class Figures(Filter, Paged):
    """Which calls, and which part of the rows."""

    limit: int = Field(MOST, ge=0, le=MOST, description="Rows of a page at most")


class Calls(Filter):
    """Which calls, and which page of them: the newest first."""

    limit: int = Field(FEW, ge=0, le=MOST, description="Calls of a page at most; 0 for 1,000")
    after: str | None = Field(None, max_length=36, description="The id behind which the page begins")
    before: str | None = Field(None, max_length=36, description="The id before which the page ends")


def _number(text: str | None) -> NumberMatch | None:
    if not text:
        return None
    op, _, rest = text.partition(":")
    return NumberMatch(op, rest)  # type: ignore[arg-type]


def _length(text: str | None) -> DurationMatch | None:
    if not text:
        return None
    op, _, rest = text.partition(":")
    return DurationMatch(op, float(rest))  # type: ignore[arg-type]
