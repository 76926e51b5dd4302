"""Where deliveries may go: never, by way of an address that somebody typed, into a network of our own (SSRF).

The name is looked up once for each delivery, every address that it has is judged, and the connection is made to
the address that was judged. So a name that answers otherwise a moment later leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from diarium.i18n import gettext as _
from diarium.webhooks.errors import AddressRefused, InvalidWebhook

MOST_CHARACTERS = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LookUp = Callable[[str, int], Sequence[str]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """`networks`: those of our own that may be reached all the same. `allow_http`: also without encryption."""

    networks: tuple[Network, ...] = ()
    allow_http: bool = False

    @classmethod
    def of(cls, networks: Sequence[str], *, allow_http: bool) -> AddressPolicy:
        """The policy that allows `networks`, written as 10.20.0.0/16."""
        return cls(tuple(ipaddress.ip_network(text, strict=False) for text in networks), allow_http)

    def allows(self, address: Address) -> bool:
        """Whether something may be sent to `address`."""
        meant = _meant(address)
        if any(meant in network for network in self.networks if network.version == meant.version):
            return True
        is_site_local = isinstance(meant, ipaddress.IPv6Address) and meant.is_site_local
        return meant.is_global and not (meant.is_multicast or meant.is_reserved or is_site_local)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: `url` names the judged address instead of `host`, which the certificate must bear."""

    url: str
    host: str
    host_header: str
    is_encrypted: bool


def checked_url(text: str, policy: AddressPolicy) -> str:
    """`text` as an address for deliveries. Raises: InvalidWebhook, at "url"."""
    url = text.strip()
    if len(url) > MOST_CHARACTERS:
        raise InvalidWebhook(_("Adressen får ha högst %(most)s tecken.", most=MOST_CHARACTERS), field="url")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise _bad() from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in ("https", "http") or not host or not is_plain or parts.fragment:
        raise _bad()
    if parts.username is not None or parts.password is not None:
        raise InvalidWebhook(_("Skriv adressen utan användarnamn och lösenord."), field="url")
    if parts.scheme == "http" and not policy.allow_http:
        raise InvalidWebhook(_("Adressen ska börja med https://."), field="url")
    address = _literal(host)
    if address is not None and not policy.allows(address):
        raise InvalidWebhook(_("Adressen leder till ett internt nät och kan inte användas."), field="url")
    return url


def resolve(url: str, policy: AddressPolicy, look_up: LookUp | None = None) -> Target:
    """Where to connect for `url`, now. Raises: InvalidWebhook; AddressRefused; OSError if the name is unknown."""
    parts = urlsplit(checked_url(url, policy))
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in (look_up or _look_up)(host, port)]
    if not found or not all(policy.allows(address) for address in found):
        raise AddressRefused(_("Adressen leder till ett internt nät. Inget skickades."))
    return Target(_with_address(parts, found[0], port), host, parts.netloc, parts.scheme == "https")


def _with_address(parts: SplitResult, address: Address, port: int) -> str:
    written = f"[{address}]" if address.version == 6 else str(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{written}:{port}{parts.path or '/'}{query}"


def _look_up(host: str, port: int) -> Sequence[str]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _bad() -> InvalidWebhook:
    return InvalidWebhook(_("Skriv en hel adress, som https://system.kommunen.se/diariet."), field="url")
