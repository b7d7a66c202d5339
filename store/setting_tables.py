"""Tables of the settings file: how much of numbers people see, and who lets people in from elsewhere."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

HERE = ("http://127.0.0.1", "http://localhost", "http://[::1]")
"""Where a provider may be without https: on this machine."""

OIDC_ABOUT: dict[str, tuple[str, str]] = {
    "oidc": ("who lets people in from elsewhere, by OpenID Connect", "a table: [oidc]"),
    "oidc.issuer": (
        "address of the OpenID Connect provider, which lets people in beside the passwords of CDR-Stats",
        "an address that begins with https://",
    ),
    "oidc.client_id": ("id of CDR-Stats at the provider", "a text"),
    "oidc.client_secret": ("secret of CDR-Stats at the provider, where it has one", "a text"),
    "oidc.label": ("what stands on the button of the login page, behind Log in with", "a text"),
    "oidc.scopes": ("what the provider is asked for", "a list of words, openid among them"),
    "oidc.name_claim": ("claim that has the name to log in with", "a text"),
    "oidc.groups_claim": ("claim that has the groups of a person", "a text"),
    "oidc.accounts_claim": ("claim that has the account codes of a person, if there is one", "a text"),
    "oidc.groups": (
        "what each group of the provider is here: [oidc.groups.NAME] with role, rights, accounts, switches",
        "a table for each group: [oidc.groups.NAME]",
    ),
}
"""What each setting means, and what it may be."""


class PrivacySettings(BaseModel):
    """How many of the last digits of numbers each role sees; None is whole numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    admin: int | None = Field(None, ge=0, le=9)
    staff: int | None = Field(None, ge=0, le=9)
    customer: int | None = Field(None, ge=0, le=9)

    def of(self, role: str) -> int | None:
        """The digits that a role sees."""
        found: int | None = getattr(self, role, None)
        return found


def _issuer(text: str) -> str:
    """Over https, for what it says lets people in; on this machine it may be http."""
    if not text.startswith(("https://", *HERE)) or any(letter.isspace() for letter in text):
        raise ValueError("not an issuer")
    return text


def _scopes(words: tuple[str, ...]) -> tuple[str, ...]:
    if "openid" not in words:
        raise ValueError("not for OpenID Connect")
    return words


class OidcGroup(BaseModel):
    """What people of a group of the provider are here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["admin", "staff", "customer"] = "customer"
    rights: tuple[Literal["alarms", "sources", "users", "see_all"], ...] = ()
    accounts: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


class OidcSettings(BaseModel):
    """The provider of OpenID Connect, and what its groups are here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    label: str = "OpenID Connect"
    scopes: Annotated[tuple[str, ...], AfterValidator(_scopes)] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    accounts_claim: str = ""
    groups: dict[str, OidcGroup] = Field(default_factory=dict)
