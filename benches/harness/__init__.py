"""What all benches share.  Import it before numpy and the peers: it limits each to one thread."""

import os

__all__ = ["PINNED"]

PINNED = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Environment variables that are set to 1."""

for _variable in PINNED:
    os.environ[_variable] = "1"
