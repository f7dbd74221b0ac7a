"""Ask a JDK 17 what it answers, and keep its answers as data for the tests.

Run it where ``java`` is a Java 17 (Debian: ``apt-get install openjdk-17-jre-headless``):

    python tests/unit/javaregex/record_jdk.py

In: the pairs of `java_cases` and `java_patterns`.  Out: ``answers.tsv.gz``, one "pattern, value,
answer" a line, written as ``Oracle.java`` reads it.  A bare JRE cannot compile, so the compiled
program lies beside its source, in ``oracle.jar``; after a change of the source make it anew with

    javac --release 17 -d classes Oracle.java
    jar --create --date=2000-01-01T00:00:00Z --file oracle.jar -C classes .

and put the new digests into ``oracle.sha256`` (``sha256sum Oracle.java oracle.jar``).
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from java_cases import CASES
from java_patterns import pairs

HERE = Path(__file__).parent
ANSWERS = HERE / "answers.tsv.gz"
SEED, PATTERNS, VALUES = 17, 11_000, 5
KEPT = ("0", "1", "E")


def escape(text: str) -> str:
    """Write a text in printable ASCII: its other UTF-16 units, and backslashes, in hexadecimal."""
    data = text.encode("utf-16-be", "surrogatepass")
    units = [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=True)]
    return "".join([chr(u) if 32 <= u < 127 and u != 92 else f"\\u{u:04x}" for u in units])


def unescape(text: str) -> str:
    """Read what `escape` wrote; a lone surrogate stays alone."""
    first, *others = text.split("\\u")
    joined = first + "".join([chr(int(part[:4], 16)) + part[4:] for part in others])
    return joined.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def all_pairs() -> Iterator[tuple[str, str]]:
    """Yield every pair once: those by hand, then the generated ones."""
    by_hand = ((pattern, value) for pattern, values in CASES.items() for value in values)
    seen: set[tuple[str, str]] = set()
    for pair in (*by_hand, *pairs(SEED, PATTERNS, VALUES)):
        if pair not in seen:
            seen.add(pair)
            yield pair


def ask(asked: Iterable[tuple[str, str]]) -> list[str]:
    """Return the JDK's answer for each pair, as Oracle.java prints it."""
    lines = "".join([f"{escape(pattern)}\t{escape(value)}\n" for pattern, value in asked])
    command = ["java", "-Xss4m", "-cp", str(HERE / "oracle.jar"), "Oracle"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return done.stdout.split()


def recorded() -> Iterator[tuple[str, str, str]]:
    """Yield pattern, value and answer of every recorded pair."""
    with gzip.open(ANSWERS, "rt", encoding="ascii") as lines:
        for line in lines:
            pattern, value, answer = line.rstrip("\n").split("\t")
            yield unescape(pattern), unescape(value), answer


def main() -> None:
    """Record anew."""
    asked = list(all_pairs())
    answers = ask(asked)
    lines: list[str] = []
    refused: set[str] = set()
    for (pattern, value), answer in zip(asked, answers, strict=True):
        # The others ran out of time or stack, or failed inside of Java; one refusal is enough.
        if answer in KEPT and pattern not in refused:
            lines.append(f"{escape(pattern)}\t{escape(value)}\t{answer}\n")
        if answer == "E":
            refused.add(pattern)
    with ANSWERS.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("".join(lines).encode("ascii"))
    size = ANSWERS.stat().st_size
    sys.stdout.write(f"{len(lines)} of {len(asked)} pairs kept, {size} bytes\n")


if __name__ == "__main__":
    main()
