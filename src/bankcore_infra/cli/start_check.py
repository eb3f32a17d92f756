"""Checks the settings before `bankcore up` starts anything, so that no role finds a mistake too late."""

from bankcore_infra.audit.sealing.wiring import checkpoint_places, open_sealing_keys
from bankcore_infra.audit.settings import AuditSettings
from bankcore_infra.debugging import require_no_debugging
from bankcore_infra.extras import require_extra
from bankcore_infra.identity.opening import argon2_parameters
from bankcore_infra.identity.settings import IdentitySettings
from bankcore_infra.installation import names_servers
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.notifications.smtp_route import smtp_route
from bankcore_infra.settings import ProcessRole, Settings


def require_complete(settings: Settings) -> None:
    """Require that the settings that need no server are complete and fit together.

    Raises:
        SettingsError: one is missing or cannot be used.
        MissingExtraError: what a role needs is not installed.
    """
    if settings.role in {ProcessRole.ALL, ProcessRole.API}:
        require_extra("http")
        require_no_debugging()
    if settings.role is not ProcessRole.API:
        require_extra("worker")
    argon2_parameters(settings.of(IdentitySettings))
    smtp_route(settings.of(NotificationSettings))
    if settings.role in {ProcessRole.ALL, ProcessRole.SCHEDULER}:
        checkpoint_places(settings.of(AuditSettings))
        seals = settings.sealer_database_url is not None or not names_servers(settings)
        # The folder inside the data folder is made with it.
        if seals and settings.sealing_dir is not None:
            open_sealing_keys(settings.sealing_dir.resolve())
