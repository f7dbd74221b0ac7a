"""The examples in the pages run as they stand, from the project's root."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "docs/engine.md",
    "docs/ecs.md",
    "docs/auto-scaling.md",
    "docs/capacity.md",
    "docs/capacity-providers.md",
    "docs/managed-daemons.md",
    "docs/services.md",
    "docs/load-balancers.md",
    "docs/deploy.md",
    "docs/planning.md",
]


def blocks(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    found = blocks(page)
    assert found
    for number, block in enumerate(found):
        exec(compile(block, f"{page}, block {number}", "exec"), names)
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", ["docs/capacity.md", "docs/planning.md"])
def test_the_comments_of_a_page_say_what_it_prints(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = blocks(page)
    exec(compile(block, page, "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    lines = [line for line in block.splitlines() if line.startswith("print(")]
    assert [line.partition("  # ")[2] for line in lines] == printed
