"""By which names the server answers where nobody logs in."""

import pytest

from app.hosts import known
from tests.app.conftest import Run

NAMES = ("cdr.lan", "Switch.example.org:8443", "*.office.example")
HOSTS = [
    # the machine itself, by name and by address, with a port and without
    ("localhost:5006", True),
    ("LOCALHOST", True),
    ("cdr.localhost:5006", True),
    ("127.0.0.1:5006", True),
    ("[::1]:5006", True),
    # an address cannot be turned to another machine by a name server
    ("192.168.1.7:5006", True),
    # what is named in the settings, whatever its port
    ("cdr.lan:5006", True),
    ("switch.example.org", True),
    ("a.office.example:1", True),
    ("cdr.lan.", True),
    # another name, and what looks like one of these
    ("evil.example:5006", False),
    ("localhost.evil.example", False),
    ("127.0.0.1.evil.example", False),
    ("evil.example/localhost", False),
    ("localhost@evil.example", False),
    ("office.example", False),
    # none at all
    ("", False),
    ("[::1", False),
]


@pytest.mark.parametrize(("host", "fits"), HOSTS)
def test_a_host_is_known_by_its_name(host: str, fits: bool) -> None:
    assert known(host, NAMES) is fits


OPEN = [
    # nobody logs in, and others reach it
    ({"LOGIN": "false"}, "Without a login the pages are for this machine alone"),
    # the provider would send people to whatever address a request names
    (
        {"OIDC__ISSUER": "https://id.example", "OIDC__CLIENT_ID": "cdr-stats"},
        "Whoever logs in by OpenID Connect is sent back to the pages: set public_url",
    ),
]


@pytest.mark.parametrize(("given", "said"), OPEN)
def test_what_is_safe_on_this_machine_alone_is_refused_for_others(
    given: dict[str, str], said: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"CDR_STATS_{name}", value)
    assert said in run("serve", "--address", "0.0.0.0", code=1).stderr
