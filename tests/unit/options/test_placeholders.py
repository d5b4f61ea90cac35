"""Which values name a secret (spec/cli.md 2.9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.options.placeholders import Found, Pattern, fill_options, fill_url, find_placeholders
from triplicati.values.urls import parse_url


@pytest.mark.parametrize(
    ("pattern", "value", "key"),
    [
        ("$", "$key", "key"),
        ("$", "$My-Key_2/part", "My-Key_2/part"),
        ("$", "$", None),
        ("$", "key", None),
        ("$", "$a b", None),
        ("$", "$a.b", None),
        ("$", "$ä", None),
        ("$", " $key", None),
        ("$", "x$key", None),
        ("$", "$key\n", None),
        ("$", "${key}", None),
        ("$", "%key%", None),
        ("$", "$$key", None),
        ("$", "", None),
        ("$", None, None),
        ("!secret", "!secretkey", "key"),
        ("!secret{}", "!secret{my key}", "my key"),
        ("!secret{}", "!secret{}", None),
        ("!secret{}", "!secret{a}b}", None),
        ("!secret{}", "!secret{a{b}", "a{b"),
        ("!secret{}", "!secretkey", None),
        ("${}", "${key}", "key"),
        ("s()", "s(a.b)", "a.b"),
        ("s[]", "s[a]", "a"),
        ("[]", "[any thing]", "any thing"),
        (".*", ".*key", "key"),
        (".*", "xxkey", None),
    ],
)
def test_a_whole_value(pattern: str, value: str | None, key: str | None) -> None:
    assert Pattern(pattern).key(value) == key


@pytest.mark.parametrize("text", ["", "  "])
def test_a_pattern_that_would_match_every_word(text: str) -> None:
    with pytest.raises(InvalidValue):
        Pattern(text)


def test_what_is_looked_at() -> None:
    options = {
        "passphrase": "$pass",
        "auth-password": "$both",
        "prefix": "a$b",
        "dry-run": None,
        "secret-provider": "$PROVIDER",
        "secret-provider-anything": "$x",
        "tempdir": "plain",
    }
    url = "s3://$user:$word@host/$path?auth-password=%24both&x=$url-key&y=a+$z&secret-provider=$no&flag"
    assert find_placeholders(Pattern("$"), options, url) == Found(
        ("pass", "both", "url-key"), ("--prefix", "y in the address")
    )


def test_filling_in() -> None:
    pattern, secrets = Pattern("$"), {"a": "s3cret &?=%+ ü", "b": "x"}
    options = {"passphrase": "$a", "secret-provider": "$a", "n": None, "x": "y"}
    assert fill_options(pattern, options, secrets) == {
        "passphrase": "s3cret &?=%+ ü",
        "secret-provider": "$a",
        "n": None,
        "x": "y",
    }
    filled = fill_url(pattern, "s3://u:$a@h/$a?k=$a&other=1%20+2&%6b=$b&flag#&secret-provider=$a", secrets)
    assert filled == (
        "s3://u:$a@h/$a?k=s3cret%20%26%3F%3D%25%2B%20%C3%BC&other=1%20+2&%6b=x&flag#&secret-provider=$a"
    )


@pytest.mark.parametrize("text", ["/local/what?ever $x", "/local/a?$x", "file:///a", "/a", "C:\\x"])
def test_an_address_without_a_query_stays(text: str) -> None:
    assert find_placeholders(Pattern("$"), {}, text) == Found((), ())
    assert fill_url(Pattern("$"), text, {}) == text


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = st.one_of(_TEXT, st.from_regex(r"\$[A-Za-z0-9_/-]{1,5}", fullmatch=True))


@given(st.dictionaries(_TEXT, st.one_of(st.none(), _VALUES)), st.dictionaries(_TEXT, _VALUES), _TEXT)
def test_all_that_is_found_is_filled_and_nothing_else_changes(
    options: dict[str, str | None], query: dict[str, str], secret: str
) -> None:
    from urllib.parse import quote

    pattern = Pattern("$")
    parts = "&".join(f"{quote(name, safe='')}={quote(value, safe='$')}" for name, value in query.items())
    url = f"s3://host/path?{parts}"
    found = find_placeholders(pattern, options, url)
    secrets = {key: f"{key}:{secret}" for key in found.keys}
    filled = fill_options(pattern, options, secrets)
    assert filled.keys() == options.keys()
    before = parse_url(url).query
    after = parse_url(fill_url(pattern, url, secrets)).query
    assert before.keys() == after.keys()
    for old, new in ((options, filled), (before, after)):
        for name, value in old.items():
            key = None if name.startswith("secret-provider") else pattern.key(value)
            assert new[name] == (value if key is None else f"{key}:{secret}")


@given(_TEXT, st.sampled_from(["{}", "()", "[]"]), _TEXT)
def test_brackets_hold_any_key(marker: str, brackets: str, key: str) -> None:
    value = f"{marker}{brackets[0]}{key}{brackets[1]}"
    expected = key if key and brackets[1] not in key else None
    assert Pattern(marker + brackets).key(value) == expected
