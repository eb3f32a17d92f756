"""What Paystack is sent. Refunds have no reference there, so ours is the note of the merchant."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore_infra.providers.wire import WireRequest, get, post_json

REFUNDS_LISTED: Final = 100


def charge(order: ChargeOrder, headers: Mapping[str, str]) -> WireRequest:
    """Open a page for the payer, or charge a card that Paystack knows."""
    document: dict[str, object] = {
        "email": order.payer.email,
        "amount": order.amount.minor,
        "currency": order.amount.currency.code,
        "reference": order.reference,
        "metadata": {**order.metadata, "description": order.description},
    }
    if order.method is not None:
        known = {**document, "authorization_code": order.method}
        return post_json("/transaction/charge_authorization", headers, known)
    return post_json("/transaction/initialize", headers, {**document, "callback_url": order.return_url})


def charge_lookup(lookup: ChargeLookup, headers: Mapping[str, str]) -> WireRequest:
    """Ask by our reference."""
    return get(f"/transaction/verify/{lookup.reference}", headers)


def refund(order: RefundOrder, headers: Mapping[str, str]) -> WireRequest:
    """Give back by the reference of the charge."""
    document = {
        "transaction": order.charge.reference,
        "amount": order.amount.minor,
        "currency": order.amount.currency.code,
        "customer_note": order.reason,
        "merchant_note": order.reference,
    }
    return post_json("/refund", headers, document)


def refund_lookup(lookup: RefundLookup, headers: Mapping[str, str]) -> WireRequest:
    """Ask by the id; without one, for the newest refunds, among which ours is."""
    if lookup.provider_id is not None:
        return get(f"/refund/{quote(lookup.provider_id, safe='')}", headers)
    return get("/refund", headers, {"perPage": str(REFUNDS_LISTED)})
