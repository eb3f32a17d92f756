"""Links for users who forgot their password: made when the mail is sent, so that no token is stored or recorded."""

from dataclasses import dataclass

from bankcore.identity.resets import ResetId, ResetSecrets, token_of
from bankcore.tenancy.settings import PASSWORD_RESET_URL, TOKEN_PLACE
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.tenancy.store import read_setting


@dataclass(frozen=True, slots=True)
class ResetLinks:
    """Leads to the page of the tenant; where none is set, the link is the token alone."""

    connection: TenantConnection
    secrets: ResetSecrets

    def link_of(self, reset_id: ResetId) -> str:
        """The link of that reset."""
        token = token_of(self.secrets, self.connection.tenant_id, reset_id).text
        page = read_setting(self.connection, PASSWORD_RESET_URL)
        return page.replace(TOKEN_PLACE, token) if page else token
