"""The actions of identity: registrations, logins, second factors, refusals, and who is kept out."""

from typing import Final

from bankcore.actions import Action, Audience

USER_REGISTERED: Final = Action("user.registered", Audience.OPERATOR)
USER_STATUS_CHANGED: Final = Action("user.status_changed")
REGISTRATION_REFUSED: Final = Action("user.registration_refused")
USER_ROLES_CHANGED: Final = Action("user.roles_changed")
USER_CHANGE_REFUSED: Final = Action("user.change_refused")
PASSWORD_CHANGED: Final = Action("user.password_changed")
PASSWORD_CHANGE_REFUSED: Final = Action("user.password_change_refused")
PASSWORD_RESET_REQUESTED: Final = Action("user.password_reset_requested")
PASSWORD_RESET_DONE: Final = Action("user.password_reset")
RESETS_REMOVED: Final = Action("password_resets.removed")
SESSION_END_REFUSED: Final = Action("session.end_refused")
SESSION_ENDED: Final = Action("session.ended")
LOGGED_IN: Final = Action("user.logged_in")
LOGIN_FAILED: Final = Action("user.login_failed")
LOGGED_OUT: Final = Action("user.logged_out")
REFRESH_REUSED: Final = Action("session.refresh_reused")
SESSION_STEPPED_UP: Final = Action("session.stepped_up")
SECOND_FACTOR_BEGUN: Final = Action("second_factor.begun")
SECOND_FACTOR_CONFIRMED: Final = Action("second_factor.confirmed")
SECOND_FACTOR_REMOVED: Final = Action("second_factor.removed")
SECOND_FACTOR_RESET: Final = Action("second_factor.reset")
RECOVERY_CODES_RENEWED: Final = Action("second_factor.recovery_codes_renewed")
RECOVERY_CODE_USED: Final = Action("second_factor.recovery_code_used")
TOKEN_KEY_ROTATED: Final = Action("token_key.rotated")
TOKEN_KEYS_RETIRED: Final = Action("token_key.retired")
SESSIONS_REMOVED: Final = Action("sessions.removed")
ATTEMPTS_REMOVED: Final = Action("login_attempts.removed")
