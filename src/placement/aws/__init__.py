"""Clients like boto3's for any service: checks, errors, paginators and calls.

In: the data of a service (``data/<service>.json``) and the functions of its operations.  Out: a
client class with boto3's methods, answers and exceptions.  Knows no service and imports nothing of
ours but ``errors``.
"""
