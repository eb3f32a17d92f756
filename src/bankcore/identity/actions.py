"""The actions of identity: registrations, logins, refusals, and who is kept out."""

from typing import Final

from bankcore.actions import Action, Audience

USER_REGISTERED: Final = Action("user.registered", Audience.OPERATOR)
USER_STATUS_CHANGED: Final = Action("user.status_changed")
REGISTRATION_REFUSED: Final = Action("user.registration_refused")
LOGGED_IN: Final = Action("user.logged_in")
LOGIN_FAILED: Final = Action("user.login_failed")
LOGGED_OUT: Final = Action("user.logged_out")
REFRESH_REUSED: Final = Action("session.refresh_reused")
SESSIONS_REMOVED: Final = Action("sessions.removed")
ATTEMPTS_REMOVED: Final = Action("login_attempts.removed")
