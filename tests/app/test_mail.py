"""`cdr-stats mail`, and the jobs that write and carry letters."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app import mailing
from app.jobs import JOBS
from store import alarm_reports, alarms, mail_reports
from store.alarm_reports import Report
from store.alarms import Alarm
from store.batch import prepare
from store.database import open_store
from store.ledger import commit
from store.settings import Settings
from tests.app.conftest import Run
from tests.cast import CAST

NOW = datetime(2025, 11, 23, 9, tzinfo=UTC)


class Taken:
    """What the mail server took."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    """A real mail server, which the settings name."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = Taken()
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("SECURITY", "none")):
        monkeypatch.setenv(f"CDR_STATS_MAIL_{name}", value)
    monkeypatch.setenv("CDR_STATS_MAIL_SENDER", "cdr-stats@example.org")
    yield found
    controller.stop()


def test_a_letter_is_tried(run: Run, taken: Taken) -> None:
    said = run("mail", "test", "ada@example.org").stdout
    assert "took a letter to ada@example.org" in said
    assert "set public_url" in said
    assert len(taken.letters) == 1


def test_what_hinders_a_letter_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the setting mail_host is empty" in run("mail", "test", "ada@example.org", code=1).stderr
    assert "is no e-mail address" in run("mail", "test", "ada", code=1).stderr
    monkeypatch.setenv("CDR_STATS_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("CDR_STATS_MAIL_PORT", "1")
    monkeypatch.setenv("CDR_STATS_MAIL_SENDER", "cdr-stats@example.org")
    assert "Connection refused" in run("mail", "test", "ada@example.org", code=1).stderr


def test_an_alarm_travels_from_its_report_to_the_mailbox(run: Run, taken: Taken, settings: Settings) -> None:
    with open_store(settings) as store:
        id = alarms.add(store, Alarm(name="Night", emails=("ada@example.org",)), NOW)
        report = Report(
            alarm=id, name="Night", at=NOW, was="ok", state="critical", value=1.0, threshold=20.0, n=48,
            since=NOW, until=NOW, emails=("ada@example.org",), due=NOW,
        )  # fmt: skip
        alarm_reports.put(store, None, report)
    assert "1 alarm" in run("run", "letters").stdout
    assert "1 sent" in run("run", "mail").stdout
    assert "1 sent" not in run("run", "mail").stdout
    assert len(taken.letters) == 1
    (row,) = json.loads(run("mail", "outbox", "--format", "json").stdout)
    assert (row["to"], row["state"], row["kind"]) == ("ada@example.org", "sent", "alarm")


def test_a_mail_report_is_seen_and_kept(run: Run, settings: Settings, tmp_path: Path) -> None:
    with open_store(settings) as store:
        commit(store, prepare(list(CAST)))
        run("mail", "report", "--preview", tmp_path / "report.html", "--name", "All")
        assert "<h1" in (tmp_path / "report.html").read_text(encoding="utf-8")
        assert mail_reports.everything(store) == []
        said = run("mail", "report", "--to", "ada@example.org, bob@example.org", "--hour", "6")
        assert "every day at 6:00 (UTC) to ada@example.org, bob@example.org" in said.stdout
        (kept,) = mail_reports.everything(store)
        assert kept.emails == ("ada@example.org", "bob@example.org")
    assert "--preview FILE" in run("mail", "report", code=1).stderr


def test_letters_are_carried_only_where_a_server_is_named(settings: Settings) -> None:
    assert not mailing.has_server(settings)
    assert JOBS["mail"].wanted(settings.model_copy(update={"mail_host": "mail.example.org"}))
