"""Asks the database of known vulnerabilities (OSV) about every package of a lock file.

Exit code 1 is that one has a vulnerability. Where the database cannot be reached, one line says so, and that is no
failure: a build must not depend on the network. What is printed names packages and vulnerabilities, never an address.
"""

import json
import re
import subprocess
import sys
from typing import Any, Final

_OUT_OF_REACH: Final = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|HTTPError")


def main(lock: str, *options: str) -> int:
    """Ask about that file; the options go to pip-audit."""
    asked = ["--requirement", lock, "--disable-pip", "--vulnerability-service", "osv", "--timeout", "5"]
    command = [sys.executable, "-m", "pip_audit", *asked, "--format", "json", "--progress-spinner", "off", *options]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if not answer.stdout:
        return _explain(answer.stderr)
    packages = json.loads(answer.stdout)["dependencies"]
    found = [line for package in packages for line in _findings(package)]
    print("\n".join([*found, f"audit: {len(packages)} packages, {len(found)} known vulnerabilities."]))
    return 1 if found else 0


def _explain(errors: str) -> int:
    if _OUT_OF_REACH.search(errors):
        print("audit: the vulnerability database cannot be reached; no package was looked at.")
        return 0
    told = re.sub(r"\S+://\S+", "...", errors.strip().splitlines()[-1])
    print(f"audit: pip-audit failed, and no package was looked at: {told}")
    return 2


def _findings(package: Any) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'none'}"
        for known in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
