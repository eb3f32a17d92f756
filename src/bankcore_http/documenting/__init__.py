"""Makes the OpenAPI document of what blueprints declare, and the page that shows it.

Enters: shapes, and what each view takes and refuses. Leaves: one document.
Read `operation.py` first, then `json_schema.py`.
"""
