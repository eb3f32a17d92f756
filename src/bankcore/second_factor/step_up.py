"""StepUp: a user proves the second factor once more, and may do what is sensitive for some minutes."""

from dataclasses import dataclass
from datetime import datetime

from bankcore.errors import NotFoundError, UnauthenticatedError
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.actions import RECOVERY_CODE_USED
from bankcore.identity.demands import PROOF_LIFETIME
from bankcore.identity.events import SecondFactorChanged, SessionSteppedUp
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.second_factors import CodeProof, CodeVerdict
from bankcore.identity.users import User
from bankcore.origin import Origin
from bankcore.second_factor.guesses import CodeGuesses, WrongCodeError


@dataclass(frozen=True, slots=True)
class StepUp:
    """Renews the proof of sessions of one tenant's users."""

    guesses: CodeGuesses
    proof: CodeProof

    def __call__(self, user_id: UserId, session_id: SessionId, otp: str, *, origin: Origin) -> datetime:
        """Prove it with a code. Returns until when the session may do what is sensitive.

        Raises:
            InvalidRequestError: the code is wrong.
            NotFoundError: the user has no second factor.
            UnauthenticatedError: the session has ended.
            ThrottledError: too many wrong passwords and codes.
            UnavailableError, OutcomeUnknownError: send another code.
        """
        user = self.guesses.admit(user_id, origin)
        try:
            return self.guesses.proof.units.run(lambda unit: self._prove(unit, user, session_id, otp, origin))
        except WrongCodeError:
            raise self.guesses.refuse(user, origin) from None

    def _prove(self, unit: IdentityUnit, user: User, session_id: SessionId, otp: str, origin: Origin) -> datetime:
        session = unit.lock_session(session_id)
        if session is None or session.revoked_at is not None:
            raise UnauthenticatedError
        verdict = self.proof.judge(unit.factors, user.id, otp, now=unit.opened_at)
        if verdict is CodeVerdict.NOT_NEEDED:
            raise NotFoundError(resource="second_factor", identifier=str(user.id))
        if not verdict.lets_in:
            raise WrongCodeError
        if verdict is CodeVerdict.RECOVERED:
            unit.publish([SecondFactorChanged(unit.new_stamp(origin), RECOVERY_CODE_USED, user.id)])
        unit.prove_session(session_id)
        self.guesses.forgive(unit, user, origin)
        unit.publish([SessionSteppedUp(unit.new_stamp(origin), user.id, session_id)])
        return unit.opened_at + PROOF_LIFETIME
