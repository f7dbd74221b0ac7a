"""Files of rules: YAML and JSON, and the line of what is wrong in them (C52)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from placement import DocumentError
from placement.cli.options.behaviour import read_behaviour
from placement.cli.options.located import parse_located
from placement.ecs.timing import Behaviour

Write = Callable[..., str]

TASK = {"group": "service:web", "taskDefinitionArn": "x/web:1"}


def parsed(text: str | bytes) -> object:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_located(data, "file", "rules").value


def refused(text: str | bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        parsed(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '[{"family": "web", "cpu": 1e3}]',
        '[\n\t{\n\t\t"family":"web",\t"cpu":1e3\n\t}\n]',
        b'\xef\xbb\xbf[{"family": "web", "cpu": 1000.0}]',
        '[{"family": "web", "cpu": 1000.0}]'.encode("utf-16"),
        "- family: web\n  cpu: 1000.0\n",
        "# comment\n- {family: web, cpu: 1000.0}",
    ],
)
def test_json_and_yaml_say_the_same(text: str | bytes) -> None:
    assert parsed(text) == [{"family": "web", "cpu": 1000.0}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n {"family": "web",\n  "runs_for": "5"}\n]', 3),
        ('[\n\t{"family": "\\ud83d\\ude00",\n\t"runs_for": "5"}\n]', 3),
        ("- family: web\n\n  runs_for: '5'\n", 3),
        ("- exit_code: 1\n- exit_code: 2\n- runs_for: '5'\n", 3),
        ("# a\n#b\n- {famly: web, exit_code: 1}\n", 3),
        ("\n\nfamily: web\n", 3),
    ],
)
def test_an_error_in_a_rule_names_file_and_line(text: str, line: int, write: Write) -> None:
    file = write(text, "rules.yaml")
    with pytest.raises(DocumentError) as caught:
        read_behaviour(file)
    assert str(caught.value).startswith(f"{file}, line {line}: ")


def test_a_good_file_is_a_behaviour(write: Write) -> None:
    rules = read_behaviour(write("- service: w*\n  first: 1\n  exit_code: 3\n", "rules.yml"))
    assert rules(TASK) == Behaviour(exit_code=3)
    assert rules(TASK) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "file: empty; expected rules"),
        (" \n", "file: empty; expected rules"),
        (b"\xff\xff\xff", "file: no UTF-8 text (byte 0)"),
        ("- a: [1\n- b", "file: no YAML or JSON, line 2 column 4: while parsing a flow sequence"),
        ("- a: b: c", "line 1 column 7: mapping values are not allowed here"),
        ("- \x00", "no YAML or JSON"),
        ("- a: 1\n  a: 2", "file: line 2: a is given twice"),
        ('[{"a": 1,\n"a": 2}]', "file: line 2: a is given twice"),
        ("- ? [1, 2]\n  : 3", "file: line 1: expected a name as key"),
        ("- a: 2026-02-30", "file: day is out of range for month"),
        ("a: 1\n--- \nb: 2", "expected a single document"),
        ("- !!python/object:os.system {}", "could not determine a constructor"),
        ("[" * 40 + "]" * 40, "file: line 1: nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ("- *nowhere", "found undefined alias"),
    ],
)
def test_what_is_neither_is_refused_with_its_line(text: str | bytes, reason: str) -> None:
    assert reason in refused(text)


def test_aliases_do_not_grow_without_bounds() -> None:
    """Each line names the one before ten times: written out, they would be 10^20 elements."""
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 21)]
    assert "more than" in refused("\n".join(lines))


def test_an_alias_to_itself_is_refused() -> None:
    assert "nested too deeply" in refused("&a [*a]")


def test_a_large_file_of_json_is_read() -> None:
    rules = [{"family": f"web{number}", "exit_code": 1} for number in range(300)]
    assert parsed(json.dumps(rules)) == rules
