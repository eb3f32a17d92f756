"""Payment providers over HTTP: one class that sends, and a dialect for each provider that builds and reads.

In: orders, and the bytes of webhooks. Out: answers and states; a call whose outcome nobody can know is `Unknown`.
Read `wire`, `dialect`, `http_provider`, `registry`, then the folder of one provider.
"""
