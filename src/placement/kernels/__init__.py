"""Kernels: bare arrays in, the caller's arrays out.  numba is imported only to compile."""
