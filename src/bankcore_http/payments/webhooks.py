"""What providers tell us: any bytes, under the address that names a configuration and its tenant."""

from typing import Final

from flask import Blueprint, Response, request

from bankcore.errors import NotFoundError
from bankcore.identity.services import IdentityDirectory
from bankcore.payments.receive import ReceiveWebhooks
from bankcore.payments.webhook_names import NamedConfig
from bankcore.services import Services
from bankcore_http.answering.envelope import json_response
from bankcore_http.reading.request_body import read_bytes

BODY_BYTES_MAX: Final = 65_536


def provider_webhooks_blueprint(services: Services) -> Blueprint:
    """`/v1/providers/.../webhooks`, without the envelope and outside the document: it is for providers alone."""
    blueprint = Blueprint("provider-webhooks", __name__)
    receive_of = services.each(ReceiveWebhooks)

    def receive(config: str) -> Response:
        named = NamedConfig.read(config)
        if named is None or services.get(IdentityDirectory).tenants.find_by_id(named.tenant_id) is None:
            raise NotFoundError(resource="provider_config", identifier=config[:64])
        body = read_bytes(request, BODY_BYTES_MAX)
        receive_webhooks = receive_of(named.tenant_id)
        is_new = receive_webhooks(named.config_id, body, dict(request.headers))
        return json_response(receive_webhooks.reply_to(named.config_id, body, is_new=is_new), 200)

    blueprint.add_url_rule("/v1/providers/<config>/webhooks", "receive", receive, methods=["POST"])
    return blueprint
