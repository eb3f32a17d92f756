"""SecondFactorServices: the use cases of second factors, of one tenant."""

from dataclasses import dataclass

from bankcore.identity.services import IdentityServices
from bankcore.second_factor.begin import BeginSecondFactor
from bankcore.second_factor.code_pictures import CodePictures
from bankcore.second_factor.coded import CodedDeeds
from bankcore.second_factor.guesses import CodeGuesses
from bankcore.second_factor.reset import ResetSecondFactor
from bankcore.second_factor.step_up import StepUp


@dataclass(frozen=True, slots=True)
class SecondFactorServices:
    """What users do with their second factors, and admins for them."""

    begin: BeginSecondFactor
    coded: CodedDeeds
    reset: ResetSecondFactor
    step_up: StepUp
    pictures: CodePictures


def second_factor_services(identity: IdentityServices, pictures: CodePictures) -> SecondFactorServices:
    """The use cases of the tenant of that identity; devices show its slug."""
    guesses = CodeGuesses(identity.proof)
    issuer = f"bankcore-{identity.tenant.slug}"
    return SecondFactorServices(
        begin=BeginSecondFactor(guesses=guesses, codes=identity.codes.codes, issuer=issuer),
        coded=CodedDeeds(guesses, identity.codes),
        reset=ResetSecondFactor(identity.units),
        step_up=StepUp(guesses, identity.codes),
        pictures=pictures,
    )
