"""One module per kind of destination.

A module here offers `SCHEMES` (URL schemes), `OPTIONS` (its option declarations) and
`connect(url, options) -> Destination`; nothing else has to be told about it.
"""
