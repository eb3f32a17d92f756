"""How a request is read: strictly, and with a pointer to what is wrong.

In: bytes, query, headers. Out: checked values, or InvalidRequestError.
Read `request_body`, `strict_json`, `fields`, `pagination`, `idempotency` in this order.
"""
