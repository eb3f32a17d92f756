"""What somebody can do to an exported file, one thing at a time; no two of the files say the same, byte for byte."""

import json
import random
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from bankcore_infra.audit.laws.writing import written

Lines = list[bytes]
_VALUES: Final = (b"null", b"true", b"0", b"-0", b"1.0", b"1e0", b"NaN", b"Infinity", b'""', b"[]", b"{}", b"9" * 400)


def edit_byte(lines: Lines, dice: random.Random) -> Lines:
    """Change, add or take away one byte."""
    raw = b"".join(lines)
    place = dice.randrange(len(raw))
    way = dice.choice(["change", "change", "change", "add", "remove"])
    byte = bytes([dice.choice([dice.randrange(256), *b' \n\r\t0"\\,:{}'])])
    rest = raw[place:] if way == "add" else raw[place + 1 :]
    return (raw[:place] + (b"" if way == "remove" else byte) + rest).splitlines(keepends=True)


def edit_structure(lines: Lines, dice: random.Random) -> tuple[str, Lines]:
    """Do one of the other things; what was done, and the file with a digest that fits."""
    while True:
        way = dice.choice(_WAYS)
        try:
            edited = way(list(lines), dice)
        except (IndexError, ValueError):
            continue
        if edited != lines:
            return way.__name__, with_digest(edited) if dice.random() < 0.9 else edited


def with_digest(lines: Lines) -> Lines:
    """The file with the digest that its end must have; anybody can make that."""
    if not lines or not lines[-1].startswith(b'{"type":"end"'):
        return lines
    digest = sha256(b"".join(lines[:-1])).hexdigest().encode()
    return [*lines[:-1], re.sub(rb'"sha256":"[^"]*"', b'"sha256":"' + digest + b'"', lines[-1])]


def _in_line(change: Callable[[bytes, random.Random], bytes]) -> Callable[[Lines, random.Random], Lines]:
    """A way to edit a file by editing one of its lines."""

    def edit(lines: Lines, dice: random.Random) -> Lines:
        place = dice.randrange(len(lines))
        lines[place] = change(lines[place], dice)
        return lines

    edit.__name__ = change.__name__
    return edit


def _places(pattern: bytes, line: bytes, dice: random.Random) -> re.Match[bytes]:
    return dice.choice(list(re.finditer(pattern, line)))


def repeat_member(line: bytes, dice: random.Random) -> bytes:
    document = json.loads(line)
    name = dice.choice(list(document))
    value = dice.choice([document[name], None, 0, "x", {}])
    again = f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}".encode()
    if dice.random() < 0.5:
        return b"{" + again + b"," + line[1:]
    return line[:-2] + b"," + again + b"}\n"


def add_member(line: bytes, _dice: random.Random) -> bytes:
    return line[:-2] + b',"note":"x"}\n'


def remove_member(line: bytes, dice: random.Random) -> bytes:
    document = json.loads(line)
    del document[dice.choice(list(document))]
    return written(document)


def change_order(line: bytes, dice: random.Random) -> bytes:
    members = list(json.loads(line).items())
    dice.shuffle(members)
    return written(dict(members))


def change_value(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb'(?<=[:\[,])(?:-?[0-9]+|null|true|false|"[^"\\]*")(?=[,\]}])', line, dice)
    return line[: found.start()] + dice.choice(_VALUES) + line[found.end() :]


def write_number_otherwise(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb"(?<=[:\[,])-?[0-9]+(?=[,\]}])", line, dice)
    number = found[0]
    other = dice.choice(
        [number + b".0", number + b"e0", b'"' + number + b'"', b"0" + number, b" " + number, b"+" + number]
    )
    return line[: found.start()] + other + line[found.end() :]


def count_otherwise(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb'(?<!"xid":)(?<=[:\[,])[0-9]+(?=[,\]}])', line, dice)
    return line[: found.start()] + str(int(found[0]) + dice.choice([-1, 1, 100])).encode() + line[found.end() :]


def escape(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb'(?<=")[A-Za-z0-9]', line, dice)
    return line[: found.start()] + f"\\u{found[0][0]:04x}".encode() + line[found.end() :]


def escape_slash(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb"/", line, dice)
    return line[: found.start()] + b"\\/" + line[found.end() :]


def change_case(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb"[a-f]+(?=[0-9])", line, dice)
    return line[: found.start()] + found[0].upper() + line[found.end() :]


def add_space(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb"[,:\[\]{}]", line, dice)
    return line[: found.end()] + dice.choice([b" ", b"\t", b"\r"]) + line[found.end() :]


def end_line_otherwise(line: bytes, dice: random.Random) -> bytes:
    return line[:-1] + dice.choice([b"\r\n", b" \n", b"", b"\n\n", b"\x00\n", b"\x0b\n", b"\xe2\x80\xa8\n"])


def begin_line_otherwise(line: bytes, dice: random.Random) -> bytes:
    return dice.choice([b"\xef\xbb\xbf", b" ", b"\n", b"[", b"\x00", b"\xff"]) + line


def pad_otherwise(line: bytes, dice: random.Random) -> bytes:
    """The last two bits of 32 bytes in base64 say nothing."""
    found = _places(rb"[AEIMQUYcgkosw048](?==)", line, dice)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return line[: found.start()] + bytes([alphabet[alphabet.index(found[0]) + 1]]) + line[found.end() :]


def nest(line: bytes, dice: random.Random) -> bytes:
    depth = dice.choice([2, 50, 100_000])
    found = _places(rb"(?<=:)(?:null|[0-9]+)", line, dice)
    return line[: found.start()] + b"[" * depth + b"]" * depth + line[found.end() :]


def repeat_in_body(line: bytes, dice: random.Random) -> bytes:
    found = _places(rb'(?<="body":"\{)', line, dice)
    return line[: found.start()] + b'\\"action\\":\\"x\\",' + line[found.end() :]


def remove_line(lines: Lines, dice: random.Random) -> Lines:
    del lines[dice.randrange(len(lines))]
    return lines


def repeat_line(lines: Lines, dice: random.Random) -> Lines:
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
    return lines


def swap_lines(lines: Lines, dice: random.Random) -> Lines:
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def swap_neighbours(lines: Lines, dice: random.Random) -> Lines:
    place = dice.randrange(len(lines) - 1)
    lines[place : place + 2] = lines[place : place + 2][::-1]
    return lines


def replace_by_neighbour(lines: Lines, dice: random.Random) -> Lines:
    place = dice.randrange(len(lines) - 1)
    lines[place] = lines[place + 1]
    return lines


def cut_end(lines: Lines, dice: random.Random) -> Lines:
    return lines[: -dice.randint(1, len(lines) - 1)]


def cut_before_end(lines: Lines, dice: random.Random) -> Lines:
    del lines[-1 - dice.randint(1, len(lines) - 2) : -1]
    end = json.loads(lines[-1])
    end["records"] = sum(line.startswith(b'{"type":"record"') for line in lines)
    return [*lines[:-1], written(end)]


def leave_out_kind(lines: Lines, dice: random.Random) -> Lines:
    kind = json.loads(dice.choice(lines))["type"].encode()
    return [line for line in lines if not line.startswith(b'{"type":"' + kind + b'"')]


def join_lines(lines: Lines, dice: random.Random) -> Lines:
    place = dice.randrange(len(lines) - 1)
    lines[place : place + 2] = [lines[place][:-1] + lines[place + 1]]
    return lines


def split_line(lines: Lines, dice: random.Random) -> Lines:
    place = dice.randrange(len(lines))
    at = dice.randrange(1, len(lines[place]) - 1)
    lines[place : place + 1] = [lines[place][:at] + b"\n", lines[place][at:]]
    return lines


def insert_line(lines: Lines, dice: random.Random) -> Lines:
    new = [b"\n", b"{}\n", b'{"type":"note"}\n', b"[]\n", b"null\n", b'{"type":"unknown","table":"x","place":"y"}\n']
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(new))
    return lines


def change_header(lines: Lines, dice: random.Random) -> Lines:
    header = json.loads(lines[0])
    name = dice.choice([name for name in header if name != "exportedAt"])
    header[name] = dice.choice([False, 0, 1, "", None, [], "2026-01-01T00:00:00.000000Z", header["end"]])
    lines[0] = written(header)
    return lines


_WAYS: Final = [
    *map(
        _in_line,
        [
            repeat_member,
            add_member,
            remove_member,
            change_order,
            change_value,
            write_number_otherwise,
            count_otherwise,
            escape,
            escape_slash,
            change_case,
            add_space,
            end_line_otherwise,
            begin_line_otherwise,
            pad_otherwise,
            nest,
            repeat_in_body,
        ],
    ),
    remove_line,
    repeat_line,
    swap_lines,
    swap_neighbours,
    replace_by_neighbour,
    cut_end,
    cut_before_end,
    leave_out_kind,
    join_lines,
    split_line,
    insert_line,
    change_header,
]
