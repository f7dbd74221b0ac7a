"""Which texts of a dictionary a predicate accepts, as codes; each text is asked about once.

In: predicates, dictionaries, the store that remembers answers.  Out: sets of codes.  Knows neither
programs nor which columns rows have: what a set of codes is used for is the business of ``bind``.
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.errors import RegexTimeout
from placement.lang.typed import Pattern, Predicate
from placement.state.dictionary import EMPTY, Dictionary
from placement.state.store import Store

__all__ = ["AcceptedCodes", "accepted_codes"]


class AcceptedCodes:
    """For each code of a dictionary whether a predicate accepts its text; asked once for a text.

    Threads that ask at the same time may ask about the same texts; what is remembered is always
    the whole answer of one of them.
    """

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self._found: tuple[int, frozenset[int]] = (EMPTY, frozenset())
        """How many codes have been asked about, and those that are accepted: replaced as one."""

    def update(self, dictionary: Dictionary) -> frozenset[int]:
        """Return the codes of the accepted texts, after asking about those that are new.

        Raises:
            RegexTimeout: a pattern gave no answer in time; what was asked before is kept.
        """
        asked, codes = self._found
        if asked == len(dictionary):
            return codes
        accepted = set(codes)
        texts = [text or "" for text in dictionary.texts[asked : len(dictionary)]]
        try:
            for accepts in _answers(self._predicate, texts):
                if accepts:
                    accepted.add(asked)
                asked += 1
        finally:
            codes = frozenset(accepted)
            self._found = asked, codes
        return codes


def _answers(predicate: Predicate, texts: list[str]) -> Iterable[bool]:
    """Return whether a predicate accepts each text."""
    if isinstance(predicate, Pattern):
        return predicate.accepts_each(texts)
    return map(predicate.accepts, texts)


def accepted_codes(
    store: Store, name: str, dictionary: Dictionary, predicate: Predicate
) -> frozenset[int]:
    """Return the codes that a predicate accepts; what was asked for this cluster is remembered.

    Args:
        store: The store of the cluster.
        name: What the dictionary is of.
        dictionary: The texts.
        predicate: What accepts texts.

    Raises:
        RegexTimeout: a pattern gave no answer in time; its place is that in the query that asks.
    """
    key = (name, predicate)
    found = store.bindings.get(key)
    if found is None:
        found = AcceptedCodes(predicate)
        store.bindings.put(key, found)
    try:
        return found.update(dictionary)
    except RegexTimeout as error:
        # What is remembered may have come with another query: point into the one that asks now.
        span = predicate.span if isinstance(predicate, Pattern) else error.span
        timeout = RegexTimeout(error.pattern, error.value, span, error.steps)
    raise timeout
