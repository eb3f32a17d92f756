"""eSewa, ePay version 2 (https://developer.esewa.com.np/pages/Epay): a form that the payer's browser sends, in rupees.

In: orders, answers and webhooks of eSewa. Out: requests, and what they mean to us.
Read `dialect`.
"""
