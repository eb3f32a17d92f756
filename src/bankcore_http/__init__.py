"""The bank over HTTP: thin Flask blueprints that parse, call one use case, and render.

`reading` takes a request apart, `answering` makes what goes back, `documenting` tells of both in the OpenAPI document,
`serving` runs the application; each capability has a room of its own with its blueprint.
"""
