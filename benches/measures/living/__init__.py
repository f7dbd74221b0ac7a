"""What is measured of a cluster that lives.  Each module is a ``harness.checkouts.Part``."""
