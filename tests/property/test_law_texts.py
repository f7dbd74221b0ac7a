"""Laws of texts and trees: printing, parsing, spelling, and the naive twin's parser."""

from __future__ import annotations

import pickle
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

import naive
import placement
from placement.javaregex import JavaRegexError, compile_java
from placement.lang.ast import And, Condition, Node, Not, Operator, Or, Subject
from placement.lang.parse import GRAMMAR, parse
from placement.lang.printer import canonical, canonical_pattern
from placement.lang.subjects import BUILT_IN, WORD_FORMS
from placement.testing import attribute_names, damaged_texts, expression_texts, expressions, pools
from placement.testing.texts import spelled


def compiles(text: str) -> bool:
    try:
        placement.compile(text)
    except placement.CqlError:
        return False
    return True


def twin_accepts(text: str) -> bool:
    """The twin's answer; which patterns are Java's is not its business."""
    try:
        naive.parse(text, valid=is_java)
    except naive.NaiveSyntaxError:
        return False
    return True


def is_java(pattern: str) -> bool:
    try:
        compile_java(pattern)
    except JavaRegexError:
        return False
    return True


@given(expressions())
def test_canonical_text_parses_to_the_same_tree(tree: Node) -> None:
    """C1: with the limit off."""
    assert parse(canonical(tree)) == tree


@given(expression_texts(max_length=None))
def test_canonical_text_is_its_own_canonical_text(text: str) -> None:
    once = str(placement.compile(text, max_length=None))
    assert str(placement.compile(once, max_length=None)) == once


@given(expressions(), st.lists(st.integers(0, 59), max_size=40))
def test_every_spelling_parses_to_the_same_tree(tree: Node, tape: list[int]) -> None:
    """A7, A8, B1, B11, C2: words or symbols, quotes or none, any blanks, more parentheses."""
    assert parse(spelled(tree, tape)) == tree


@pytest.mark.parametrize("levels", [98, 99, 100])
def test_the_deepest_text_has_a_canonical_text(levels: int) -> None:
    """C1, C2: printing adds no level to a text that was just not too deep."""
    text = "agentConnected == true and not attribute:a exists"
    for _ in range(levels - 1):
        text = f"agentConnected == true and ({text})"
    query = placement.compile(text, max_length=None)
    assert placement.compile(str(query), max_length=None) == query


@pytest.mark.parametrize("word", WORD_FORMS)
@given(attribute_names())
def test_word_and_symbol_are_the_same_operator(word: str, name: str) -> None:
    operator = WORD_FORMS[word]
    takes = {Operator.EXISTS: "", Operator.NOT_EXISTS: "", Operator.IN: "[a]"}
    argument = takes.get(operator, "[a]" if operator is Operator.NOT_IN else "a")
    by_word = placement.compile(f"attribute:{name} {word} {argument}")
    assert by_word == placement.compile(f"attribute:{name} {operator.value} {argument}")


@given(expression_texts(max_length=None), st.integers(0, 3))
def test_an_even_run_of_nots_vanishes(text: str, pairs: int) -> None:
    """C2."""
    folded = placement.compile(f"{'!not ' * pairs}({text})", max_length=None)
    assert folded.tree == placement.compile(text, max_length=None).tree


@given(expression_texts())
def test_pickled_query_is_the_same_query(text: str) -> None:
    query = placement.compile(text)
    again = pickle.loads(pickle.dumps(query))
    assert (again, hash(again), again.text) == (query, hash(query), text)


@given(expressions(), st.lists(st.integers(0, 59), max_size=20))
def test_spellings_are_equal_queries_with_equal_hashes(tree: Node, tape: list[int]) -> None:
    one = placement.compile(spelled(tree, tape), max_length=None)
    two = placement.compile(canonical(tree), max_length=None)
    assert one == two
    assert hash(one) == hash(two)
    assert {one: 1}[two] == 1


@given(expressions(), expressions())
def test_different_trees_are_different_queries(one: Node, two: Node) -> None:
    texts = [canonical(one), canonical(two)]
    first, second = (placement.compile(text, max_length=None) for text in texts)
    assert (first == second) == (one == two)


@given(expression_texts(max_length=None))
def test_every_span_shows_the_piece_it_is_about(text: str) -> None:
    """A node's own piece of the text parses to the node."""
    for node in walk(parse(text)):
        piece = text[node.span.start : node.span.end]
        assert parse(piece) == node


def walk(node: Node) -> list[Node]:
    match node:
        case Condition():
            return [node]
        case Not(operand):
            return [node, *walk(operand)]
        case And(operands) | Or(operands):
            return [node, *[found for operand in operands for found in walk(operand)]]


@given(damaged_texts())
def test_a_damaged_text_is_accepted_where_the_twin_accepts_it(text: str) -> None:
    """Two parsers written apart draw the same line between valid and not."""
    assert compiles(text) == twin_accepts(text)


@st.composite
def token_soups(draw: st.DrawFn) -> str:
    """Tokens in any order, close together or not."""
    tokens = draw(st.lists(st.sampled_from(TOKENS), max_size=12))
    return draw(st.sampled_from(["", " "])).join(tokens)


TOKENS = (
    *("attribute:a", "attribute:", "task:group", "agentVersion", "runningTasksCount"),
    *("==", "!=", ">", "<=", "=~", "!~", "!", "!in", "in", "!exists", "exists", "not_in", "equals"),
    *("and", "or", "not", "&&", "||", "(", ")", "[", "]", "[]", "[a,b]", ",", " ", "\n", "="),
    *("a", "1", "''", "'a b'", '"', "'", "\\", "a|b", "(a|b)c", "[a-z]", ".*)", "1.2", "and"),
)


@given(token_soups())
def test_any_tokens_are_accepted_where_the_twin_accepts_them(text: str) -> None:
    assert compiles(text) == twin_accepts(text)


@cache
def from_grammar() -> st.SearchStrategy[str]:
    """Texts from the grammar file itself, its terminals spelled with our pools.

    The bare pattern is replaced first: Hypothesis reads terminals with ``re``, which knows no
    recursion.
    """
    grammar = re.sub(r"(?m)^PATTERN: .*$", 'PATTERN: "p"', GRAMMAR.text())
    spellings = {
        "PATTERN": [
            f" {pattern} " for pattern in pools.PATTERNS if canonical_pattern(pattern) == pattern
        ],
        "QUOTED": ["'a b'", '"prod"', "''", "'\\''"],
        "WORD": ["a", "5", "1.14.5", "2018-06-18", "true", "and", "in", "i-1"],
        "SUBJECT": [*BUILT_IN, *("attribute:" + name for name in pools.NAMES * 2)],
        "_AND": [" and ", "&&"],
        "_OR": [" or ", "||"],
        "NOT": ["!", "not "],
        "EXISTENCE": [" exists ", "!exists", " not_exists "],
        "MEMBERSHIP": [" in", "!in", " not_in "],
        "MATCHING": ["=~", " matches ", "!~"],
        "COMPARISON": ["==", " not_equals ", ">", ">=", " less_than "],
    }
    explicit = {name: st.sampled_from(texts) for name, texts in spellings.items()}
    return from_lark(Lark(grammar, start="query", parser="lalr"), explicit=explicit)


@given(from_grammar())
def test_what_the_grammar_derives_parses(text: str) -> None:
    """Whatever the subjects make of it: the tree is there, and prints to an equal one."""
    assert parse(canonical(parse(text))) == parse(text)


@given(from_grammar())
def test_what_the_grammar_derives_is_accepted_where_the_twin_accepts_it(text: str) -> None:
    assert compiles(text) == twin_accepts(text)


@given(expression_texts())
def test_parsing_leniently_changes_no_valid_text(text: str) -> None:
    """A6: only the case of keywords and subjects becomes free."""
    assert placement.compile(text, lenient=True).tree == placement.compile(text).tree


@pytest.mark.parametrize("word", ["equals", "not_in", "in", "exists", "less_than", "matches"])
@given(attribute_names())
def test_lenient_parsing_reads_keywords_in_any_case(word: str, name: str) -> None:
    """A6: but names and values keep theirs."""
    argument = {"exists": "", "in": "[Av]", "not_in": "[Av]"}.get(word, "Av")
    text = "{not} {attribute}:%s {word} %s {and} {subject} == true {or} {subject} =~ X"
    words = ["not", "attribute", "and", "or"]
    spellings = [
        (text % (name, argument)).format(
            **{one: case(one) for one in words}, word=case(word), subject=case("agentConnected")
        )
        for case in (str, str.upper, str.swapcase)
    ]
    trees = {parse(spelling, lenient=True) for spelling in spellings}
    assert trees == {parse(spellings[0])}


def test_subjects_built_by_hand_are_what_parsing_gives() -> None:
    tree = Condition(Subject("attribute:gpu"), Operator.EXISTS)
    assert parse("attribute:gpu exists") == tree
