"""What can be set about the audit log."""

from pydantic import Field, SecretStr

from bankcore_infra.settings import CapabilitySettings, Folder


class AuditSettings(CapabilitySettings):
    """Where signed checkpoints are published."""

    checkpoint_dir: Folder | None = Field(
        None, description="A folder, best on another machine.", examples=["/mnt/witness"]
    )
    checkpoint_command: str | None = Field(
        None,
        description="A program that reads each from its standard input (BANKCORE_NOTE_TENANT and BANKCORE_NOTE_SIZE "
        "tell which).",
        examples=["upload-checkpoint"],
    )
    checkpoint_s3_url: SecretStr | None = Field(
        None,
        description="A bucket of an S3-compatible store, best with object lock and in somebody else's account; a note "
        "is written once and never replaced. Without a key, the environment's or the machine's is used. Needs the "
        "extra `s3`.",
        examples=["s3://key-id:secret@bucket/prefix?endpoint=https://storage.example&region=us-east-1"],
    )
