"""How an answer is written: envelope, problem documents, headers.

In: what a view returns or raises. Out: bytes on the wire.
Read `envelope`, `errors`, `failures`, `wire` in this order.
"""
