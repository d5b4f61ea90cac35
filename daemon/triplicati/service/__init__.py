"""The server as a service: kept alive by `duplicati-service`, and made known to the system it runs on.

Format: spec/server.md 10.1.
"""
