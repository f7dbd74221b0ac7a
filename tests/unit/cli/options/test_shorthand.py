"""The AWS CLI's shorthand: what the AWS CLI reads in a text, and what we say where it reads none.

The values were recorded from the AWS CLI 1.46.3 (``ShorthandParser().parse(text)``), with which the
parser was compared on 2,400,000 random texts: it differs where that one drops or invents something.
"""

from __future__ import annotations

from typing import Any

import pytest

from placement.cli.errors import ShorthandError
from placement.cli.options.shorthand import MAX_DEPTH, parse

QUOTES = "; a value that holds it must stand in quotes"


def no_files(uri: str) -> str:
    raise AssertionError(f"{uri} was not to be read")


RECORDED: dict[str, Any] = {
    "type=distinctInstance": {"type": "distinctInstance"},
    "type=spread,field=attribute:ecs.availability-zone": {
        "type": "spread",
        "field": "attribute:ecs.availability-zone",
    },
    "type = binpack , field = memory": {"type": "binpack", "field": "memory"},
    "type=random,field=": {"type": "random", "field": ""},
    "type=,field=x": {"type": "", "field": "x"},
    "type=memberOf,expression=attribute:stack == prod": {
        "type": "memberOf",
        "expression": "attribute:stack == prod",
    },
    "expression=attribute:stack == prod,type=memberOf": {
        "expression": "attribute:stack == prod",
        "type": "memberOf",
    },
    "type=memberOf,expression=attribute:ecs.instance-type =~ m5.* and not(task:group == db)": {
        "type": "memberOf",
        "expression": "attribute:ecs.instance-type =~ m5.* and not(task:group == db)",
    },
    "type=memberOf,expression='attribute:a in [b, c]'": {
        "type": "memberOf",
        "expression": "attribute:a in [b, c]",
    },
    'expression="attribute:a in [b, c]",type=memberOf': {
        "expression": "attribute:a in [b, c]",
        "type": "memberOf",
    },
    "expression=\"ec2InstanceId in ['i-1', 'i-2']\"": {
        "expression": "ec2InstanceId in ['i-1', 'i-2']"
    },
    r"expression='ec2InstanceId in [\'i-1\']'": {"expression": "ec2InstanceId in ['i-1']"},
    r'expression="attribute:a == \"x y\""': {"expression": 'attribute:a == "x y"'},
    r"expression='attribute:a =~ \d+\\.x'": {"expression": r"attribute:a =~ \d+\.x"},
    r"expression=attribute:a =~ \d+\\.x": {"expression": r"attribute:a =~ \d+\\.x"},
    r"expression=attribute:a =~ x{1\,2": {"expression": "attribute:a =~ x{1,2"},
    "expression=attribute:a\n==\n'b'": None,
    "expression=a\n==\tb  ": {"expression": "a\n==\tb"},
    "expression=' a '  , type = memberOf ": {"expression": " a ", "type": "memberOf"},
    "a=b,c": {"a": ["b", "c"]},
    "a=b,c,d=e": {"a": ["b", "c"], "d": "e"},
    "a=b,'c d',d=e": {"a": ["b", "c d"], "d": "e"},
    "a=[]": {"a": []},
    "a=[b,c d,'e,f']": {"a": ["b", "c d", "e,f"]},
    "a=[[b],[c,d]],e=f": {"a": [["b"], ["c", "d"]], "e": "f"},
    "a=[{b=c,d=[e]},{b=f}]": {"a": [{"b": "c", "d": ["e"]}, {"b": "f"}]},
    "a={b={c=d}}": {"a": {"b": {"c": "d"}}},
    "a={}": {"a": {}},
    "a=": {"a": ""},
    "a=[b,]": {"a": ["b"]},
    "a/b#c-d_e.f:g=h": {"a/b#c-d_e.f:g": "h"},
    "a=b@c": {"a": "b@c"},
    "a=\u00e4\u4e2d": {"a": "\u00e4\u4e2d"},
    "a=file://b": {"a": "file://b"},
    "type=memberOf,expression=attribute:a in [b]": None,
    "type=memberOf,expression=attribute:a in [b, c]": {
        "type": "memberOf",
        "expression": ["attribute:a in [b", "c]"],
    },
    "": None,
    "random": None,
    "==": None,
    "a=b,": None,
    "a==b": None,
    "a=b'c'": None,
    "a='b": None,
    "a='b'c": None,
    "a=[b": None,
    "a=[b}": None,
    "a={b=c": None,
    "a={b}": None,
    "a={b=c]": None,
    "a=b,a=c": None,
    "a b=c": None,
}


@pytest.mark.parametrize("text", RECORDED)
def test_texts_are_read_as_the_aws_cli_reads_them(text: Any) -> None:
    if RECORDED[text] is None:
        with pytest.raises(ShorthandError):
            parse(text, no_files)
    else:
        assert parse(text, no_files) == RECORDED[text]


@pytest.mark.parametrize(
    "text",
    [
        "=a",  # there a key without a name
        "a=,,b=c",  # there a = "", and what stands between the commas is gone
        r"a=b,c\,d=e",  # there a = b and d = e
        "a={b=c,b=d}",  # there the second b
    ],
)
def test_what_the_aws_cli_would_drop_is_refused(text: str) -> None:
    with pytest.raises(ShorthandError):
        parse(text, no_files)


@pytest.mark.parametrize("text", [" a=b", "a=[b] ", "\ta={} "])
def test_blanks_around_an_item_do_no_harm(text: str) -> None:
    assert list(parse(text, no_files)) == ["a"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("random", ["expected = after random", "    random", "    ^^^^^^"]),
        (
            "type=memberOf,expression=attribute:a in [b]",
            [
                f"expected a comma or the end, not ]{QUOTES}",
                "    type=memberOf,expression=attribute:a in [b]",
                "                                              ^",
            ],
        ),
        (
            "type=spread,type=random",
            [
                "type is listed twice; items are parted by blanks, not by commas",
                "    type=spread,type=random",
                "                ^^^^",
            ],
        ),
        (
            "type=memberOf,expression='a",
            [
                "this quote is never closed",
                "    type=memberOf,expression='a",
                "                             ^",
            ],
        ),
        ("==", [f"expected key=value, not ={QUOTES}", "    ==", "    ^"]),
        ("a=b,", ["expected a value or key=value, not the end", "    a=b,", "        ^"]),
        ("a=[b", ["expected a comma or ], not the end", "    a=[b", "        ^"]),
        ("a={b=c}x", ["expected a comma or the end, not x", "    a={b=c}x", "           ^"]),
        ("a={b=c]", [f"expected a comma or }}, not ]{QUOTES}", "    a={b=c]", "          ^"]),
        ("a=b\nc'd", [f"expected a comma or the end, not '{QUOTES}", "    c'd", "     ^"]),
    ],
)
def test_an_error_shows_the_text_and_the_place(text: str, lines: list[str]) -> None:
    with pytest.raises(ShorthandError) as caught:
        parse(text, no_files)
    assert str(caught.value).split("\n") == lines


def test_a_value_comes_from_a_file_where_at_says_so() -> None:
    def load(uri: Any) -> Any:
        return f"<{uri}>"

    assert parse("a@=file://x,b=file://x", load) == {"a": "<file://x>", "b": "file://x"}
    assert parse("a @ = 'file://x'", load) == {"a": "<file://x>"}
    assert parse("a@=x", load) == {"a": "x"}
    assert parse("a={b@=file://x,c=file://x}", load) == {"a": {"b": "<file://x>", "c": "file://x"}}


def test_deep_structures_are_refused_and_not_recursed_into() -> None:
    assert parse(f"a={'[' * MAX_DEPTH}b{']' * MAX_DEPTH}", no_files)
    for opening in ("[" * 100_000, "[" * (MAX_DEPTH + 2), "{a=" * 100_000):
        with pytest.raises(ShorthandError, match="nested too deeply"):
            parse(f"a={opening}", no_files)
