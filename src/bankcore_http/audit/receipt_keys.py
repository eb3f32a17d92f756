"""The public keys that audit receipts are signed with, for anybody who holds a receipt."""

from collections.abc import Callable, Mapping, Sequence

from bankcore.origin import Origin
from bankcore_http.audit.schemas import ReceiptKeysSchema
from bankcore_http.auth import RequestOrigin
from bankcore_http.blueprint import Blueprint

ReceiptKeys = Callable[[], Mapping[str, Sequence[Mapping[str, str]]]]
"""Gives the JWK set."""


def receipt_keys_blueprint(receipt_keys: ReceiptKeys) -> Blueprint:
    """`/v1/audit/receipt-keys`, the same for every tenant."""
    blueprint = Blueprint("receipt-keys", url_prefix="/v1/audit", description="Keys of audit receipts")

    @blueprint.route("/receipt-keys")
    @blueprint.takes(RequestOrigin())
    @blueprint.response(200, ReceiptKeysSchema)
    def get_receipt_keys(_origin: Origin) -> object:
        """Read the public keys of audit receipts, those of before a rotation too."""
        return receipt_keys()

    return blueprint
