"""Where deliveries may not go."""

from __future__ import annotations

import pytest

from diarium.webhooks.errors import AddressRefused, InvalidWebhook
from diarium.webhooks.guard import AddressPolicy, checked_url, resolve

CLOSED = AddressPolicy()


@pytest.mark.parametrize(
    "url",
    [
        "", "system.example/hook", "ftp://system.example/", "https://", "https:///x", "https://a b.example/",
        "https://system.example/#part", "https://system.example:99999/", "https://[::1", "https://ex\u00e5mple.se/",
        "https://user:pass@system.example/", "http://system.example/", "https://system.example\\@10.0.0.1/",
        "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://[fe80::1]/", "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/", "https://[fec0::1]/", "https://100.64.0.1/",
        "https://system.example/" + "a" * 500,
    ],
)  # fmt: skip
def test_address_that_leads_nowhere_or_inside_is_refused(url: str) -> None:
    with pytest.raises(InvalidWebhook) as failure:
        checked_url(url, CLOSED)
    assert failure.value.field == "url"


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["10.0.0.7"], ["192.168.1.1"], ["169.254.169.254"], ["::1"], ["fd00::1"], ["fe80::1%eth0"],
     ["224.0.0.5"], ["ff02::1"], ["::ffff:127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["0.0.0.0"], []],
)  # fmt: skip
def test_name_that_stands_for_an_inner_address_is_refused(answer: list[str]) -> None:
    with pytest.raises(AddressRefused):
        resolve("https://system.example/", CLOSED, lambda _host, _port: answer)


def test_connection_is_made_to_the_address_that_was_judged() -> None:
    asked = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["93.184.216.34"]

    target = resolve("https://system.example/hook?a=1", CLOSED, look_up)
    assert target.url == "https://93.184.216.34:443/hook?a=1"
    assert (target.host, target.host_header, target.is_encrypted) == ("system.example", "system.example", True)
    assert asked == [("system.example", 443)]
    six = resolve("https://system.example:8443/", CLOSED, lambda _host, _port: ["2606:2800:220:1::1"])
    assert six.url == "https://[2606:2800:220:1::1]:8443/"
    assert six.host_header == "system.example:8443"


def test_networks_of_our_own_are_reached_where_the_settings_say_so() -> None:
    policy = AddressPolicy.of(["10.20.0.0/16"], allow_http=True)
    assert resolve("http://10.20.3.4/", policy, lambda _host, _port: ["10.20.3.4"]).url == "http://10.20.3.4:80/"
    for address in ("10.21.0.1", "127.0.0.1"):
        with pytest.raises(AddressRefused):
            resolve("http://system.example/", policy, lambda _host, _port, told=address: [told])
