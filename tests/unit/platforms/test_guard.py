"""Server addresses are hostile: what passes, what is refused, and that nothing gets round it."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import InvalidDraft
from shared.platforms.guard import Guard, HostUnknown, ServerRefused, is_public

PUBLIC = "93.184.216.34"


def guard(*allowed: str, finds: tuple[str, ...] = (PUBLIC,)) -> Guard:
    return Guard(frozenset(allowed), resolve=lambda host, port: finds)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://social.example", "https://social.example"),
        ("social.example", "https://social.example"),
        ("  social.example/  ", "https://social.example"),
        ("HTTPS://Social.Example", "https://social.example"),
        ("https://social.example.", "https://social.example"),
        ("https://social.example:443", "https://social.example"),
        ("https://social.example:8443", "https://social.example:8443"),
        ("https://social.example/@ada?x=1#y", "https://social.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://93.184.216.34", "https://93.184.216.34"),
        ("https://[2606:4700::1]:8443", "https://[2606:4700::1]:8443"),
    ],
)
def test_origin_normalises_what_people_type(typed: str, origin: str) -> None:
    assert guard().origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://social.example",
        "ftp://social.example",
        "file:///etc/passwd",
        "javascript://social.example",
        "https://",
        "https:///path",
        "https://user:pass@social.example",
        "https://social.example@127.0.0.1",
        "https://social.example\\@127.0.0.1",
        "https://social .example",
        "https://social.example\r\nHost: evil",
        "https://social.example\x00",
        "https://social..example",
        "https://-social.example",
        "https://social.example:0",
        "https://social.example:65536",
        "https://social.example:web",
        "https://social.example:22",
        "https://social.example:25",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://1.2.3.4.5",
        "https://[::1",
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 130 + "example",
    ],
)
def test_origin_refuses_what_is_no_server(typed: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        guard().origin(typed, where="fields.server")
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == ("fields.server", "bad_server_url")


REFUSED = [
    "0.0.0.0",  # noqa: S104  an address to refuse
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_of_private_networks_are_refused(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidDraft) as caught:
        guard().origin(f"https://{literal}")
    assert caught.value.problems[0].code == "server_not_allowed"
    with pytest.raises(ServerRefused) as refused:
        guard(finds=(address,)).addresses("social.example", 443)
    assert refused.value.problems[0].code == "server_not_allowed"


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ServerRefused):
        guard(finds=(PUBLIC, "10.0.0.1")).addresses("social.example", 443)


def test_what_the_resolver_says_is_checked_even_when_it_is_no_address() -> None:
    with pytest.raises(ServerRefused):
        guard(finds=("fe80::1%eth0",)).addresses("social.example", 443)


@pytest.mark.parametrize(
    ("allowed", "url", "host", "port"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000", "127.0.0.1", 3000),
        ("127.0.0.1:3000", "http://127.0.0.1:3000", "127.0.0.1", 3000),
        ("::1", "http://[::1]:3000", "::1", 3000),
        ("[::1]:3000", "http://[::1]:3000", "::1", 3000),
        ("Mastodon.Internal", "http://mastodon.internal", "mastodon.internal", 80),
        ("mastodon.internal:80", "http://mastodon.internal", "mastodon.internal", 80),
        ("localhost", "https://localhost:22", "localhost", 22),
    ],
)
def test_hosts_named_by_the_installation_may_be_private(
    allowed: str, url: str, host: str, port: int
) -> None:
    named = guard(allowed, finds=("127.0.0.1",))
    assert named.origin(url) == url
    assert named.addresses(host, port) == ("127.0.0.1",)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3001", "http://127.0.0.2:3000"])
def test_only_the_named_host_and_port_are_allowed(url: str) -> None:
    with pytest.raises(InvalidDraft):
        guard("127.0.0.1:3000").origin(url)


def test_pages_may_be_plain_http_but_not_private() -> None:
    guard().check("http://blog.example/post", plain=True)
    with pytest.raises(ServerRefused):
        guard().check("http://169.254.169.254/latest/meta-data", plain=True)


def test_a_name_without_address_is_told_apart() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(HostUnknown):
        Guard(resolve=nobody).addresses("nowhere.example", 443)
    with pytest.raises(HostUnknown):
        guard(finds=()).addresses("nowhere.example", 443)


@given(st.ip_addresses(v=4))
def test_never_kinder_than_the_standard_library_v4(address: ipaddress.IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_never_kinder_than_the_standard_library_v6(address: ipaddress.IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert address.ipv4_mapped is None


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_spelling_of_a_private_address_passes(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    for spelled in (
        str(address),
        str(number),
        hex(number),
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"[::ffff:{address}]",
        f"[64:ff9b::{b:02x}:{d:02x}]",
    ):
        with pytest.raises(InvalidDraft):
            guard().origin(f"https://{spelled}")


@given(st.text(max_size=40))
def test_any_text_is_either_an_origin_that_passes_again_or_refused(text: str) -> None:
    try:
        origin = guard().origin(text)
    except InvalidDraft:
        return
    assert origin.startswith("https://")
    assert guard().origin(origin) == origin
