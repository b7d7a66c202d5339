"""The pages, by the name in their address."""

from collections.abc import Callable

from app.pages import (
    about,
    account,
    alarm_reports,
    alarms,
    audit,
    causes,
    countries,
    fraud,
    lists,
    mail_report,
    realtime,
    settings,
    sources,
    switches,
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
    "switches": switches.page,
    "settings": settings.page,
    "causes": causes.page,
    "countries": countries.page,
    "about": about.page,
    "account": account.page,
}
