"""Make patterns of Java's language, right and wrong, with values that nearly or quite match them.

In: a seed.  Out: (pattern, value) pairs.  Every construct of the language is a small function that
returns the text and a way to draw a text that it may match; wrong patterns come from right ones by
mutation, and from a list of fragments put side by side.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Draw = Callable[[dict[str, str]], str]
Piece = tuple[str, Draw]

LETTERS = "aabbcxyzABKSksi019_-. "
ODD = (
    "\n\r\x85\u2028\t\u00e9\xe9\xc9\u00df\u1e9e\u017fK\u212a\u212b\u00c5\u00e5\u00b5\u0131\u0130"
    "\u0301\u00b5\u03a3\u03c3\u03c2\u03bb\u65e5\U0001f600\U00010400\U00010428\u200d"
    "\ud800\udc00\x00\x0b"
)
FRAGMENTS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "*",
    "+",
    "?",
    ".",
    "^",
    "$",
    "\\",
    "-",
    "&&",
    "&",
    ",",
    "1",
    "2",
    "a",
    "b",
    "(?",
    "(?:",
    "(?=",
    "(?!",
    "(?<=",
    "(?<!",
    "(?>",
    "(?<n>",
    "\\k<n>",
    "\\1",
    "\\2",
    "\\11",
    "\\Q",
    "\\E",
    "(?i)",
    "(?x)",
    "(?u)",
    "(?s)",
    "(?m)",
    "(?d)",
    "(?U)",
    "(?iu)",
    "(?-i)",
    "(?i-s:",
    "#",
    " ",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\Z",
    "\\G",
    "\\R",
    "\\X",
    "\\h",
    "\\H",
    "\\v",
    "\\V",
    "\\d",
    "\\D",
    "\\s",
    "\\S",
    "\\w",
    "\\W",
    "\\p{L}",
    "\\P{Lu}",
    "\\pL",
    "\\p{IsGreek}",
    "\\p{",
    "\\p",
    "\\x41",
    "\\x{41}",
    "\\x4",
    "\\u0041",
    "\\u00",
    "\\uD83D\\uDE00",
    "\\0",
    "\\07",
    "\\0101",
    "\\0777",
    "\\cA",
    "\\c",
    "\\N{DIGIT ONE}",
    "\\N{",
    "\\t",
    "\\a",
    "\\e",
    "\\y",
    "\\g",
    "\\_",
    "\\-",
    "[^",
    "[a-",
    "[a-c]",
    "{2}",
    "{1,2}",
    "{,2}",
    "{2,1}",
    "{2,}",
    "++",
    "*+",
    "?+",
    "*?",
    "\n",
    "\u0301",
    "\u00e9",
    "\U0001f600",
    "\\b{g}",
    "\x00",
    "\ud800",
]
PROPERTIES = [
    "L",
    "Lu",
    "Ll",
    "Lt",
    "N",
    "Nd",
    "P",
    "Sc",
    "Z",
    "Cn",
    "LC",
    "L1",
    "all",
    "ASCII",
    "Alpha",
    "Alnum",
    "Lower",
    "Upper",
    "Punct",
    "Space",
    "Digit",
    "XDigit",
    "Graph",
    "Print",
    "Blank",
    "Cntrl",
    "javaLowerCase",
    "javaUpperCase",
    "javaWhitespace",
    "javaMirrored",
    "javaLetterOrDigit",
    "javaJavaIdentifierStart",
    "IsL",
    "IsLatin",
    "IsGreek",
    "IsAlphabetic",
    "IsUppercase",
    "IsWhite_Space",
    "IsPunctuation",
    "IsDigit",
    "IsHan",
    "InGreek",
    "InBasicLatin",
    "InBASIC_LATIN",
    "InMathematical Operators",
    "script=Greek",
    "sc=Latn",
    "blk=Cyrillic",
    "block=Basic Latin",
    "gc=Lu",
    "general_category=Nd",
    "IsNope",
    "InNope",
    "nope",
    "sc=Nope",
    "foo=L",
    "alpha",
    "ALPHA",
    "isL",
    "IsLd",
    "IsIdeographic",
    "IsTitlecase",
    "IsControl",
    "IsAssigned",
    "IsJoin_Control",
    "IsHex_Digit",
    "Me",
    "IsNoncharacter_Code_Point",
    "IsWord",
]
SAMPLES = (
    "aZ09_ \u00e9\u0391\u03b1\u0414\u0434\u65e5\u00aa.,$+\t\n\x00\u00a0"
    "\u2028\U00010400\U0001d7ce\u0378\u01c5\u0130\u0131\u017f\u212a"
)


def text_draw(text: str) -> Draw:
    return lambda _env: text


class Generator:
    """Draws patterns; ``tame`` leaves out what backtracks."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.groups = 0
        self.names: list[str] = []
        self.budget = 0

    def char(self) -> str:
        return self.rng.choice(LETTERS) if self.rng.random() < 0.9 else self.rng.choice(ODD)

    def quote(self, char: str) -> str:
        rng = self.rng
        if char in "\\^$.|?*+()[]{}&-#" or (rng.random() < 0.04 and not char.isalnum()):
            return "\\" + char
        roll = rng.random()
        if roll < 0.03 and ord(char) < 256:
            return rng.choice((f"\\x{ord(char):02x}", f"\\x{{{ord(char):x}}}", f"\\0{ord(char):o}"))
        if roll < 0.05:
            return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\x{{{ord(char):X}}}"
        return char

    def literal(self) -> Piece:
        chars = [self.char() for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3)))]
        text = "".join(chars)
        if self.rng.random() < 0.03:
            return "\\Q" + text + ("\\E" if self.rng.random() < 0.95 else ""), text_draw(text)
        return "".join(map(self.quote, chars)), text_draw(text)

    def short(self) -> Piece:
        name, sample = self.rng.choice(
            (
                (".", "a\n\U0001f600-"),
                ("\\d", "0\u096f7"),
                ("\\D", "a "),
                ("\\s", " \t\u2003"),
                ("\\S", "a"),
                ("\\w", "a_\u00e9"),
                ("\\W", "-\u00e9"),
                ("\\h", " \u180e"),
                ("\\H", "a"),
                ("\\v", "\n\x0b"),
                ("\\V", "a"),
                (".", "ab"),
                (".", "\r\u2028"),
            )
        )
        return name, lambda _env: self.rng.choice(sample)

    def prop(self) -> Piece:
        rng = self.rng
        name = rng.choice(PROPERTIES)
        text = f"\\{rng.choice('ppppP')}{{{name}}}"
        if len(name) == 1 and rng.random() < 0.5:
            text = f"\\p{name}"
        return text, lambda _env: rng.choice(SAMPLES)

    def class_item(self, depth: int) -> Piece:
        rng = self.rng
        roll = rng.random()
        if roll < 0.4:
            char = self.char()
            return self.quote(char), text_draw(char)
        if roll < 0.65:
            low = self.char()
            high = chr(min(ord(low) + rng.choice((0, 1, 2, 5, 30, 300)), 0x10FFFF))
            inside = chr((ord(low) + ord(high)) // 2)
            return f"{self.quote(low)}-{self.quote(high)}", lambda _env: rng.choice(
                (low, high, inside)
            )
        if roll < 0.75:
            return self.short() if rng.random() < 0.7 else self.prop()
        if roll < 0.87 and depth < 3:
            return self.bracket(depth + 1)
        other = rng.choice(
            (
                "&&",
                "&&",
                "&&",
                "-",
                "&",
                "^",
                "]",
                "\\Qa-\\E",
                " ",
                "#",
                "&&[",
                "\\b",
                "\\v-",
                "|",
                ".",
            )
        )
        return other, lambda _env: rng.choice("ab-&^ ")

    def bracket(self, depth: int = 0) -> Piece:
        rng = self.rng
        items = [self.class_item(depth) for _ in range(rng.choice((1, 2, 2, 3, 4)))]
        if rng.random() < 0.2:
            items.insert(rng.randrange(1, len(items) + 1), ("&&", lambda _env: "a"))
        text = "[" + ("^" if rng.random() < 0.2 else "") + "".join(item[0] for item in items)
        return text + ("]" if rng.random() < 0.985 else ""), lambda env: rng.choice(items)[1](env)

    def anchor(self) -> Piece:
        names = ("^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G", "$", "^", "\\b")
        return self.rng.choice(names), lambda _env: ""

    def group(self, depth: int) -> Piece:
        rng = self.rng
        roll = rng.random()
        if roll < 0.35:
            self.groups += 1
            name = str(self.groups)
            text, draw = self.alternation(depth + 1)
            return f"({text})", self.capture(name, draw)
        if roll < 0.62:
            text, draw = self.alternation(depth + 1)
            return f"(?:{text})", draw
        if roll < 0.68:
            self.groups += 1
            name, number = rng.choice(("n", "m", "n1", "Zz")), str(self.groups)
            text, draw = self.alternation(depth + 1)
            self.names.append(name)
            return f"(?<{name}>{text})", self.capture(number, self.capture(name, draw))
        if roll < 0.74:
            text, draw = self.alternation(depth + 1)
            return f"(?>{text})", draw
        if roll < 0.82:
            text, draw = self.alternation(depth + 1)
            flags = rng.choice(
                (
                    "i",
                    "i",
                    "iu",
                    "s",
                    "m",
                    "d",
                    "x",
                    "U",
                    "iU",
                    "-i",
                    "i-s",
                    "md",
                    "xi",
                    "sm",
                    "u-d",
                )
            )
            return f"(?{flags}:{text})", draw
        text, draw = self.alternation(depth + 1)
        return rng.choice(
            ("(?=", "(?!", "(?<=", "(?<!")
        ) + text + ")", lambda env: draw(env) if rng.random() < 0.3 else ""

    def capture(self, name: str, draw: Draw) -> Draw:
        def run(env: dict[str, str]) -> str:
            env[name] = draw(env)
            return env[name]

        return run

    def reference(self) -> Piece:
        rng = self.rng
        if self.names and rng.random() < 0.3:
            name = rng.choice(self.names)
            return f"\\k<{name}>", lambda env: env.get(name, "")
        number = rng.choice((1, 1, 1, 2, 2, 3, max(self.groups, 1), 11))
        return f"\\{number}", lambda env: env.get(str(number), "")

    def atom(self, depth: int) -> Piece:
        roll = self.rng.random()
        self.budget -= 1
        if roll < 0.38 or self.budget < 0:
            return self.literal()
        if roll < 0.48:
            return self.short()
        if roll < 0.6:
            return self.bracket()
        if roll < 0.64:
            return self.prop()
        if roll < 0.70:
            return self.anchor()
        if roll < 0.72:
            return self.rng.choice(
                (("\\R", self.line_break), ("\\R", self.line_break), ("\\X", self.cluster))
            )
        if roll < 0.77 and self.groups:
            return self.reference()
        if roll < 0.80:
            flags = (
                "(?i)",
                "(?iu)",
                "(?s)",
                "(?m)",
                "(?d)",
                "(?x)",
                "(?U)",
                "(?-i)",
                "(?u)",
                "(?iU)",
                "(?x) # c\n",
            )
            return self.rng.choice(flags), lambda _env: ""
        return self.group(depth) if depth < 4 else self.literal()

    def line_break(self, _env: dict[str, str]) -> str:
        return self.rng.choice(("\r\n", "\n", "\r", "\u2028", "\x0b"))

    def cluster(self, _env: dict[str, str]) -> str:
        return self.rng.choice(
            (
                "a",
                "e\u0301",
                "\r\n",
                "\U0001f1e9\U0001f1ea",
                "\u1100\u1161",
                "\U0001f469\u200d\U0001f4bb",
                "\u0600a",
            )
        )

    def quantified(self, depth: int) -> Piece:
        rng = self.rng
        text, draw = self.atom(depth)
        if rng.random() < 0.62:
            return text, draw
        marks = (
            ("*", 0, 4),
            ("+", 1, 4),
            ("?", 0, 1),
            ("{2}", 2, 2),
            ("{1,2}", 1, 2),
            ("{0,3}", 0, 3),
            ("{2,}", 2, 4),
            ("{0}", 0, 0),
            ("{0,1}", 0, 1),
            ("{3}", 3, 3),
        )
        mark, least, most = rng.choice(marks)
        mark += rng.choice(("", "", "", "", "?", "+"))
        return text + mark, lambda env: "".join(draw(env) for _ in range(rng.randint(least, most)))

    def sequence(self, depth: int) -> Piece:
        count = (
            self.rng.choice((0, 1, 1, 2, 2, 3, 4)) if depth else self.rng.choice((1, 2, 3, 4, 5))
        )
        parts = [self.quantified(depth) for _ in range(count)]
        return "".join(part[0] for part in parts), lambda env: "".join(
            [part[1](env) for part in parts]
        )

    def alternation(self, depth: int) -> Piece:
        rng = self.rng
        branches = [
            self.sequence(depth)
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3) if depth else (1, 1, 1, 1, 1, 2)))
        ]
        return "|".join(branch[0] for branch in branches), lambda env: rng.choice(branches)[1](env)

    def mutate(self, text: str, alphabet: str) -> str:
        rng = self.rng
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(len(text) + 1)
            text = (
                text[:at] + rng.choice(("", rng.choice(alphabet))) + text[at + rng.choice((0, 1)) :]
            )
        return text

    def pattern(self) -> Piece:
        """Return one pattern, possibly wrong, and a way to draw values."""
        rng = self.rng
        self.groups, self.names, self.budget = 0, [], 14
        roll = rng.random()
        if roll < 0.12:
            parts = [rng.choice(FRAGMENTS) for _ in range(rng.randint(1, 7))]
            return "".join(parts), lambda _env: "".join(
                rng.choice("ab12A ") for _ in range(rng.randint(0, 4))
            )
        text, draw = self.alternation(0)
        if rng.random() < 0.12:
            text = (
                rng.choice(("(?i)", "(?iu)", "(?s)", "(?m)", "(?x)", "(?U)", "(?d)", "(?md)"))
                + text
            )
        return (self.mutate(text, "()[]{}|*+?\\^$.-&,12abx#") if roll < 0.22 else text), draw

    def values(self, draw: Draw, count: int) -> Iterator[str]:
        """Yield values for one pattern: drawn ones, and some that are nearly so."""
        rng = self.rng
        for _ in range(count):
            value = draw({})[:60]
            roll = rng.random()
            if roll < 0.3:
                value = self.mutate(value, LETTERS + ODD)
            elif roll < 0.36:
                value = value.swapcase()
            elif roll < 0.42:
                value += rng.choice(("\n", "\r\n", "\r", "\u2028", "a"))
            yield value


def pairs(seed: int, patterns: int, values: int) -> Iterator[tuple[str, str]]:
    """Yield pairs, ``values`` different values or fewer for each pattern."""
    generator = Generator(seed)
    for _ in range(patterns):
        text, draw = generator.pattern()
        for value in dict.fromkeys(generator.values(draw, values)):
            yield text, value
