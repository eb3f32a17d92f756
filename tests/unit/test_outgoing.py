"""What the bank connects to at somebody's word: nothing but public servers."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import pytest

from bankcore_infra.outgoing import ForbiddenTargetError, Target, addresses_of, is_public, look_up, read_target

HOSTILE_URLS: Final = (
    *("http://example.com/", "ftp://example.com/", "file:/x", "gopher://example.com/", "//example.com/"),
    *("example.com", "", "https://", "https:///x", "https:example.com", "javascript:alert(1)", "unix:/run/x.sock"),
    *("https://example.com:80/", "https://example.com:22/", "https://example.com:5432/", "https://example.com:0/"),
    *("https://example.com:65536/", "https://example.com:+443/", "https://example.com:0443/", "https://example.com:/"),
    *("https://user:word@example.com/", "https://user@example.com/", "https://example.com@127.0.0.1/"),
    *("https://example.com#@127.0.0.1/", "https://example.com/#x", "https://example.com\\@127.0.0.1/"),
    *("https://localhost/", "https://localhost:8443/", "https://localhost.localdomain./", "https://intranet/"),
    *("https://db.internal/", "https://metadata.google.internal/", "https://printer.local/", "https://a.localhost/"),
    *("https://10.in-addr.arpa/", "https://router.lan/", "https://hidden.onion/", "https://nas.home/"),
    *(
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://2130706433/",
    ),
    *(
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
    ),
    *("https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://192.168.1.1/", "https://8.8.8.8/"),
    *(
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
    ),
    *(
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[2606:4700::1111]/",
    ),
    *(
        "https://[::1]:8443/",
        "https://[v1.x]/",
        "https://[/",
        "https://exa mple.com/",
        "https://example.com/\n",
        "https://example.com\x00/",
    ),
    *(
        "https://①②⑦.⓪.⓪.①/",
        "https://exämple.com/",
        "https://\u217cocalhost/",
        "https://example。com/",
        "https://example.com%00.a/",
    ),
    *("https://%31%32%37.0.0.1/", "https://-a.example.com/", "https://a-.example.com/", "https://a..example.com/"),
    *("https://example.com./", "https://.example.com/", "https://a_b.example.com/", f"https://{'a' * 64}.example.com/"),
    *(f"https://example.com/{'a' * 2_048}", f"https://{'a.' * 130}com/", "HTTPS://EXAMPLE.COM/", "https://example.c/"),
)
FORBIDDEN: Final = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1"),
    *(
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:1.1.1.1",
    ),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1"),
    *(
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
    ),
    *("fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1", "4000::1", "not an address", "127.1"),
)
PUBLIC: Final = (
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "2606:4700::1111",
    "2a00::1",
)
HOST: Final = Target("https", "hooks.example.com", 443, is_local=False)


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_an_address_that_is_not_plainly_that_of_a_public_server_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenTargetError, match=r"^[a-z_]+$"):
        read_target(url)


def test_enough_hostile_addresses_are_tried() -> None:
    assert len(set(HOSTILE_URLS)) > 60


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", HOST),
        ("https://hooks.example.com/a/b?c=d%20e", HOST),
        ("https://hooks.example.com:8443/", HOST._replace(port=8443)),
        ("https://xn--exmple-cua.com:443/", HOST._replace(host="xn--exmple-cua.com")),
    ],
)
def test_a_public_server_is_a_target(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/x", "http://localhost/", "http://[::1]:80/", "https://localhost:1/"]
)
def test_this_machine_is_a_target_for_developers_only(url: str) -> None:
    assert read_target(url, local=True).is_local
    with pytest.raises(ForbiddenTargetError):
        read_target(url)


def test_a_developer_who_names_another_machine_is_held_to_the_same_rules() -> None:
    with pytest.raises(ForbiddenTargetError, match="not_https"):
        read_target("http://example.com/", local=True)
    with pytest.raises(ForbiddenTargetError, match="not_a_public_name"):
        read_target("https://10.0.0.1/", local=True)
    with pytest.raises(ForbiddenTargetError, match="forbidden_address"):
        addresses_of(read_target("http://localhost:1/", local=True), lambda _host, _port: ["127.0.0.1", "10.0.0.1"])


@pytest.mark.parametrize("address", FORBIDDEN)
@pytest.mark.parametrize("others", [(), ("8.8.8.8",)])
def test_a_name_with_one_address_that_is_not_public_is_refused(address: str, others: Sequence[str]) -> None:
    with pytest.raises(ForbiddenTargetError, match=r"forbidden_address|not_an_address"):
        addresses_of(HOST, lambda _host, _port: [*others, address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))
    assert addresses_of(HOST, lambda _host, _port: [address]) == [address]


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(ForbiddenTargetError, match="no_address"):
        addresses_of(HOST, lambda _host, _port: [])


def test_the_resolver_of_the_machine_is_asked() -> None:
    assert "127.0.0.1" in look_up("localhost", 443)
    with pytest.raises(ForbiddenTargetError, match="forbidden_address"):
        addresses_of(HOST._replace(host="localhost"))
