"""An account as documents: read from what the AWS CLI printed, and written again (C30, C50).

``description`` has the documents as objects of our own; ``load`` makes an account of them, a module
a kind of record; ``write`` makes documents of an account, ``state_written`` what no call describes.
"""
