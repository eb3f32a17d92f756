"""A check of answers: the code of a failure is one that the document tells for its status, or for all others."""

from typing import Any, Final

from tests.worlds.document import described
from tests.worlds.openapi import codes_by_status

_DOCUMENT: Final[Any] = described()
_OTHER_METHOD: Final = 405


def code_is_told(_context: Any, response: Any, case: Any) -> None:
    """Fail if the operation does not tell this code; `default` would else allow every status."""
    if response.status_code < 400 or response.status_code == _OTHER_METHOD:
        return
    told = codes_by_status(_DOCUMENT, _DOCUMENT["paths"][case.operation.path][case.operation.method])
    codes = told.get(str(response.status_code), told["default"])
    code = (response.json().get("error") or response.json())["code"]
    assert code in codes, f"{response.status_code} {code} is not among {sorted(codes)}"
