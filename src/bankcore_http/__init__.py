"""The bank over HTTP. No rule and no SQL is here.

In: requests. Out: answers in one envelope, and the OpenAPI document.
Read `application`, `blueprint`, `auth`, then the folder of a capability; `wsgi` alone knows the infrastructure.
"""
