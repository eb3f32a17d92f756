"""The bank over HTTP: thin Flask blueprints that parse, call one use case, and render."""
