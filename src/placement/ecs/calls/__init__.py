"""The calls of boto3's clients, a folder for each client: ``calls/ecs``.

In: an account and the parameters of a call.  Out: its answer.  Must not know the clients.
"""
