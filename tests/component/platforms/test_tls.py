"""TLS as the adapters' client speaks it, against a loopback server with its own certificate."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.core.errors import Transient
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.request import Request

pytestmark = pytest.mark.enable_socket


def certificate(folder: Path, address: str) -> Path:
    """Key and certificate of a server, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / f"{address}.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


class Hello(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")

    def log_message(self, format: str, *args: object) -> None:
        return


def serving(file: Path) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A server's certificate and its address."""
    file = certificate(tmp_path, "127.0.0.1")
    server = serving(file)
    yield file, f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def ask(url: str) -> bytes:
    client = Client(Guard(frozenset({"127.0.0.1"})))
    try:
        return client.send(Request("POST", url)).body
    finally:
        client.close()


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_written(
    own: tuple[Path, str],
) -> None:
    with pytest.raises(Transient, match="ConnectError"):
        ask(own[1])


def test_a_certificate_that_is_vouched_for_is_believed(
    own: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(own[0]))
    assert ask(own[1]) == b"hi"


def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, "127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = serving(file)
    with pytest.raises(Transient, match="ConnectError"):
        ask(f"https://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
