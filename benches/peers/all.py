"""The engines, in the order of the table's columns; this project comes first."""

from __future__ import annotations

from peers.base import PeerClass
from peers.by_cel import ByCel
from peers.by_classad import ByClassad
from peers.by_duckdb import ByDuckdb
from peers.by_numexpr import ByNumexpr
from peers.by_numpy import ByNumpy
from peers.by_pandas import ByPandas
from peers.by_polars import PolarsByHand, PolarsSql
from peers.ours import Ours

__all__ = ["PEERS"]

PEERS: tuple[PeerClass, ...] = (
    Ours,
    ByNumpy,
    PolarsSql,
    PolarsByHand,
    ByDuckdb,
    ByPandas,
    ByNumexpr,
    ByClassad,
    ByCel,
)
