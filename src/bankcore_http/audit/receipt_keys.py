"""The public keys that audit receipts are signed with, for anybody who holds a receipt."""

from bankcore.audit.receipts import ReceiptJwks
from bankcore.origin import Origin
from bankcore.services import Services
from bankcore_http.audit.shapes import ReceiptKeysShape
from bankcore_http.auth import BearerToken, RequestOrigin
from bankcore_http.blueprint import Blueprint


def receipt_keys_blueprint(services: Services, _caller: BearerToken) -> Blueprint:
    """`/v1/audit/receipt-keys`, the same for every tenant."""
    blueprint = Blueprint("receipt-keys", url_prefix="/v1/audit", tag="Audit log")

    @blueprint.route("/receipt-keys")
    @blueprint.takes(RequestOrigin())
    @blueprint.response(200, ReceiptKeysShape)
    def get_receipt_keys(_origin: Origin) -> object:
        """Read the public keys of audit receipts, those of before a rotation too.

        For anybody who holds a receipt; no token is needed.
        """
        return {"keys": services.get(ReceiptJwks).keys}

    return blueprint
