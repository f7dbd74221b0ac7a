"""Tables of parsers that were made ahead: they are what the grammars give, or are not used."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import lark
import pytest

from make_parser_tables import FOLDER, GRAMMARS
from placement.grammars import Grammar

BY_NAME = {grammar.name: grammar for grammar in GRAMMARS}


def loaded(name: str) -> tuple[Any, lark.Lark]:
    """Return what a file says its tables were made of, and the parser in it."""
    with (FOLDER / f"{name}.tables").open("rb") as file:
        return pickle.load(file), lark.Lark.load(file)


def paths(parser: lark.Lark) -> Any:
    """Return the states of a parser: actions by terminal and rule, and the first state."""
    frontend: Any = parser.parser
    table = frontend.parser._parse_table
    (first,) = table.start_states.values()
    (last,) = table.end_states.values()
    return table.states, first, last


def differences(one: lark.Lark, two: lark.Lark) -> list[str]:
    """Walk both tables from their first states, whose numbers say nothing."""
    (states, first, last), (others, other_first, other_last) = paths(one), paths(two)
    found = []
    twin = {first: other_first}
    todo = [first]
    while todo:
        state = todo.pop()
        actions, other_actions = states[state], others[twin[state]]
        if set(actions) != set(other_actions):
            found.append(f"state {state}: {sorted(set(actions) ^ set(other_actions))}")
            continue
        for symbol, (action, target) in actions.items():
            other_action, other_target = other_actions[symbol]
            if isinstance(target, int) and target not in twin:
                twin[target] = other_target
                todo.append(target)
            expected = twin[target] if isinstance(target, int) else target
            if (str(action), expected) != (str(other_action), other_target):
                found.append(f"state {state}, {symbol}: {action} {target}")
    if len(twin) != len(states) or len(states) != len(others) or twin.get(last) != other_last:
        found.append("not all states are reached")
    return found


def terminals(parser: lark.Lark) -> list[Any]:
    return [(each.name, each.pattern.to_regexp(), each.priority) for each in parser.terminals]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_tables_are_what_the_grammar_gives(name: str) -> None:
    """If this fails, run tools/make_parser_tables.py."""
    made_of, parser = loaded(name)
    built = BY_NAME[name].build()
    assert made_of == BY_NAME[name]._made_of()
    assert differences(parser, built) == []
    assert parser.rules == built.rules
    assert terminals(parser) == terminals(built)
    assert parser.lexer_conf.ignore == built.lexer_conf.ignore


def test_a_difference_in_tables_is_seen() -> None:
    rules = 'start: "a" [b]\nb: "b"'
    one, two = (lark.Lark(rules + more, parser="lalr") for more in ("", ' "c"'))
    assert differences(one, one) == []
    assert differences(one, two) != []


@pytest.fixture
def grammar(tmp_path: Path) -> Grammar:
    """A small grammar; its tables accept more than it does, so that it shows who uses them."""
    (tmp_path / "small.lark").write_text('start: "a"')
    small = Grammar(str(tmp_path / "module.py"), "small", lambda: {"parser": "lalr"})
    wide = lark.Lark('start: "a" | "b"', parser="lalr")
    with (tmp_path / "small.tables").open("wb") as file:
        pickle.dump(small._made_of(), file)
        wide.save(file)
    return small


def uses_tables(grammar: Grammar) -> bool:
    try:
        grammar.parser().parse("b")
    except lark.UnexpectedInput:
        return False
    return True


def test_tables_are_used_for_what_they_were_made_of(grammar: Grammar) -> None:
    assert uses_tables(grammar)


def test_another_version_of_lark_builds_its_own(
    grammar: Grammar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lark, "__version__", "1.0.0")
    assert not uses_tables(grammar)


def test_another_grammar_builds_its_own(grammar: Grammar, tmp_path: Path) -> None:
    (tmp_path / "small.lark").write_text('start: "a" "a"?')
    assert not uses_tables(grammar)


@pytest.mark.usefixtures("grammar")
def test_other_options_build_their_own(tmp_path: Path) -> None:
    options = {"parser": "lalr", "maybe_placeholders": False}
    assert not uses_tables(Grammar(str(tmp_path / "module.py"), "small", lambda: options))


def test_without_tables_the_parser_is_built(grammar: Grammar, tmp_path: Path) -> None:
    (tmp_path / "small.tables").unlink()
    assert not uses_tables(grammar)
    assert grammar.parser().parse("a").data == "start"


def test_tables_made_here_are_taken(
    grammar: Grammar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.tables").write_bytes(grammar.tables())
    monkeypatch.delattr(Grammar, "build")
    assert grammar.parser().parse("a").data == "start"
