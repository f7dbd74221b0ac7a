"""What capacity is asked about, drawn at random."""

from __future__ import annotations

from hypothesis import strategies as st

from naive_capacity import Item


@st.composite
def strategies(draw: st.DrawFn, most: int = 4) -> list[Item]:
    """Return a valid capacity provider strategy."""
    names = "ABCDEF"[: draw(st.integers(1, most))]
    weights = [draw(st.integers(0, 7)) for _ in names]
    if not any(weights):
        weights[draw(st.integers(0, len(names) - 1))] = 1
    with_base = draw(st.none() | st.integers(0, len(names) - 1))
    return [
        (name, weight, draw(st.integers(1, 5)) if place == with_base else 0)
        for place, (name, weight) in enumerate(zip(names, weights, strict=True))
    ]


def counts_of(strategy: list[Item]) -> st.SearchStrategy[dict[str, int]]:
    """Return numbers of tasks for the providers of a strategy."""
    return st.fixed_dictionaries({name: st.integers(0, 15) for name, _, _ in strategy})
