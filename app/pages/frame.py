"""The frame around every page: the head with the ways to the others, light and dark, drawer and notices."""

from collections.abc import Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
from panel_material_ui.template.base import Meta

from app.pages.hints import HELP
from app.patches import Page
from app.ready import ready
from app.theme import MATERIAL, PAGE
from app.tongue import mark, t
from app.viewer import OWN, Viewer
from app.views.parts import Address, Bell
from assets.files import path

NAMES = {
    "dashboard": mark("Dashboard"),
    "explore": mark("Explore"),
    "realtime": mark("Realtime"),
    "alarms": mark("Alarms"),
    "alarm-reports": mark("Alarm reports"),
    "fraud": mark("Fraud"),
    "lists": mark("Lists"),
    "mail-report": mark("Mail report"),
    "sources": mark("Sources"),
    "import": mark("Import"),
    "tasks": mark("Tasks"),
    "users": mark("Users"),
    "audit": mark("Audit log"),
    "switches": mark("Switches"),
    "settings": mark("Settings"),
    "causes": mark("Hangup causes"),
    "countries": mark("Countries"),
    "about": mark("About"),
    "account": mark("Account"),
}
"""Every page in the head, by its name in the address, in their order."""
HELP_MENU = mark("Help")
"""The menu that begins with what the page itself is for."""
MENUS = {
    mark("Watch"): ("alarms", "alarm-reports", "fraud", "lists", "mail-report"),
    mark("Admin"): ("sources", "import", "switches", "tasks", "users", "audit", "settings"),
    HELP_MENU: ("causes", "countries", "about"),
}
"""Pages by the menu of the head that they stand in."""
WALLS = frozenset({"dashboard", "explore", "realtime"})
"""The pages that hang on a wall."""
SIX_HOURS = "21600"
LOST = mark(
    "The database does not answer. What you see may be old; this page goes on by itself when it is back."
)
SHELL = path("shell.css").read_text(encoding="utf-8")
PLAIN: dict[str, Any] = {
    "& .main": {"backgroundColor": "background.default", "minWidth": 0},
    "& .sidebar": {"backgroundColor": "background.paper"},
    "& .header": {
        "backgroundImage": "none",
        "boxShadow": "none",
        "backgroundColor": "#24425f",
        "color": "#fff",
    },
    "& .header .MuiIconButton-root": {"color": "#fff"},
    # it has no name for who does not see it; what is under way is said in its card
    "& .MuiLinearProgress-root": {"display": "none"},
    "& .title": {"display": {"xs": "none", "sm": "block"}},
    # on a phone the ways to the pages have the room, in two lines
    "& .header .MuiToolbar-root": {"gap": 0, "paddingX": {"xs": "8px", "sm": "24px"}},
    "& .header .MuiToolbar-root > .MuiIconButton-root": {"marginX": {"xs": 0, "sm": "8px"}},
    "& .header .MuiToolbar-root > .MuiBox-root": {"minWidth": 0},
    "& .header .MuiToolbar-root > .MuiBox-root:has(.logo)": {"display": {"xs": "none", "sm": "flex"}},
}
WALL: dict[str, Any] = PLAIN | {
    "& .MuiAppBar-root, & .MuiToolbar-root": {"display": "none"},
    "& .main-content": {"--cdr-size": "18px"},
}


def ways(name: str, viewer: Viewer) -> str:
    """The links of the head, to the pages that are for who looks."""
    within = {page for pages in MENUS.values() for page in pages}
    free = "".join(_link(page, name) for page in NAMES if page not in (*within, "account"))
    menus = "".join(
        _menu(title, opened, name)
        for title, pages in MENUS.items()
        if (opened := [page for page in pages if viewer.opens(page)])
    )
    hint = t("This page full screen, dark, refreshing itself")
    wall = f'<a class="wall" href="{name}?wall=1" title="{hint}">{t("Wall")}</a>' if name in WALLS else ""
    return f"<nav>{free}{menus}{wall}{_person(name, viewer)}</nav>"


def _person(name: str, viewer: Viewer) -> str:
    """Who looks, and what they may do with that."""
    if viewer.read_only:
        hint = t("You may look at everything and change nothing")
        return f'<span class="demo" title="{hint}">{t("Demo")}</span>'
    if not viewer.may(OWN):
        return ""
    out = f"<form method=post action=logout><button>{t('Log out')}</button></form>"
    here = " class=here" if name == "account" else ""
    own = f"<a href=account{here}>{t(NAMES['account'])}</a>{out}"
    head = f"<summary{here}>{escape(viewer.name)}</summary>"
    return f"<details name=menu class=person>{head}<div>{own}</div></details>"


def _link(page: str, here: str) -> str:
    current = " class=here aria-current=page" if page == here else ""
    return f'<a href="{page}"{current}>{t(NAMES[page])}</a>'


def _menu(title: str, pages: Sequence[str], here: str) -> str:
    """Pages below a word of the head, which opens without a script; only one is open."""
    links = "".join(_link(page, here) for page in pages)
    if title == HELP_MENU:
        links = f"<p class=hint>{escape(t(HELP[here]))}</p>{links}"
    open_ = " class=here" if here in pages else ""
    kind = " class=help" if title == HELP_MENU else ""
    return f"<details name=menu><summary{open_}>{t(title)}</summary><div{kind}>{links}</div></details>"


def frame(
    name: str, viewer: Viewer, parts: list[Any], address: Address, sidebar: list[Any], wall: bool = False
) -> Page:
    """The page around its parts, one below the other; `address` remembers light or dark."""
    main = pn.Column(*parts, sizing_mode="stretch_width", css_classes=["stage"], margin=0, stylesheets=[PAGE])
    bell = [Bell()] if viewer.may("alarms") and not wall else []
    page = Page(
        title="CDR-Stats",
        logo=path("logo.svg"),
        favicon=path("logo.svg"),
        site_url="dashboard",
        header=[
            pn.pane.HTML(ways(name, viewer), css_classes=["ways"], stylesheets=[SHELL], margin=0),
            *bell,
        ],
        main=[main],
        sidebar=[] if wall else sidebar,
        sidebar_width=300,
        # its handle has no name for who does not see it
        sidebar_resizable=False,
        sidebar_open=not _phone(),
        dark_theme=wall or pn.state.cookies.get("cdr-theme") == "dark",
        theme_config=MATERIAL,
        meta=Meta(
            name="CDR-Stats", title=f"{t(NAMES[name])} – CDR-Stats", refresh=SIX_HOURS if wall else None
        ),
        sx=WALL if wall else PLAIN,
    )
    page.param.watch(
        lambda e: ready(lambda: address.param.update(theme="dark" if e.new else "light")), "dark_theme"
    )
    return page


def wall() -> bool:
    """Whether the address asks for the wall screen."""
    return dict(pn.state.session_args or {}).get("wall", [b""])[0] == b"1"


def notice(kind: str) -> pn.pane.HTML:
    """A line below the head, hidden while it says nothing; `kind` is banner or notice."""
    return pn.pane.HTML(
        "", visible=False, css_classes=[kind], stylesheets=[SHELL], sizing_mode="stretch_width", margin=0
    )


def _phone() -> bool:
    """Whether the drawer should start closed: a telephone says so in its request."""
    return "Mobi" in (pn.state.headers or {}).get("User-Agent", "")
