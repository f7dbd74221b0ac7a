"""Managed Instances in a session: chosen for waiting tasks, launched, optimised, ended (S12).

In: an account and its providers.  Out: changed records, entries in the queue, the history.  The
decisions are those of ``placement.scaling.managed_instances``.
"""
