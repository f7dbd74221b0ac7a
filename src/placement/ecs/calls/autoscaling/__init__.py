"""The calls of boto3's ``autoscaling`` client that the model has: groups and their instances.

In: the account and the checked parameters of a call.  Out: its answer, or the service's error.
What calls change acts at the next full minute (D99), but for terminations, which begin when time
moves.
"""
