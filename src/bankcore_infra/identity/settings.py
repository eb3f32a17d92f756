"""What can be set about identity."""

from typing import Annotated

from pydantic import Field

from bankcore_infra.settings import CapabilitySettings


class IdentitySettings(CapabilitySettings):
    """Passwords: what one hash (argon2id) costs. Too little is refused."""

    argon2_memory_kib: Annotated[int, Field(ge=1, le=2**22)] = Field(65_536, description="Memory in KiB.")
    argon2_time_cost: Annotated[int, Field(ge=1, le=100)] = Field(3, description="Passes.")
    argon2_parallelism: Annotated[int, Field(ge=1, le=64)] = Field(4, description="Lanes.")
