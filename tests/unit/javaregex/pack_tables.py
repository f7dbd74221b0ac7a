r"""Make the table of code points that the package ships, from what a JDK 17 prints.

In: the output of ``DumpTables.java``.  Out: ``unicode13.bin``, zlib over JSON.  Run it only when
the format changes; it needs a full JDK (Debian's openjdk-17-jdk-headless):

    java --add-opens java.base/java.lang=ALL-UNNAMED \
         --add-opens java.base/java.util.regex=ALL-UNNAMED \
         tests/unit/javaregex/DumpTables.java > dump.txt
    python tests/unit/javaregex/pack_tables.py dump.txt src/placement/javaregex/unicode13.bin
"""

from __future__ import annotations

import json
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """Write a number that is not negative in base 36."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if not number:
            return text


def deltas(numbers: Iterable[int]) -> str:
    """Write rising numbers as the steps between them."""
    steps: list[str] = []
    before = 0
    for number in numbers:
        steps.append(base36(number - before))
        before = number
    return " ".join(steps)


def ranges(members: Iterable[int]) -> Iterator[int]:
    """Turn rising members into the boundaries of their runs."""
    start = end = -1
    for member in members:
        if member != end:
            if end >= 0:
                yield from (start, end)
            start = member
        end = member + 1
    if end >= 0:
        yield from (start, end)


class Packer:
    """Collects the facts; equal sets are kept once."""

    def __init__(self) -> None:
        self.sets: dict[str, int] = {}
        self.tables: dict[str, dict[str, object]] = {}
        self.cases: dict[str, list[tuple[int, int]]] = {"upper": [], "lower": []}
        self.named: list[int] = []
        self.odd: dict[str, str] = {}
        self.names: dict[int, str] = {}

    def add(self, kind: str, first: str, second: str) -> None:
        """Take one line of the dump."""
        if kind in self.cases:
            self.cases[kind].append((int(first, 16), int(second, 16)))
        elif kind == "name":
            self.names[int(first, 16)] = second
        elif kind.endswith("-alias"):
            self.tables.setdefault(kind, {})[first] = second
        else:
            text = deltas(int(number, 16) for number in second.split())
            number = self.sets.setdefault(text, len(self.sets))
            self.tables.setdefault(kind, {})[first] = number

    def split_names(self) -> None:
        """Tell the names that every Python knows from those that only Java gives."""
        for point, name in self.names.items():
            if unicodedata.name(chr(point), None) == name:
                self.named.append(point)
            elif name.rpartition(" ")[2] != f"{point:X}":
                self.odd[name] = base36(point)

    def text(self) -> str:
        """Return the whole table as JSON."""
        self.split_names()
        for kind, pairs in self.cases.items():
            self.tables[kind] = {
                "from": deltas(point for point, _ in pairs),
                "step": " ".join(str(to - point) for point, to in pairs),
            }
        self.tables["name"] = {
            "same": deltas(ranges(self.named)),
            "assigned": deltas(ranges(self.names)),
            "odd": self.odd,
        }
        whole = {"sets": list(self.sets), **self.tables}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=True)


def main(dump: str, target: str) -> None:
    """Read the dump, write the table."""
    packer = Packer()
    with Path(dump).open(encoding="utf-8") as lines:
        for line in lines:
            kind, first, *rest = line.rstrip("\n").split("\t")
            packer.add(kind, first, rest[0])
    data = zlib.compress(packer.text().encode("ascii"), 9)
    Path(target).write_bytes(data)
    sys.stdout.write(f"{target}: {len(data)} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
