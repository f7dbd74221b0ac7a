"""Values of every wrong kind, by what they are called in test ids."""

from __future__ import annotations

import math
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import numpy as np

import placement


class Nowhere(tzinfo):
    """A time zone that knows no offset."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


class Text(str):
    """A text, as str_enum and others make them."""

    __slots__ = ()


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


JUNK: dict[str, Any] = {
    "None": None,
    "0": 0,
    "-1": -1,
    "a huge number": 10**5000,
    "True": True,
    "nan": math.nan,
    "inf": math.inf,
    "1j": 1j,
    "Decimal": Decimal(1),
    "bytes": b"",
    "bytes of text": b"ci-0",
    "bytearray": bytearray(b"a"),
    "empty text": "",
    "NUL": "\0",
    "a lone surrogate": "\ud800",
    "a slash": "/",
    "a subclass of text": Text("nothing"),
    "a list": [],
    "a deep list": nested(100_000),
    "a tuple": (),
    "a set": {1},
    "a dict": {},
    "a dict of dicts": {"a": {}},
    "a dict with a number": {1: "a"},
    "an object": object(),
    "a class": placement.Cluster,
    "a function": len,
    "a generator": (number for number in range(0)),
    "an array": np.zeros(3),
    "an empty array": np.zeros(0),
    "a scalar of numpy": np.int64(1),
    "a text of numpy": np.str_("a"),
    "a date": date(2018, 6, 18),
    "a naive datetime": datetime(2018, 6, 18),
    "a datetime without offset": datetime(2018, 6, 18, tzinfo=Nowhere()),
    "an exception": ValueError("x"),
    "Ellipsis": ...,
}
