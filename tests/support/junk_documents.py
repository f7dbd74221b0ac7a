"""JSON that ECS never sent, and what is asked of a cluster that was read from it all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

import placement

JUNK: tuple[Any, ...] = (
    None,
    0,
    -1,
    2**40,
    1.5,
    1e308,
    True,
    "",
    "x",
    "\0",
    "\ud800",
    "/",
    [],
    ["x"],
    {},
    {"a": 1},
)
JSON = st.recursive(
    st.sampled_from(JUNK) | st.floats() | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=5), parts),
    max_leaves=10,
)


def read(document: Any, **options: Any) -> placement.Cluster | None:
    """Read a document; None if it was refused, after a look at the refusal."""
    try:
        return placement.Cluster.from_ecs(document, **options)
    except placement.DocumentError as error:
        shown = str(error)
        shown.encode("utf-8")
        assert shown.strip()
        assert len(shown) < 1000
        return None


def answers(cluster: placement.Cluster) -> bool:
    """Ask a cluster about everything it holds."""
    query = placement.compile(
        "attribute:a =~ .* or task:group != x or agentVersion > 1 or registeredAt < 2018-06-18"
    )
    mask = query.mask(cluster).tolist()
    for row, id in enumerate(cluster.ids):
        assert id is not None
        assert query.explain(cluster, id).truth == mask[row]
        assert str(query.explain(cluster, id)).encode("utf-8")
    return len(mask) == cluster.rows


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in a document."""
    parts = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, part in list(parts):
        yield document, key
        yield from places(part)
