"""How often patterns are matched (C5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from placement import Cluster, Instance, compile
from placement.lang.typed import Pattern


def test_c5_a_pattern_meets_each_distinct_value_once(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[str] = []
    accepts_each = Pattern.accepts_each

    def counted(pattern: Pattern, values: Iterable[str]) -> Iterator[bool]:
        several = list(values)
        met.extend(several)
        return accepts_each(pattern, several)

    monkeypatch.setattr(Pattern, "accepts_each", counted)
    cluster = Cluster()
    cluster.register(Instance(id="no-value", attributes={"rack": None}))
    for number in range(300):
        cluster.register(Instance(id=f"i-{number}", attributes={"rack": f"r{number % 3}"}))
    query = compile("attribute:rack =~ r[01]")
    for _ in range(2):
        assert len(query.select(cluster)) == 200
    assert sorted(met) == ["", "r0", "r1", "r2"]
    met.clear()
    cluster.put_attributes("i-2", {"rack": "r10"})
    cluster.put_attributes("i-5", {"rack": "r0"})
    assert len(query.select(cluster)) == 201
    assert met == ["r10"]
