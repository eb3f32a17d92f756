"""CodeGuesses: a code beside a login is a guess too, and counts with those of passwords."""

from dataclasses import dataclass

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import UserId
from bankcore.identity.events import LoginFailure
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.users import Credentials, User
from bankcore.origin import Origin


class WrongCodeError(Exception):
    """Undoes a unit of work in which a code was wrong; its key stays free for the right one."""


@dataclass(frozen=True, slots=True)
class CodeGuesses:
    """Counts codes that users send to prove that the device is theirs."""

    proof: PasswordProof

    def admit(self, user_id: UserId, origin: Origin) -> User:
        """Count one, before it is compared. Returns the user who sent it.

        Raises:
            NotFoundError: there is no such user.
            ThrottledError: too many wrong passwords and codes.
        """
        user = self.find(user_id)
        self.proof.admit(user.email, origin=origin)
        return user

    def find(self, user_id: UserId) -> User:
        """The user. Raises: NotFoundError."""
        user = self.proof.units.run(lambda unit: unit.find_user(user_id), resubmittable=True)
        if user is None:
            raise NotFoundError(resource="user", identifier=str(user_id))
        return user

    def forgive(self, unit: IdentityUnit, user: User, origin: Origin) -> None:
        """Take back what was counted, since the code was right."""
        unit.clear_attempts(user.email, client=origin.ip_address)

    def refuse(self, user: User, origin: Origin) -> InvalidRequestError:
        """Record that the code was wrong. Returns the error to raise."""
        self.proof.refuse(user.email, Credentials(user, ""), LoginFailure.WRONG_CODE, origin)
        return InvalidRequestError(pointer="/otp", detail="this is not the code of this time, or it was used before")
