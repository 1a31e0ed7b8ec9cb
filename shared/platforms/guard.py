"""Which servers we may speak to. Every address that a person or a page hands us is hostile input.

Two questions, asked at different times. `origin` and `check` look at the words: scheme, host, port.
`addresses` looks at what the name resolves to, and the connection is made to exactly those
addresses (`sockets.py`), so that a name cannot change its mind between the check and its use.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from shared.core.errors import InvalidDraft, Problem, Rejected, Transient

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port in, addresses out. Raises OSError (gaierror) when there are none."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# https://www.iana.org/assignments/iana-ipv4-special-registry (read 2026-11). Written out because
# `ipaddress.is_global` answers differently in the patch releases of the Pythons we run on.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata services of every cloud
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry (read 2026-11): only 2000::/3 is
# global unicast, so mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), local and multicast fall outside.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PRIVILEGED = 1024
_WEB_PORTS = {"https": 443, "http": 80}


class ServerRefused(Rejected):
    """We will not speak to this server; no repetition helps."""

    code = "server_not_allowed"


class HostUnknown(Transient):
    """The name has no address now: a slip of the pen when connecting, a DNS fault when sending."""

    code = "host_unknown"


def _getaddrinfo(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def is_public(address: Address) -> bool:
    """True when the address belongs to one machine on the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _REFUSED_V4)
    return address in _GLOBAL_V6 and not any(address in net for net in _REFUSED_V6)


class Guard:
    """Decides for one installation. `allowed`: `host` or `host:port` that may be private."""

    def __init__(
        self, allowed: frozenset[str] = frozenset(), *, resolve: Resolve = _getaddrinfo
    ) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._resolve = resolve

    def allows(self, host: str, port: int) -> bool:
        """True when the installation named this host, with this port or with any."""
        named = f"[{host}]" if ":" in host else host
        return not self._allowed.isdisjoint({host, named, f"{named}:{port}"})

    def origin(self, text: str, *, where: str = "server") -> str:
        """What a person typed, as scheme, host and port.

        A missing scheme means https; a path is dropped. Raises InvalidDraft (`bad_server_url`,
        `server_not_allowed`).
        """
        text = text.strip()
        if "://" not in text:
            text = f"https://{text}"
        try:
            scheme, host, port = self._parse(text, plain=False, where=where)
        except ServerRefused as refused:
            raise InvalidDraft(refused.problems) from refused
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}" + ("" if port == _WEB_PORTS[scheme] else f":{port}")

    def check(self, url: str, *, plain: bool = False, where: str = "server") -> None:
        """Refuse a URL by its words; `plain` lets http pass, for pages that people link to.

        Raises ServerRefused.
        """
        self._parse(url, plain=plain, where=where)

    def addresses(self, host: str, port: int, *, where: str = "server") -> Sequence[str]:
        """The addresses to connect to, checked. Raises ServerRefused, HostUnknown."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise HostUnknown(f"{host} has no address") from error
        if not found:
            raise HostUnknown(f"{host} has no address")
        if not self.allows(host, port) and not all(map(_is_public_text, found)):
            raise _not_allowed(where, host)
        return found

    def _parse(self, url: str, *, plain: bool, where: str) -> tuple[str, str, int]:
        split = _split(url, where)
        host = _host(split.hostname or "", where)
        scheme = split.scheme.lower()
        if scheme not in _WEB_PORTS:
            raise _bad(where, "The address must start with https://.")
        port = _port(split, scheme, where)
        if self.allows(host, port):
            return scheme, host, port
        if scheme == "http" and not plain:
            raise _bad(where, "Only https:// is allowed: over http:// anyone could read the token.")
        if port < _PRIVILEGED and port not in _WEB_PORTS.values():
            raise _bad(where, f"Port {port} belongs to another service; web servers use 443.")
        literal = _literal(host)
        if literal is not None and not is_public(literal):
            raise _not_allowed(where, host)
        return scheme, host, port


def _split(url: str, where: str) -> SplitResult:
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise _bad(where, "The address holds a space or a character that no address has.")
    try:
        split = urlsplit(url)
    except ValueError:
        raise _bad(where, "This is not an address such as https://social.example.") from None
    if "@" in split.netloc:
        raise _bad(where, "Leave out the name and password before the @: enter the server only.")
    return split


def _host(name: str, where: str) -> str:
    """The host in the one form used everywhere: lower case, punycode, no trailing dot."""
    name = name.lower().removesuffix(".")
    if _literal(name) is not None:
        return name
    if not name.isascii():
        name = _punycode(name, where)
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253:
        raise _bad(where, "This is not a server name such as social.example.")
    # https://url.spec.whatwg.org/#ends-in-a-number-checker (read 2026-11): 127.1 and 0x7f000001
    # are addresses to the resolver, whatever they look like.
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        raise _bad(where, "Write the address as four numbers, or use the server's name.")
    return name


def _punycode(name: str, where: str) -> str:
    import idna

    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        raise _bad(where, "This is not a server name such as social.example.") from None


def _port(split: SplitResult, scheme: str, where: str) -> int:
    try:
        port = _WEB_PORTS[scheme] if split.port is None else split.port
    except ValueError:
        port = 0
    if port == 0:
        raise _bad(where, "The port after the colon must be a number from 1 to 65535.")
    return port


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_public_text(text: str) -> bool:
    address = _literal(text)
    return address is not None and is_public(address)


def _bad(where: str, message: str) -> ServerRefused:
    return ServerRefused([Problem(where, "bad_server_url", message)])


def _not_allowed(where: str, host: str) -> ServerRefused:
    message = (
        f"{host} is inside a private network. Whoever runs this installation can allow it by name"
        " in AllowedPrivateHosts."
    )
    return ServerRefused([Problem(where, "server_not_allowed", message)])
