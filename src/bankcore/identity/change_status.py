"""ChangeUserStatus: an operator keeps a user out, or lets the user in again."""

from dataclasses import dataclass

from bankcore.errors import NotFoundError
from bankcore.identifiers import UserId
from bankcore.identity.events import UserStatusChanged
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.users import UserStatus
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class ChangeUserStatus:
    """Changes whether users of one tenant may log in."""

    units: IdentityUnits

    def __call__(self, user_id: UserId, status: UserStatus, *, origin: Origin) -> bool:
        """Set the status, and record it; False if it was this one already.

        A disabled user is out at once: no password, session or token of the user is good for anything. Sessions that
        last until the user is enabled again go on.

        Raises:
            NotFoundError: there is no such user in this tenant.
            UnavailableError: nothing was recorded.
        """

        def work(unit: IdentityUnit) -> bool:
            if unit.find_user(user_id) is None:
                raise NotFoundError(resource="user", identifier=str(user_id))
            has_changed = unit.change_user_status(user_id, status)
            if has_changed:
                unit.publish([UserStatusChanged(unit.new_stamp(origin), user_id, status)])
            return has_changed

        return self.units.run(work, resubmittable=True)
