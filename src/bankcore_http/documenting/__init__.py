"""The OpenAPI document and its page.

In: what blueprints say of their operations. Out: `/openapi.json` and `/docs`.
Read `operation`, `openapi`, `docs_pages` in this order.
"""
