"""Where tasks get their machines from: capacity providers, Auto Scaling groups, waiting tasks.

In: an account and records.  Out: changed records, entries in the queue.  The decisions (which
provider, how many instances, which zone, which victim) are those of ``placement.scaling``.
"""
