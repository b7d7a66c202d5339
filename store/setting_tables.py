"""Tables of the settings file: how much of numbers people see, and who lets people in from elsewhere."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

HERE = ("127.0.0.1", "localhost", "::1")
"""Where a provider may be without https: on this machine."""


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


def proper(address: str) -> bool:
    """Whether an address of a provider is over https, or on this machine; without a name in front of it."""
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
    good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    return whole and good and not any(letter.isspace() for letter in address)


def _issuer(text: str) -> str:
    """Over https, for what it says lets people in; on this machine it may be http."""
    if not proper(text):
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
