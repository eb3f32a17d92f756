"""The place of a request: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer has."""

from ipaddress import IPv6Address, ip_address, ip_network


def place_of(client: str) -> str | None:
    """The place of that client address; None if it is no address."""
    try:
        address = ip_address(client)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False).network_address)
    return str(address)
