"""All of these paths, as far as the settings open them."""

from collections.abc import Callable, Sequence
from typing import Final

from bankcore.identity.ports import TenantNames
from bankcore.services import Services
from bankcore_http.blueprint import Blueprint
from bankcore_http.wallets.access import ServiceToken, WalletPaths, admin_token, service_token
from bankcore_http.wallets.admin import wallet_admin_blueprint
from bankcore_http.wallets.books import wallet_books_blueprint
from bankcore_http.wallets.payroll import wallet_payroll_blueprint
from bankcore_http.wallets.quotes import wallet_quotes_blueprint
from bankcore_http.wallets.transfers import wallet_transfers_blueprint
from bankcore_http.wallets.wallets import wallets_blueprint

_SERVED: Final[tuple[Callable[[Services, ServiceToken], Blueprint], ...]] = (
    wallets_blueprint,
    wallet_quotes_blueprint,
    wallet_transfers_blueprint,
    wallet_books_blueprint,
    wallet_payroll_blueprint,
)


def wallet_blueprints(services: Services, tenants: TenantNames, paths: WalletPaths) -> Sequence[Blueprint]:
    """A path whose token is not set is not there."""
    served: list[Blueprint] = []
    if paths.service_token is not None:
        service = service_token(paths, tenants, paths.service_token)
        served += [blueprint(services, service) for blueprint in _SERVED]
    if paths.admin_token is not None:
        served.append(wallet_admin_blueprint(services, admin_token(paths, tenants, paths.admin_token)))
    return served
