"""The naive twin: the query language as the specification words it, and nothing else.

Text comes in, ids of instances go out.  Plain Python, one instance at a time, no tables, no
caches; it must know nothing of ``placement``, so that agreement with it means something.
It accepts the texts that the specification accepts; its error messages promise nothing.

The one approximation: patterns are Python's here, Java's in the specification.  Both agree on
the plain ones; pass ``valid`` and ``regex`` functions for the others.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypedDict, TypeVar

WHITE = " \t\n\r"  # B11
NOT_BARE = WHITE + ",[]()'\"=!<>~&|"  # 1.3: what a bare literal cannot hold
MAX_LENGTH = 2000  # A1, C1
MAX_DEPTH = 100  # C2

WORDS = {
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "in": "in",
    "not_in": "!in",
    "matches": "=~",
    "not_matches": "!~",
    "exists": "exists",
    "not_exists": "!exists",
}
EQUALITY = frozenset({"==", "!="})
ORDER = frozenset({">", ">=", "<", "<="})
SETS = frozenset({"in", "!in"})
REGEX = frozenset({"=~", "!~"})
EXISTENCE = frozenset({"exists", "!exists"})

OPERATORS = {  # 1.4, A9
    "agentConnected": EQUALITY | SETS | REGEX,
    "agentVersion": EQUALITY | ORDER,
    "ec2InstanceId": EQUALITY | SETS | REGEX,
    "registeredAt": EQUALITY | ORDER,
    "runningTasksCount": EQUALITY | ORDER,
    "task:group": EQUALITY | SETS | REGEX,
}
ATTRIBUTE_OPERATORS = EQUALITY | ORDER | SETS | REGEX | EXISTENCE

ATTRIBUTE = re.compile(r"attribute:([A-Za-z0-9._/\\-]{1,128})")  # 1.5, B9
INTEGER = re.compile(r"[0-9]+")  # B5
DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")  # A15
VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)([-+~_A-Za-z][-+~_A-Za-z0-9.]*)?")  # A16, B3
DATE = re.compile(  # A18, B4
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:Z|([+-])([0-9]{2}):([0-9]{2}))?)?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # everything about time is counted in microseconds
DAY = 24 * 60 * 60 * SECOND


class NaiveSyntaxError(ValueError):
    """The specification refuses this text."""


class Instance(TypedDict):
    """A container instance; None means unknown, and an attribute's None means without value."""

    id: str
    ec2InstanceId: str | None
    status: str
    agentConnected: bool
    agentVersion: str | None
    registeredAt: datetime | None
    runningTasksCount: int
    attributes: dict[str, str | None]
    groups: dict[str, int]


@dataclass(frozen=True)
class Integer:
    """An integer of any size, compared by its digits."""

    digits: str


@dataclass(frozen=True)
class Version:
    """The numbers and the suffix ('' for none) of an agent version."""

    numbers: tuple[Decimal, ...]
    suffix: str


@dataclass(frozen=True)
class Moment:
    """A span of time in microseconds since 1970: one second, or one day for a bare date."""

    start: int
    length: int


@dataclass(frozen=True)
class Pattern:
    """The text of a regular expression."""

    text: str


Argument = None | str | bool | Integer | Version | Moment | Pattern


@dataclass(frozen=True)
class Test:
    """One subject, one operator in its symbolic form, and its arguments (none to many)."""

    __test__ = False  # not for pytest

    subject: str
    operator: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of its part."""

    part: Tree


@dataclass(frozen=True)
class And:
    """All parts."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Or:
    """At least one part."""

    parts: tuple[Tree, ...]


Tree = Test | Not | And | Or
Matcher = Callable[[str, str], bool]


def python_accepts(pattern: str) -> bool:
    """Tell whether Python can compile the pattern."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def python_fullmatch(pattern: str, value: str) -> bool:
    """Full match (A14) in Python's dialect."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.fullmatch(pattern, value, re.ASCII) is not None


# --- From text to tree ---------------------------------------------------------------------


def parse(
    text: str,
    *,
    max_length: int | None = MAX_LENGTH,
    valid: Callable[[str], bool] = python_accepts,
) -> Tree:
    """Parse a query (1.2), or raise NaiveSyntaxError."""
    if max_length is not None and len(text) > max_length:  # A1: code points, untrimmed
        raise NaiveSyntaxError("too long")
    parser = Parser(text, valid)
    tree = parser.any_of(depth=0)
    parser.skip_white()
    if parser.at < len(text):
        raise NaiveSyntaxError(f"unexpected text at {parser.at}")
    return tree


class Parser:
    """Recursive descent over the characters, one method for each rule of 1.2 and 1.3."""

    def __init__(self, text: str, valid: Callable[[str], bool]) -> None:
        self.text = text
        self.at = 0
        self.valid = valid

    # The Boolean layer: or, and, not, parentheses (A2, A3, A4).

    def any_of(self, depth: int) -> Tree:
        parts = [self.all_of(depth)]
        while self.take("||") or self.take_word("or"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all_of(self, depth: int) -> Tree:
        parts = [self.negation(depth)]
        while self.take("&&") or self.take_word("and"):
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self, depth: int) -> Tree:
        # ``!=``, ``!~``, ``!in`` and ``!exists`` need no care here: as operators they are out of
        # place, and as ``!`` before something else they are too, since no subject begins so.
        count = 0
        while self.take("!") or self.take_word("not"):
            count += 1
        if count % 2 == 0:  # C2: a run folds
            return self.primary(depth)
        return Not(self.primary(self.deeper(depth)))

    def primary(self, depth: int) -> Tree:
        if not self.take("("):
            return self.simple()
        tree = self.any_of(self.deeper(depth))
        self.expect(")")
        return tree

    def deeper(self, depth: int) -> int:
        if depth == MAX_DEPTH:
            raise NaiveSyntaxError("nested too deeply")
        return depth + 1

    # One simple expression.

    def simple(self) -> Test:
        subject = self.word()
        operator_set = allowed_operators(subject)
        operator = self.operator()
        if operator not in operator_set:
            raise NaiveSyntaxError(f"{subject} does not take {operator}")
        if operator in EXISTENCE:
            return Test(subject, operator, ())
        if operator in REGEX:
            return Test(subject, operator, (Pattern(self.regex()),))
        texts = self.bracketed() if operator in SETS else [self.literal()]
        return Test(subject, operator, tuple(typed(subject, text) for text in texts))

    def operator(self) -> str:
        for symbol in ("==", "!=", ">=", "<=", "=~", "!~", ">", "<"):
            if self.take(symbol):
                return symbol
        if self.take("!"):  # ``!in`` and ``!exists``, without white space after the ``!``
            word = self.run()
            if word not in ("in", "exists"):
                raise NaiveSyntaxError(f"no operator !{word}")
            return "!" + word
        word = self.word()
        if word not in WORDS:
            raise NaiveSyntaxError(f"no operator {word}")
        return WORDS[word]

    def bracketed(self) -> list[str]:
        self.expect("[")
        if self.take("]"):  # A5
            return []
        texts = [self.literal()]
        while self.take(","):
            texts.append(self.literal())
        self.expect("]")
        return texts

    # Characters.

    def skip_white(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in WHITE:
            self.at += 1

    def take(self, symbol: str) -> bool:
        """Step over white space, and over the symbol if it is next."""
        self.skip_white()
        if not self.text.startswith(symbol, self.at):
            return False
        self.at += len(symbol)
        return True

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            raise NaiveSyntaxError(f"expected {symbol} at {self.at}")

    def run(self) -> str:
        """Take the run of characters of bare literals that starts here; it may be empty.

        A keyword is a whole run, so it is separated from other words by anything that is not
        part of one: white space, brackets, parentheses, quotes, symbols (B1).
        """
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in NOT_BARE:
            self.at += 1
        return self.text[start : self.at]

    def word(self) -> str:
        self.skip_white()
        word = self.run()
        if not word:
            raise NaiveSyntaxError(f"expected a word at {self.at}")
        return word

    def take_word(self, keyword: str) -> bool:
        self.skip_white()
        start = self.at
        if self.run() == keyword:
            return True
        self.at = start
        return False

    def literal(self) -> str:
        """A bare or a quoted literal: the same value (A7); a keyword is one too (A8)."""
        self.skip_white()
        return self.quoted() if self.text[self.at : self.at + 1] in ("'", '"') else self.word()

    def quoted(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        value = ""
        while True:
            two = self.text[self.at : self.at + 2]
            if not two:
                raise NaiveSyntaxError("no closing quote")
            if two in ("\\\\", "\\" + quote):
                value += two[1]
                self.at += 2
            elif two[0] == quote:
                self.at += 1
                return value
            else:
                value += two[0]
                self.at += 1

    def regex(self) -> str:
        """A quoted pattern (B8) or a bare one (1.3, C4)."""
        self.skip_white()
        if self.text[self.at : self.at + 1] in ("'", '"'):
            pattern = self.quoted()
        else:
            end = bare_regex_end(self.text, self.at)
            pattern = self.text[self.at : end]
            self.at = end
            if not pattern:
                raise NaiveSyntaxError("expected a pattern")
        if not self.valid(pattern):
            raise NaiveSyntaxError(f"not a regular expression: {pattern}")
        return pattern


def bare_regex_end(text: str, start: int) -> int:
    """Return where the bare regex that starts here ends (1.3, C4)."""
    open_brackets: list[str] = []
    at = start
    while at < len(text):
        char = text[at]
        in_class = open_brackets[-1:] == ["["]
        if char in WHITE:  # even inside brackets
            break
        if not open_brackets and (char == ")" or text[at : at + 2] in ("&&", "||")):
            break
        if char == "\\":
            if text[at + 1 : at + 2] not in ("", *WHITE):
                at += 1
        elif char == "[" or (char == "(" and not in_class):
            open_brackets.append(char)
        elif char == "]":
            if not in_class:
                raise NaiveSyntaxError("] closes nothing: quote the pattern")
            open_brackets.pop()
        elif char == ")" and not in_class:
            open_brackets.pop()
        at += 1
    if open_brackets:
        raise NaiveSyntaxError("unbalanced: quote the pattern")
    return at


# --- Subjects and their literals -----------------------------------------------------------


def allowed_operators(subject: str) -> frozenset[str]:
    """1.4, A9, B9; names are case-sensitive (A6)."""
    if subject in OPERATORS:
        return OPERATORS[subject]
    if ATTRIBUTE.fullmatch(subject):
        return ATTRIBUTE_OPERATORS
    raise NaiveSyntaxError(f"no subject {subject}")


def typed(subject: str, text: str) -> Argument:
    """Read a literal as its subject's type; quoted ones too (B6)."""
    if subject == "agentConnected":
        return boolean(text)
    if subject == "agentVersion":
        version = read_version(text)
        if version is None:
            raise NaiveSyntaxError(f"not a version: {text}")
        return version
    if subject == "registeredAt":
        return moment(text)
    if subject == "runningTasksCount":
        if not INTEGER.fullmatch(text):
            raise NaiveSyntaxError(f"not a number: {text}")
        return Integer(text)
    return text


def boolean(text: str) -> bool:
    """A17."""
    if text not in ("true", "false"):
        raise NaiveSyntaxError(f"neither true nor false: {text}")
    return text == "true"


def read_version(text: str) -> Version | None:
    """A16, B3."""
    found = VERSION.fullmatch(text)
    if found is None:
        return None
    return Version(tuple(Decimal(number) for number in found[1].split(".")), found[2] or "")


def moment(text: str) -> Moment:
    """A18, B4."""
    found = DATE.fullmatch(text)
    if found is None:
        raise NaiveSyntaxError(f"not a date: {text}")
    year, month, day, hour, minute, second, sign, off_hour, off_minute = found.groups()
    try:
        midnight = microseconds(datetime(int(year), int(month), int(day), tzinfo=UTC))
    except ValueError:
        raise NaiveSyntaxError(f"no such date: {text}") from None
    if hour is None:
        return Moment(midnight, DAY)
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise NaiveSyntaxError(f"no such time: {text}")
    start = midnight + ((int(hour) * 60 + int(minute)) * 60 + int(second)) * SECOND
    if sign is None:  # no offset, or Z
        return Moment(start, SECOND)
    if int(off_hour) > 23 or int(off_minute) > 59:
        raise NaiveSyntaxError(f"no such offset: {text}")
    offset = (int(off_hour) * 60 + int(off_minute)) * 60 * SECOND
    return Moment(start - offset if sign == "+" else start + offset, SECOND)


def microseconds(aware: datetime) -> int:
    """Count from 1970 in UTC."""
    return (aware - EPOCH) // timedelta(microseconds=1)


# --- From tree and instance to true or false -----------------------------------------------


def holds(tree: Tree, instance: Instance, regex: Matcher = python_fullmatch) -> bool:
    """Evaluate (1.6): two-valued, ``not`` negates (A11)."""
    if isinstance(tree, Not):
        return not holds(tree.part, instance, regex)
    if isinstance(tree, And):
        return all(holds(part, instance, regex) for part in tree.parts)
    if isinstance(tree, Or):
        return any(holds(part, instance, regex) for part in tree.parts)
    if tree.subject == "task:group":
        return group_holds(tree, instance, regex)
    if tree.subject == "agentConnected":
        return connected_holds(tree, instance, regex)
    if tree.subject == "ec2InstanceId":
        value = instance["ec2InstanceId"]
        return value is not None and text_holds(tree, value, regex)  # B7
    if tree.subject == "agentVersion":
        return version_holds(tree, instance["agentVersion"])
    if tree.subject == "registeredAt":
        return registered_holds(tree, instance["registeredAt"])
    if tree.subject == "runningTasksCount":
        (wanted,) = tree.arguments
        assert isinstance(wanted, Integer)
        order = compare(Decimal(instance["runningTasksCount"]), Decimal(wanted.digits))
        return order_holds(tree.operator, order)
    return attribute_holds(tree, instance, regex)


def attribute_holds(test: Test, instance: Instance, regex: Matcher) -> bool:
    """The table of 1.6, with A10 (case), A12, A13, A15 and B2."""
    name = test.subject.removeprefix("attribute:")
    if name not in instance["attributes"]:
        return test.operator == "!exists"
    if test.operator in EXISTENCE:
        return test.operator == "exists"
    value = instance["attributes"][name] or ""  # A12, B2: no value is the empty text
    if test.operator not in ORDER:
        return text_holds(test, value, regex)
    if value == "":
        return False  # the table: an order needs a value
    (wanted,) = test.arguments
    assert isinstance(wanted, str)
    if DECIMAL.fullmatch(value) and DECIMAL.fullmatch(wanted):  # A15
        return order_holds(test.operator, compare(Decimal(value), Decimal(wanted)))
    return order_holds(test.operator, compare(value, wanted))


def group_holds(test: Test, instance: Instance, regex: Matcher) -> bool:
    """Some task's group fulfils it, for the negative operators too (A21)."""
    groups = [group for group, count in instance["groups"].items() if count > 0]
    return any(text_holds(test, group, regex) for group in groups)


def connected_holds(test: Test, instance: Instance, regex: Matcher) -> bool:
    """A17: booleans for all operators but the regex ones, which see the text."""
    connected = instance["agentConnected"]
    if test.operator in REGEX:
        return text_holds(test, "true" if connected else "false", regex)
    return (connected in test.arguments) == (test.operator in ("==", "in"))


def version_holds(test: Test, value: str | None) -> bool:
    """A16: every operator is false where the version is unknown."""
    known = None if value is None else read_version(value)
    if known is None:
        return False
    (wanted,) = test.arguments
    assert isinstance(wanted, Version)
    length = max(len(known.numbers), len(wanted.numbers))
    order = compare(version_key(known, length), version_key(wanted, length))
    return order_holds(test.operator, order)


def version_key(version: Version, length: int) -> tuple[tuple[Decimal, ...], bool, str]:
    """Numbers padded with zeros, then suffix before none, then suffixes as text (B3)."""
    padding = (Decimal(0),) * (length - len(version.numbers))
    return version.numbers + padding, version.suffix == "", version.suffix


def registered_holds(test: Test, value: datetime | None) -> bool:
    """A18, B4: equality at the literal's precision, orders at full precision."""
    if value is None:
        return False
    (wanted,) = test.arguments
    assert isinstance(wanted, Moment)
    known = microseconds(value)
    if test.operator in EQUALITY:
        inside = wanted.start <= known < wanted.start + wanted.length
        return inside == (test.operator == "==")
    return order_holds(test.operator, compare(known, wanted.start))


def text_holds(test: Test, value: str, regex: Matcher) -> bool:
    """Equality, membership and patterns over one text."""
    if test.operator in REGEX:
        (pattern,) = test.arguments
        assert isinstance(pattern, Pattern)
        return regex(pattern.text, value) == (test.operator == "=~")
    return (value in test.arguments) == (test.operator in ("==", "in"))


Comparison = TypeVar("Comparison", str, int, Decimal, tuple[tuple[Decimal, ...], bool, str])


def compare(one: Comparison, two: Comparison) -> int:
    """-1, 0 or 1; texts by code point."""
    return (one > two) - (one < two)


def order_holds(operator: str, order: int) -> bool:
    """Apply a comparison to -1, 0 or 1."""
    return {
        "==": order == 0,
        "!=": order != 0,
        ">": order > 0,
        ">=": order >= 0,
        "<": order < 0,
        "<=": order <= 0,
    }[operator]


def select(
    text: str,
    instances: Iterable[Instance],
    *,
    max_length: int | None = MAX_LENGTH,
    valid: Callable[[str], bool] = python_accepts,
    regex: Matcher = python_fullmatch,
) -> list[str]:
    """Return the ids of the instances that the query selects, in their order."""
    tree = parse(text, max_length=max_length, valid=valid)
    return [instance["id"] for instance in instances if holds(tree, instance, regex)]
