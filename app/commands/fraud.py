"""`fraud`: the rules that look for fraud, and what they found; rules, set, events."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.fraud_events import Event
    from store.fraud_rules import Choice

fraud = typer.Typer(help="The rules that look for fraud, and what they found: rules, set, events.")

RULE_COLUMNS = ("rule", "on", "limit", "unit", "own", "words")
EVENT_COLUMNS = ("first", "until", "rule", "account", "about", "value", "limit", "calls", "talk")
Form = Annotated[str, typer.Option("--format", help="table, json or csv.")]


@fraud.command()
def rules(form: Form = "table") -> None:
    """Show the rules: which are on, their limits, and the limits that accounts have of their own."""
    from alerts.fraud import choices
    from app.commands.output import show as written

    form = choice(form, FORMATS, "format")
    with opened() as store:
        found = choices(store)
    written([_rule(one) for one in found.values()], RULE_COLUMNS, form)


def _rule(one: "Choice") -> dict[str, Any]:
    from alerts.fraud import RULES

    rule = RULES[one.rule]
    return {
        "rule": one.rule,
        "on": one.active,
        "limit": rule.limit if one.limit is None else one.limit,
        "unit": rule.unit,
        "own": ", ".join(f"{account}: {limit:g}" for account, limit in one.own.items()),
        "words": rule.words,
    }


@fraud.command("set")
def change(
    rule: Annotated[str, typer.Argument(help="Which, as `fraud rules` names it.")],
    on: Annotated[bool | None, typer.Option("--on/--off", help="Whether it looks.")] = None,
    limit: Annotated[str | None, typer.Option(help="From which value on it tells.")] = None,
    account: Annotated[str, typer.Option(help="The limit is that of this account alone.")] = "",
    shipped: Annotated[
        bool, typer.Option("--shipped", help="The limit is again the one that it ships with.")
    ] = False,
) -> None:
    """Switch a rule on or off, or give it a limit; for the calls that come in from now on."""
    from alerts.fraud import RULES, choices
    from alerts.fraudform import limited, number
    from store import fraud_rules

    name = choice(rule, RULES, "rule")
    if on is None and limit is None and not shipped:
        raise CdrStatsError("Say what to change: --on, --off, --limit NUMBER or --shipped.")
    if limit is not None and shipped:
        raise CdrStatsError("--limit and --shipped exclude each other.")
    if limit is not None:
        number(limit)
    with opened() as store:
        held = choices(store)[name]
        changed = limited(held, limit or "", account) if limit is not None or shipped else held
        if on is not None:
            changed = changed._replace(active=on)
        fraud_rules.choose(store, changed)
        row = _rule(changed)
    own = f", of accounts {row['own']}" if row["own"] else ""
    print(f"{name} is {'on' if row['on'] else 'off'}, its limit {row['limit']:g} {row['unit']}{own}.")


@fraud.command()
def events(
    rule: Annotated[str, typer.Option(help="Of this rule alone.")] = "",
    account: Annotated[str | None, typer.Option(help="Of this account alone.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of so many days.")] = 90,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    form: Form = "table",
) -> None:
    """Show what the rules found, newest first; what was found on one day about the same is one line."""
    from alerts.fraud import RULES
    from app.commands.output import show as written
    from store import fraud_events

    form = choice(form, FORMATS, "format")
    name = choice(rule, RULES, "rule") if rule else ""
    accounts = None if account is None else (account,)
    since = datetime.now(UTC) - timedelta(days=days)
    with opened() as store:
        zone = store.settings.zone
        found = fraud_events.events(store, since, None, accounts, name, zone, limit)
        rows = [_event(one, zone) for one in found]
    written(rows, EVENT_COLUMNS, form)


def _event(one: "Event", zone: str) -> dict[str, Any]:
    from zoneinfo import ZoneInfo

    from alerts.fraudletter import about

    local = ZoneInfo(zone)
    return {
        "first": one.since.astimezone(local).isoformat(" ", "seconds"),
        "until": one.until.astimezone(local).isoformat(" ", "seconds"),
        "rule": one.rule,
        "account": shown(one.account),
        "about": shown(about(one)),
        "value": round(one.value, 1),
        "limit": one.limit,
        "calls": one.calls,
        "talk": round(one.seconds),
    }
