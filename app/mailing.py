"""The jobs of mail: what happened becomes letters, and letters are carried. What draws and writes letters is
loaded when there is something to do.
"""

from app.runs import Counts, Run
from store.settings import Settings


def letters(run: Run) -> Counts | None:
    """Queue letters of what is untold."""
    from alerts.tell import tell

    found = {name: count for name, count in tell(run.store, run.now()).items() if count}
    return found or None


def mail(run: Run) -> Counts | None:
    """Carry letters to the mail server. A look at an empty outbox is no news, and no end of its troubles."""
    from alerts import courier

    done = courier.deliver(run.store, courier.server_of(run.store.settings), run.now)
    return done._asdict() if any(done) else None


def webhooks(run: Run) -> Counts | None:
    """Post the webhooks of alarms."""
    from alerts import webhook

    done = webhook.deliver(run.store, run.now)
    return done._asdict() if any(done) else None


def reports(run: Run) -> Counts | None:
    """Queue the mail reports that are due."""
    from alerts import mailreport

    count = mailreport.send(run.store, run.now(), run.tell)
    return {"letters": count} if count else None


def has_server(settings: Settings) -> bool:
    """Whether letters can be carried at all."""
    return bool(settings.mail_host)
