"""The control plane: what ECS knows of an account, and how it changes.

In: typed values.  Out: records (``records``) and changes of them (``tasks``, ``instances``).
Documents of the API are read by ``load`` alone; nothing here knows a call or makes an answer.
"""
