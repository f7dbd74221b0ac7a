"""What scaling would do: of a service under a recorded metric, of capacity providers now (C52).

In: a session.  Out: frozen values with reasons, and the same as plain JSON.  ``recorded`` is a
metric as recorded, ``fed_metric`` brings it into the session, ``follow`` moves time and looks,
``course`` holds what was seen, ``capacity`` looks at providers.  Decides nothing.
"""
