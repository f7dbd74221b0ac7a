"""The calls of boto3's ``cloudwatch`` client that the model has: metrics, and alarms over them.

In: the account and the checked parameters of a call.  Out: its answer, or the service's error.
"""
