"""Letters go to servers that are secured, and to none that cannot prove who it is."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alerts.courier import MailProblem, Round, Server, deliver
from store import outbox
from store.database import Store
from store.outbox import Letter
from tests.alerts.test_courier import Mailbox, authenticated, free_port

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1 that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def secured(mailbox: Mailbox, security: str, certificate: Path) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    own: dict[str, Any] = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    running = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticated,
        auth_require_tls=security == "starttls",
        require_starttls=security == "starttls",
        **own,
    )
    running.start()
    try:
        yield Server("127.0.0.1", running.port, security, "cdr", "hunter2", "cdr-stats@example.org")
    finally:
        running.stop()


def queued(store: Store) -> None:
    letter = Letter("one", "alarm", "ada@example.org", "Paris", b"Subject: Paris\r\n\r\nIt fails.\r\n")
    outbox.put(store, None, letter, NOW)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_goes_to_a_server_whose_certificate_is_trusted(
    store: Store, certificate: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox = Mailbox()
    queued(store)
    with secured(mailbox, security, certificate) as server:
        assert deliver(store, server, lambda: NOW) == Round(sent=1)
    assert [address for address, _ in mailbox.taken] == ["ada@example.org"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_cannot_prove_who_it_is_gets_neither_letter_nor_password(
    store: Store, certificate: Path, security: str
) -> None:
    mailbox = Mailbox()
    queued(store)
    with (
        secured(mailbox, security, certificate) as server,
        pytest.raises(MailProblem, match="certificate verify failed"),
    ):
        deliver(store, server, lambda: NOW)
    assert mailbox.taken == []
