"""Calls about services, their deployments and revisions (S2, S3).

In: an account and the parameters of a call.  Out: the answer, or the exception of the API.  A call
checks, changes records and returns: what follows happens when time moves (D2).
"""
