"""Numba kernels: bare arrays in, the caller's arrays out.  Numba is imported here only."""
