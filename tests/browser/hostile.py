"""Calls whose every text tries to be markup, a script or a formula."""

from datetime import UTC, datetime, timedelta

from store.record import CDR, Leg

DAY = "2025-06-02"
SCRIPT = "<script>alert({})</script>"
IMAGE = "<img src=x onerror=alert({})>"


def call(number: int) -> CDR:
    """The call of that number on DAY, two minutes long."""
    start = datetime.fromisoformat(DAY).replace(hour=9, minute=number, tzinfo=UTC)
    end = start + timedelta(minutes=2)
    leg = Leg(
        leg=IMAGE.format(6),
        start=start,
        answer=start,
        end=end,
        mduration=120_000,
        billmsec=120_000,
        answered=True,
        caller=IMAGE.format(7),
        destination=SCRIPT.format(8),
        cause="NORMAL_CLEARING",
        q850=16,
        channel=SCRIPT.format(9),
        peer_channel=IMAGE.format(10),
        application="<b>Dial</b>",
    )
    return CDR(
        switch=SCRIPT.format(1)[:60] if number % 2 else "<b>bold</b>@{time}{safe}",
        uuid=f"hostile-{number}",
        start=start,
        end=end,
        mduration=120_000,
        billmsec=120_000,
        answered=True,
        answer=start,
        caller=IMAGE.format(2),
        caller_name=SCRIPT.format(3),
        destination=SCRIPT.format(4),
        account="=HYPERLINK(1)",
        direction="in",
        country="ZZ",
        cause="NORMAL_CLEARING",
        q850=16,
        legs=(leg, leg),
    )
