"""The layers between the server's socket and the application.

In: connections and their bytes. Out: calls of the application in threads, metrics, health.
Read `app`, `request_boundary`, `threads`, `bodies`, `readers` in this order.
"""
