"""`make` installs what the lock names, whatever an index holds besides, and says what does not fit."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.timeout(180), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
# A build backend that does the least that an editable installation asks of one.
BACKEND = """
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "bankcore-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("bankcore.pth", str(pathlib.Path.cwd() / "src"))
        about = "bankcore-0.1.0.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: bankcore\\nVersion: 0.1.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""


@dataclass(frozen=True, slots=True)
class Index:
    """A folder of wheels."""

    folder: Path

    def add(
        self, name: str, version: str, *, requires: Sequence[str] = (), files: Mapping[str, str] | None = None
    ) -> str:
        """Publish a package; the line of a lock that names it."""
        stem = f"{name.replace('-', '_')}-{version}"
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        content = {
            f"{name.replace('-', '_')}_module.py": f"VERSION = {version!r}\n",
            **(files or {}),
            f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            f"Provides-Extra: toml\n{needs}",
            f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in content.items())
        path = self.folder / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for member, text in {**content, f"{stem}.dist-info/RECORD": record}.items():
                wheel.writestr(member, text)
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A source tree with our Makefile and a lock of its own, beside an index."""

    folder: Path
    index: Index

    def lock(self, *lines: str) -> None:
        """Write both lock files."""
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.folder / name).write_text("".join(lines))

    def make(self, target: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Make the target, with packages from the index alone."""
        # A run that `make` started hands on its own variables.
        foreign = ("PIP_", "VENV", "PYTHON", "MAKE", "MFLAGS")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        packages = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.index.folder.as_uri()}
        return subprocess.run(
            ["make", target, f"PYTHON={sys.executable}"],
            env={**kept, **packages, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def installed(self) -> list[str]:
        """What is in the environment, without pip and its like."""
        listing = subprocess.run(
            [self.folder / ".venv/bin/python", "-I", "-m", "pip", "--disable-pip-version-check", "freeze"],
            capture_output=True,
            text=True,
            check=True,
        )
        return [line for line in listing.stdout.splitlines() if not line.startswith(("#", "-e"))]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Makefile makes first: an environment with pip alone."""
    folder = tmp_path_factory.mktemp("environment")
    shutil.copy(ROOT / "Makefile", folder)
    made = Checkout(folder, Index(folder)).make(".venv/bin/pip")
    assert made.returncode == 0, made.stderr
    return folder / ".venv"


@pytest.fixture
def checkout(tmp_path: Path, environment: Path) -> Checkout:
    """A tree whose path has blanks, and an index where everything has a newer version that fits nothing."""
    folder = tmp_path / "a clone of it"
    (folder / "src").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(environment, folder / ".venv", symlinks=True)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "bankcore"\nversion = "0.1.0"\n'
    )
    index = Index(tmp_path / "index of wheels")
    index.folder.mkdir()
    checkout = Checkout(folder, index)
    checkout.lock(
        index.add("hatchling", "1.27", files={"hatchling/build.py": BACKEND, "hatchling/__init__.py": ""}),
        index.add("coverage", "7.0"),
        index.add("pytest-cov", "7.0", requires=["coverage[toml]>=7"]),
    )
    for name in ("hatchling", "coverage", "pytest-cov", "pip", "setuptools", "wheel", "editables"):
        index.add(name, "9999.0", requires=["nowhere-to-be-found>=1"])
    return checkout


LOCKED = ["coverage==7.0", "hatchling==1.27", "pytest-cov==7.0"]


@pytest.mark.parametrize("stamp", [".run-ready", ".dev-ready"])
def test_newer_versions_of_everything_change_nothing(checkout: Checkout, stamp: str) -> None:
    made = checkout.make(f".venv/{stamp}")

    assert made.returncode == 0, made.stderr
    assert checkout.installed() == LOCKED
    assert (checkout.folder / ".venv" / stamp).exists()


def test_what_the_environment_says_about_pip_does_not_lead_elsewhere(checkout: Checkout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "pip.conf").write_text("[install]\nuser = true\n")
    (tmp_path / "constraints.txt").write_text("coverage==1.0\n")
    foreign = tmp_path / "foreign/coverage-1.0.dist-info"
    foreign.mkdir(parents=True)
    (foreign / "METADATA").write_text("Metadata-Version: 2.1\nName: coverage\nVersion: 1.0\n")

    made = checkout.make(
        ".venv/.run-ready",
        PIP_USER="1",
        PIP_TARGET=str(elsewhere),
        PIP_CONSTRAINT=str(tmp_path / "constraints.txt"),
        PIP_REQUIRE_VIRTUALENV="1",
        PIP_REQUIRE_HASHES="1",
        PIP_CONFIG_FILE=str(tmp_path / "pip.conf"),
        PYTHONPATH=str(foreign.parent),
    )

    assert made.returncode == 0, made.stderr
    assert checkout.installed() == LOCKED
    assert not elsewhere.exists()


def test_packages_that_do_not_fit_together_are_named(checkout: Checkout) -> None:
    checkout.lock(
        (checkout.folder / "requirements.txt").read_text(), checkout.index.add("needy", "1.0", requires=["coverage<7"])
    )

    made = checkout.make(".venv/.run-ready")

    assert made.returncode != 0
    assert "needy 1.0 has requirement coverage<7, but you have coverage 7.0." in made.stderr
    assert "run `make clean`" in made.stderr
    assert not (checkout.folder / ".venv/.run-ready").exists()


def test_a_package_that_is_not_the_one_of_the_lock_is_refused(checkout: Checkout) -> None:
    checkout.index.add("coverage", "7.0", files={"harm.py": ""})

    made = checkout.make(".venv/.run-ready")

    assert made.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in made.stderr
