"""Hold patterns that were never seen against a JDK 17: the same answers, few refusals.

Run it where ``java`` is a Java 17:

    python tests/unit/javaregex/compare_jdk.py --seed 2024 --patterns 20000 --values 100

In: a seed.  Out: what is answered differently, what is taken although Java refuses it, and the
share of patterns refused or out of steps among those that Java compiles and matches without
an exception.  The exit status is 0 if nothing differs and that share is at most 1 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import groupby

import record_jdk
from java_patterns import pairs
from placement.javaregex import JavaPattern, JavaRegexError, JavaRegexTimeout, compile_java

MOST_REFUSED = 0.01
CHUNK = 200_000
"""Pairs that one run of the JDK is asked."""

Row = tuple[str, str, str]


class Comparison:
    """Counts answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken_by_java = 0
        self.without_answer: list[tuple[str, str]] = []
        self.different: list[tuple[str, str, str]] = []

    def add(self, pattern: str, rows: list[Row]) -> None:
        """Compare the answers of one pattern."""
        answers = [answer for _, _, answer in rows]
        plain = all(answer in "01" for answer in answers)
        self.taken_by_java += plain
        try:
            compiled = compile_java(pattern)
        except JavaRegexError as error:
            if plain:
                self.without_answer.append((pattern, error.message))
            if "E" not in answers and "support" not in error.message:
                self.different.append((pattern, "", f"refused: {error.message}"))
            return
        if "E" in answers:
            self.different.append((pattern, "", "Java refuses it"))
            return
        self._compare(compiled, rows, plain=plain)

    def _compare(self, compiled: JavaPattern, rows: list[Row], *, plain: bool) -> None:
        late = False
        for _, value, answer in rows:
            self.asked += 1
            try:
                ours = compiled.fullmatch(value)
            except JavaRegexTimeout:
                late = True
                continue
            if answer in "01" and ours != (answer == "1"):
                self.different.append((compiled.pattern, value, f"Java says {answer}"))
        if late and plain:
            self.without_answer.append((compiled.pattern, "out of steps"))

    @property
    def share(self) -> float:
        return len(self.without_answer) / max(self.taken_by_java, 1)


def answered(seed: int, patterns: int, values: int) -> Iterator[Row]:
    """Yield generated pairs with the JDK's answers."""
    asked = list(dict.fromkeys(pairs(seed, patterns, values)))
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        for (pattern, value), answer in zip(chunk, record_jdk.ask(chunk), strict=True):
            yield pattern, value, answer


def pattern_of(row: Row) -> str:
    return row[0]


def main() -> int:
    """Compare, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--patterns", type=int, default=20_000)
    parser.add_argument("--values", type=int, default=100)
    given = parser.parse_args()
    found = Comparison()
    rows = answered(given.seed, given.patterns, given.values)
    for pattern, same in groupby(rows, key=pattern_of):
        found.add(pattern, list(same))
    for pattern, value, how in found.different:
        sys.stdout.write(f"{pattern!a}\t{value!a}\t{how}\n")
    sys.stdout.write(
        f"{found.asked} pairs, {len(found.different)} different; of {found.taken_by_java} patterns"
        f" {len(found.without_answer)} without an answer ({found.share:.2%})\n"
    )
    return 0 if not found.different and found.share <= MOST_REFUSED else 1


if __name__ == "__main__":
    sys.exit(main())
