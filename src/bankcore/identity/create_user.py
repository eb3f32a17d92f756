"""CreateUser: a user made by an operator, with roles and without an account."""

from dataclasses import dataclass, field

from bankcore.identifiers import UserId
from bankcore.identity.emails import DomainNames, normalize_email
from bankcore.identity.events import RegistrationRefused, UserRegistered
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import require_strong_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.refusals import EmailTakenError
from bankcore.identity.users import Credentials, Role, User, UserStatus, require_full_name, require_roles
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A new user, with roles."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    roles: frozenset[Role]
    full_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse a user without roles, or with two roles of the team; InvalidRequestError."""
        require_roles(self.roles)


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Makes users of one tenant, staff among them."""

    proof: PasswordProof
    domain_names: DomainNames

    def __call__(self, new: NewUser, *, origin: Origin) -> User:
        """Make the user, who can log in from now on.

        Raises:
            InvalidRequestError: address, password or name is not valid.
            EmailTakenError: somebody is registered with this address.
        """
        email = normalize_email(new.email, self.domain_names)
        password_hash = self.proof.hasher.hash(require_strong_password(new.password, email))
        full_name = None if new.full_name is None else require_full_name(new.full_name)
        user_id = UserId(self.proof.ids.new_id())

        def work(unit: IdentityUnit) -> User | None:
            user = User(
                tenant_id=self.proof.tenant_id,
                id=user_id,
                email=email,
                full_name=full_name,
                roles=new.roles,
                status=UserStatus.ACTIVE,
                created_at=unit.opened_at,
            )
            if not unit.add_user(Credentials(user, password_hash)):
                unit.publish([RegistrationRefused(unit.new_stamp(origin), email, EmailTakenError.code)])
                return None
            unit.publish([UserRegistered(unit.new_stamp(origin), user.id, user.email, user.roles)])
            return user

        user = self.proof.units.run(work)
        if user is None:
            raise EmailTakenError
        return user
