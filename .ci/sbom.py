"""Writes what bankcore is made of, as CycloneDX: each package of a lock file with its version, hashes and licence."""

import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from pip_requirements_parser import InstallRequirement, RequirementsFile


def main(lock: str, target: str) -> None:
    """Write the bill of that lock file."""
    own = metadata("bankcore")
    bom = Bom()
    bom.metadata.component = Component(
        type=ComponentType.LIBRARY,
        name=own["Name"],
        version=own["Version"],
        bom_ref="bankcore",
        licenses=[LicenseFactory().make_from_string(own["License-Expression"])],
    )
    for requirement in RequirementsFile.from_file(lock).requirements:
        bom.components.add(_component(requirement))
    bom.register_dependency(bom.metadata.component, bom.components)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", encoding="utf-8")
    print(f"{target} lists {len(bom.components)} packages.")


def _component(requirement: InstallRequirement) -> Component:
    name, version = requirement.name, requirement.get_pinned_version
    url = PackageURL("pypi", name=name, version=version)
    licence = _licence(name)
    digests = [text.partition(":")[2] for text in requirement.hash_options]
    return Component(
        name=name,
        version=version,
        purl=url,
        bom_ref=url.to_string(),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )


def _licence(name: str) -> str | None:
    """What the package says itself; a package for another system is not installed and says nothing."""
    try:
        return metadata(name).get("License-Expression")
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main(*sys.argv[1:])
