"""`mail`: try the mail server, see the outbox, see a mail report before it is sent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands.common import FORMATS, choice, opened, shown
from store.errors import CdrStatsError

mail = typer.Typer(help="Letters: try the mail server, show the outbox, preview and add mail reports.")
COLUMNS = ("queued", "kind", "to", "subject", "state", "tries", "problem", "key")


@mail.command("test")
def test_(address: Annotated[str, typer.Argument(help="Who gets the letter.")]) -> None:
    """Send a letter now, past the outbox, and say what the mail server answers."""
    from alerts import courier, letters
    from store.mailboxes import checked
    from store.settings import load

    settings = load()
    address, server = checked(address), courier.server_of(settings)
    where = f"{server.host}:{server.port} ({server.security}{', with login' if server.user else ''})"
    what = letters.told(
        settings, "test", "Letters of CDR-Stats arrive here", {"sentence": f"This one came by {where}."}
    )
    now = datetime.now(UTC)
    courier.send(server, letters.letter(settings, f"test {now.isoformat()}", what, address, now))
    print(f"The mail server {where} took a letter to {address}.")
    if not settings.public_url:
        print("Letters have no links: set public_url to the address of the pages.")


@mail.command("outbox")
def outbox_(
    again: Annotated[str, typer.Option(help="Key of a letter that is to be tried again now.")] = "",
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
) -> None:
    """Show the last letters and webhooks: queued, sent or failed, and why."""
    from alerts.webhook import host
    from app.commands.output import show
    from store import outbox

    form = choice(form, FORMATS, "format")
    with opened() as store:
        if again:
            outbox.again(store, again, datetime.now(UTC))
        found = outbox.latest(store)
    rows = [
        {
            **{name: one[name] for name in ("kind", "subject", "state", "tries", "problem")},
            # the address of a webhook may have a key in it
            "to": host(one["to"]) if one["kind"] == outbox.WEBHOOK else one["to"],
            "queued": one["queued"].isoformat(" ", "seconds"),
            "key": one["_id"],
        }
        for one in found
    ]
    show(rows, COLUMNS, form)


@mail.command("report")
def report_(
    preview: Annotated[Path | None, typer.Option(help="Write the report of the last period here.")] = None,
    to: Annotated[str, typer.Option(help="Addresses, with commas: keep a report that is sent to them.")] = "",
    name: Annotated[str, typer.Option(help="Name of the report.")] = "All calls",
    every: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    hour: Annotated[int, typer.Option(min=0, max=23, help="Hour of the day at which it is sent.")] = 7,
    zone: Annotated[str, typer.Option(help="Time zone of its days and of the hour.")] = "",
    account: Annotated[list[str] | None, typer.Option(help="Only calls of this account.")] = None,
) -> None:
    """Preview a mail report as a page, or keep one that is sent by itself."""
    from alerts import letters, mailreport
    from app.commands.common import zone_name
    from store import mail_reports
    from store.mail_reports import MailReport
    from store.mailboxes import checked

    if not preview and not to:
        raise CdrStatsError("Say --preview FILE to see a report, or --to ADDRESS to have it sent.")
    emails = tuple(checked(part) for part in to.split(",") if part.strip())
    every, now = choice(every, mailreport.WORDS, "period"), datetime.now(UTC)
    with opened() as store:
        zone = zone_name(zone or store.settings.zone)
        wanted = MailReport("", name, "", tuple(account) if account else None, emails, every, hour, zone)
        if preview:
            page = letters.preview(mailreport.compose(store, wanted, mailreport.latest(wanted, now)))
            preview.write_text(page, encoding="utf-8")
            print(f"Written to {preview}.")
        if emails:
            mail_reports.add(store, wanted, now)
            print(f"{shown(name)}: sent every {every} at {hour}:00 ({zone}) to {', '.join(emails)}.")
