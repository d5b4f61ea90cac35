"""A folder as a plain page, for who opens the address in a browser."""

from __future__ import annotations

from triplicati.mounting.entries import Entry
from triplicati.mounting.multistatus import address, text
from triplicati.mounting.ranges import http_date
from triplicati.values.sizes import format_size

_STYLE = "body{font:15px sans-serif;margin:2em}td{padding:.15em 1.5em .15em 0}a{text-decoration:none}"


def folder_page_begin(name: str, *, above: bool) -> str:
    title = text(name)
    up = '<tr><td><a href="../">..</a></td><td></td><td></td></tr>\n' if above else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n<table>\n{up}"
    )


def folder_page_row(above: str, entry: Entry) -> str:
    href = text(address(above, entry.name, folder=entry.folder))
    name = text(entry.name) + ("/" if entry.folder else "")
    size = "" if entry.folder else format_size(entry.size)
    cells = (f'<a href="{href}">{name}</a>', size, http_date(entry.modified))
    return f"<tr>{''.join(f'<td>{each}</td>' for each in cells)}</tr>\n"


def folder_page_end() -> str:
    return "</table></body></html>\n"
