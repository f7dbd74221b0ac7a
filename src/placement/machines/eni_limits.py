"""How many tasks with a network interface of their own fit, by instance type (Appendix A, C12).

In: an instance type and whether the instance has a trunk interface.  Out: a number, or None if it
is not known.  ``data/README.md`` says where the table comes from.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

__all__ = ["interfaces_of"]


def interfaces_of(instance_type: str | None, trunk: bool) -> int | None:
    """Return how many tasks with an interface of their own fit, None if that is not known.

    Args:
        instance_type: EC2's name of the type; None or empty if it is not known.
        trunk: Whether the instance has a trunk interface.  For a type that cannot have one nothing
            is known then: the figure without a trunk would be another instance's (A28).
    """
    if not instance_type:
        return None
    plain, trunked = _table().get(instance_type, (None, None))
    return trunked if trunk else plain


@cache
def _table() -> dict[str, tuple[int | None, int | None]]:
    """Return for each type the number without and with a trunk."""
    source = resources.files("placement").joinpath("machines", "data", "eni_limits.csv")
    return {
        line["instance_type"]: (
            int(line["tasks"]),
            int(line["tasks_with_trunk"]) if line["tasks_with_trunk"] else None,
        )
        for line in csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    }
