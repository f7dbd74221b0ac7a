"""The public face of the language: ``compile`` a text, ask a cluster.

In: the text of an expression; a cluster.  Out: masks, ids, truths, explanations.  Stages follow one
another as functions: parse, check, simplify, lower (here, once for a text), bind (once for a text
and a cluster), run (for every mask).  Numpy is imported with the first cluster, numba when masks
have taken so long that compiled kernels pay (``query.evaluation``).
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from placement.caches import COMPILED
from placement.errors import CqlError, Problem, Span, UsageError, describe_value
from placement.lang.ast import Node
from placement.lang.check import check
from placement.lang.evaluate import holds
from placement.lang.parse import parse
from placement.lang.printer import canonical
from placement.lang.program import Program, lower
from placement.lang.simplify import simplify
from placement.lang.typed import Tree
from placement.state.cluster_base import ClusterBase, checked_cluster
from placement.state.guard import reads

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from placement.query.bind import BoundProgram
    from placement.query.explain import Explanation
    from placement.state.store import Store

__all__ = ["MAX_LENGTH", "Query", "compile"]

MAX_LENGTH = 2000
"""Code points an expression may have in ECS (A1)."""


class Query:
    """A compiled expression.  Immutable; it belongs to no cluster and may be asked of any.

    ``str()`` is the canonical text; two queries with equal canonical text are equal.

    Attributes:
        text: The text as it was given.
        tree: What was written, as ``placement.lang.ast`` nodes.
        typed: What it means, every literal converted; same shape as ``tree``.
        program: The flat program that is bound to clusters; print it to read it.
    """

    __slots__ = ("_canonical", "_key", "_options", "program", "text", "tree", "typed")

    def __init__(self, text: str, tree: Node, typed: Tree, options: tuple[Any, ...]) -> None:
        self.text = text
        self.tree = tree
        self.typed = typed
        self.program: Program = lower(simplify(typed))
        self._canonical: str | None = None
        self._options = options
        self._key = object()  # what bindings are kept under: cheaper to look up than the query

    def __str__(self) -> str:
        if self._canonical is None:
            self._canonical = canonical(self.tree)
        return self._canonical

    def __repr__(self) -> str:
        return f"placement.compile({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, Query) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _compile, (self.text, *self._options)

    def mask(self, cluster: ClusterBase) -> npt.NDArray[np.bool_]:
        """Return a bool array over the rows of ``cluster``: True where the instance matches.

        Its length is ``cluster.rows``; holes are False, also under ``not`` (C7).  Status and agent
        do not matter unless the expression asks.

        Raises:
            RegexTimeout: a pattern gave no answer for one of the cluster's values in time.
            UsageError: ``cluster`` is no Cluster.
        """
        if not isinstance(cluster, ClusterBase):
            checked_cluster(cluster)
        return _mask(cluster, self)

    def _bind(self, store: Store, bound: BoundProgram | None) -> BoundProgram:
        """Return the program in the numbers of a store: as it is, or bound again if it is void."""
        from placement.query.bind import bind

        if bound is None or not bound.is_current():
            bound = bind(store, self.program)
            store.bindings.put(self._key, bound)
        return bound

    def rows(self, store: Store) -> npt.NDArray[np.bool_]:
        """Return the mask over the rows of a store: ``mask`` for those who have no cluster."""
        bound: BoundProgram | None = store.bindings.get(self._key)
        if bound is None or bound.version != store.matrix.version:
            bound = self._bind(store, bound)
        return bound.mask()

    def select(self, cluster: ClusterBase) -> list[str]:
        """Return the ids of the instances that match, in the order of registration.

        Raises:
            RegexTimeout: a pattern gave no answer for one of the cluster's values in time.
            UsageError: ``cluster`` is no Cluster.
        """
        return _select(checked_cluster(cluster), self)

    def matches(self, cluster: ClusterBase, instance_id: str) -> bool:
        """Return whether one instance, named by id or ARN, matches.

        Raises:
            InstanceError: there is no such instance.
            RegexTimeout: a pattern gave no answer for the instance's value in time.
            UsageError: ``cluster`` is no Cluster.
        """
        return _matches(checked_cluster(cluster), self, instance_id)

    def explain(self, cluster: ClusterBase, instance_id: str) -> Explanation:
        """Return the tree of conditions, each with its truth and what the instance really has.

        Raises:
            InstanceError: there is no such instance.
            RegexTimeout: a pattern gave no answer for the instance's value in time.
            UsageError: ``cluster`` is no Cluster.
        """
        return _explain(checked_cluster(cluster), self, instance_id)


@reads
def _mask(cluster: ClusterBase, query: Query) -> npt.NDArray[np.bool_]:
    return query.rows(cluster.store)


@reads
def _select(cluster: ClusterBase, query: Query) -> list[str]:
    store = cluster.store
    rows = query.rows(store).nonzero()[0].tolist()
    if len(rows) < 2:
        return [store.row_ids[row] for row in rows]
    return list(itemgetter(*rows)(store.row_ids))


@reads
def _matches(cluster: ClusterBase, query: Query, instance_id: str) -> bool:
    from placement.state.row_record import RowRecord

    return holds(query.typed, RowRecord(cluster.store, cluster.row(instance_id)))


@reads
def _explain(cluster: ClusterBase, query: Query, instance_id: str) -> Explanation:
    from placement.query.explain import explain
    from placement.state.row_record import RowRecord

    return explain(query.tree, query.typed, RowRecord(cluster.store, cluster.row(instance_id)))


def compile(
    text: str,
    *,
    max_length: int | None = MAX_LENGTH,
    lenient: bool = False,
    regex_steps: int | None = None,
) -> Query:
    """Compile an expression.  Results are kept, within ``placement.caches.COMPILED.limit`` bytes.

    Args:
        text: An expression of the Cluster Query Language.
        max_length: Code points it may have; None for no limit (C1).
        lenient: Accept keywords and built-in subjects in any case (A6).
        regex_steps: The budget of each match of a pattern; None for one that grows with the value
            (C5, ``grammar/java-regex.md``).

    Raises:
        CqlError: the text is no valid expression; it holds every problem found (C3).
        UsageError: one of the options is of the wrong kind.
    """
    if max_length is not MAX_LENGTH or lenient is not False or regex_steps is not None:
        _check_options(max_length, lenient, regex_steps)
    if type(text) is not str:
        text = _plain(text)
    return _compile(text, max_length, lenient, regex_steps)


def _check_options(max_length: Any, lenient: Any, regex_steps: Any) -> None:
    if max_length is not None and (type(max_length) is not int or max_length < 0):
        raise UsageError(
            f"max_length is a number of characters or None, not {describe_value(max_length)}"
        )
    if type(lenient) is not bool:
        raise UsageError(f"lenient is true or false, not {describe_value(lenient)}")
    if regex_steps is not None and (type(regex_steps) is not int or not 0 < regex_steps < 2**62):
        raise UsageError(
            f"regex_steps is a number of steps above 0 or None, not {describe_value(regex_steps)}"
        )


def _plain(text: Any) -> str:
    """Return an instance of a subclass of str as str, and refuse everything else."""
    if isinstance(text, str):
        return str.__str__(text)
    message = f"an expression is text, not {type(text).__name__}"
    raise CqlError("", [Problem(message, Span(0, 0))])


_QUERY_SIZE = 3_000, 150
"""Bytes that a compiled query is reckoned to hold: a base, and for each character."""


def _compile(text: str, max_length: int | None, lenient: bool, regex_steps: int | None) -> Query:
    key = (text, max_length, lenient, regex_steps)
    query: Query | None = COMPILED.get(key)
    if query is None:
        query = _compiled(text, max_length, lenient, regex_steps)
        base, each = _QUERY_SIZE
        COMPILED.put(key, query, base + each * len(text))
    return query


def _compiled(text: str, max_length: int | None, lenient: bool, regex_steps: int | None) -> Query:
    if max_length is not None and len(text) > max_length:
        message = f"an expression has at most {max_length} characters, not {len(text)}"
        raise CqlError(text, [Problem(message, Span(max_length, len(text)))])
    tree = parse(text, lenient=lenient)
    typed = check(tree, text, regex_steps=regex_steps)
    return Query(text, tree, typed, (max_length, lenient, regex_steps))
