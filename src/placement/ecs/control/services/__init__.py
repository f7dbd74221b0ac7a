"""Services in an account: their records, and how passes change them.

In: an account and the moment.  Out: changed records, events, entries in the queue.  What to do is
decided by ``placement.services``, which has only counts; here its actions are carried out.
"""
