"""PostgreSQL: connections, transactions bound to a tenant, statements sent together.

In: work for one tenant. Out: its result, committed or not at all.
Read `engine`, `transactions`, `tenant_connection`, `exchange`, `group_commit`, `sqlstates`, `lock_order` in this order.
"""
