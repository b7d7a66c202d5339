"""The form of a user: role, what they may see and do, profile and password."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple
from zoneinfo import available_timezones

import panel as pn
import panel_material_ui as pmui

from app.tongue import mark, t
from app.user_edits import Offer
from app.views.account import choose, reading
from app.views.alarm_form import LOWER, SMALL, WIDE, beside
from app.views.cards import button, main_button, said
from app.views.users import ROLE_NAMES, STYLE
from app.views.widgets import set_value
from store import passwords
from store.people import RIGHTS, ROLES, User

TEXTS = {
    "name": mark("Name to log in with"),
    "full_name": mark("Full name"),
    "company": mark("Company"),
    "address": mark("Address"),
    "phone": mark("Phone"),
    "email": mark("E-mail"),
}
CHOICES = ("role", "zone")
READING = ("language", "number_format")
HINT = mark(
    "<p class=small>Alarms, lists, sources and tasks are about the calls of everybody: who does not see all "
    "of them cannot edit these.</p>"
)
EMPTY, KEPT = mark("Password (empty: none yet, no login)"), mark("New password (empty: it stays)")
MADE = mark("<p>The password is <code>{password}</code> and is shown only now; give it to its user.</p>")


class Typed(NamedTuple):
    """What stands in the form: the user, a password or '', whether that was made by us, and whether another
    user is to be added then.
    """

    user: User
    password: str
    made: bool
    more: bool


class UserForm:
    """A dialog to add or change a user; `save` is given what stands in it."""

    def __init__(self, save: Callable[[Typed], None], zone: str) -> None:
        self._held, self._save, self._zone, self._made = User(), save, zone, ""
        self._offer = Offer()
        f: dict[str, Any] = {name: pmui.TextInput(label=t(label), **SMALL) for name, label in TEXTS.items()}
        f |= {
            "role": pmui.Select(label=t("Role"), options=[], **LOWER),
            "rights": pmui.CheckBoxGroup(
                label=t("Rights"),
                options={t(said): key for key, said in RIGHTS.items()},
                inline=False,
                **SMALL,
            ),
            "accounts": pmui.MultiChoice(label=t("Accounts"), options=[], **WIDE),
            "other": pmui.TextInput(label=t("Other accounts, with commas"), **SMALL),
            "switches": pmui.MultiChoice(label=t("Switches (none: all)"), options=[], **WIDE),
            "zone": pmui.AutocompleteInput(
                label=t("Time zone"), options=sorted(available_timezones()), min_characters=1, **SMALL
            ),
            **reading(),
            "password": pmui.PasswordInput(label=EMPTY, value="", **SMALL),
        }
        self.fields = f
        self.hint, self.made, self.said = (
            pn.pane.HTML(text, stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
            for text in (t(HINT), "", "")
        )
        f["role"].param.watch(lambda _: self._ruled(), "value")
        for name in (*TEXTS, "other", "password"):
            f[name].param.watch(lambda _: self._saved(False), "enter_pressed")
        self.dialog = pmui.Dialog(
            pn.Column(*self._rows(), sizing_mode="stretch_width", margin=0),
            title=t("User"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="md",
        )

    def _rows(self) -> list[Any]:
        f = self.fields
        self.another = main_button(t("Save and add another"), lambda: self._saved(True), variant="outlined")
        save = main_button(t("Save"), lambda: self._saved(False))
        make = button(t("Make a password"), self._make)
        pairs = [
            ("accounts", "other"), ("switches", "email"), ("full_name", "company"), ("address", "phone"),
            ("zone", "language"), ("number_format", "password"),
        ]  # fmt: skip
        return [
            beside([f["name"], f["role"]]),
            f["rights"],
            self.hint,
            *[beside([f[name] for name in pair]) for pair in pairs],
            make,
            self.made,
            self.said,
            pn.FlexBox(save, self.another, margin=0),
        ]

    def open(self, user: User | None, offer: Offer, words: str = "") -> None:
        """Show it: for a user, or empty; `words` say what came of the one before."""
        held = self._held = user or User(zone=self._zone)
        self._offer = offer
        f = self.fields
        # a role that is not theirs to give stands there all the same, and is refused
        f["role"].options = {t(ROLE_NAMES[one]): one for one in ROLES if one in (*offer.roles, held.role)}
        f["accounts"].options, f["switches"].options = list(offer.accounts), list(offer.switches)
        for name in (*TEXTS, "other", "password"):
            text = getattr(held, name) if name in TEXTS else ""
            f[name].param.update(value=text, value_input=text)
        for name in CHOICES:
            f[name].value = getattr(held, name)
        for name in READING:
            choose(f[name], getattr(held, name))
        for name in ("accounts", "switches", "rights"):
            set_value(f[name], list(getattr(held, name)))
        f["password"].label = t(KEPT if held.id else EMPTY)
        self._made = self.made.object = ""
        self.another.visible = not held.id
        self.answer({}, words)
        self._ruled()
        self.dialog.title = t("Change the user") if held.id else t("Add a user")
        self.dialog.open = True

    def value(self) -> User:
        """The user that stands in the form."""
        f = self.fields
        texts = {name: f[name].value_input or "" for name in TEXTS}
        others = [part.strip() for part in (f["other"].value_input or "").split(",")]
        role = f["role"].value
        told: dict[str, Any] = texts | {name: f[name].value or getattr(self._held, name) for name in CHOICES}
        told |= {name: f[name].value for name in READING}
        return self._held._replace(
            **told,
            rights=tuple(f["rights"].value or ()) if role == "staff" else (),
            accounts=tuple(dict.fromkeys([*(f["accounts"].value or ()), *filter(None, others)])),
            switches=tuple(f["switches"].value or ()),
        )

    def answer(self, wrong: Mapping[str, str], words: str = "") -> None:
        """Sentences below their fields, and those about the whole below all; `words` (HTML) when it is
        kept.
        """
        at = dict(wrong)
        rest = [at.pop(name) for name in wrong if "helper_text" not in self._of(name)]
        for name, widget in self.fields.items():
            if "helper_text" in widget.param:
                widget.param.update(error_state=name in at, helper_text=t(at.get(name, "")))
        self.said.object = said(" ".join(map(t, rest)), False) if rest else words
        if "role" not in at:
            self.fields["role"].helper_text = t(ROLES[self.fields["role"].value])

    def _of(self, name: str) -> Any:
        return self.fields[name].param if name in self.fields else ()

    def _ruled(self) -> None:
        """What a role has is asked for."""
        role, f = self.fields["role"].value, self.fields
        f["rights"].visible = self.hint.visible = role == "staff"
        for name in ("accounts", "switches"):
            f[name].visible = role != "admin"
        f["other"].visible = role != "admin" and self._offer.free
        f["role"].param.update(error_state=False, helper_text=t(ROLES[role]))

    def _make(self) -> None:
        made = self._made = passwords.made()
        self.fields["password"].param.update(value=made, value_input=made)
        self.made.object = shown(made)

    def _saved(self, more: bool) -> None:
        password = self.fields["password"].value_input or ""
        self._save(Typed(self.value(), password, bool(password) and password == self._made, more))

    def close(self) -> None:
        """Hide it, and forget the password."""
        self.dialog.open = False
        self.fields["password"].param.update(value="", value_input="")
        self._made = self.made.object = ""


def shown(password: str) -> str:
    """A password that was made, in HTML."""
    return t(MADE, password=escape(password))
