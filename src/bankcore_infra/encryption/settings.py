"""What can be set about secrets at rest."""

from pydantic import Field

from bankcore_infra.settings import CapabilitySettings


class EncryptionSettings(CapabilitySettings):
    """What encrypts the keys of secrets."""

    secrets_key_url: str | None = Field(
        None,
        description="A key of AWS KMS, by region and alias; its credentials are those of the environment or of the "
        "machine. Needs the extra `aws`. Unset: files in the folder of the keys.",
        examples=["awskms://eu-central-1/alias/bankcore"],
    )
