"""QR codes as SVG."""

from io import BytesIO
from typing import Final

import segno
from typing_extensions import override

from bankcore.second_factor.code_pictures import CodePictures

_SCALE: Final = 4
"""Pixels for each square, unless the page says otherwise."""


class SvgCodes(CodePictures):
    """One path of squares, in black on nothing."""

    @override
    def draw(self, address: str) -> str:
        picture = BytesIO()
        segno.make_qr(address).save(picture, kind="svg", scale=_SCALE, xmldecl=False, nl=False)
        return picture.getvalue().decode()
