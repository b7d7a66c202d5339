"""The pages, by the name in their address."""

from collections.abc import Callable

from app.pages import (
    account,
    alarm_reports,
    alarms,
    audit,
    fraud,
    lists,
    mail_report,
    realtime,
    sources,
    tasks,
    upload,
    users,
)
from app.pages.dashboard import dashboard
from app.pages.explore import explore
from app.pages.shell import Context
from app.patches import Page

PAGES: dict[str, Callable[[Context], Page]] = {
    "dashboard": dashboard,
    "explore": explore,
    "realtime": realtime.page,
    "alarms": alarms.page,
    "alarm-reports": alarm_reports.page,
    "fraud": fraud.page,
    "lists": lists.page,
    "mail-report": mail_report.page,
    "sources": sources.page,
    "import": upload.page,
    "tasks": tasks.page,
    "users": users.page,
    "audit": audit.page,
    "account": account.page,
}
