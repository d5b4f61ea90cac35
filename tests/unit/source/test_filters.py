"""The filter language: the decision table of spec/cli.md 4.8 and the facts around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidFilter, UnknownFilterGroup
from triplicati.source.filters import Filter, FilterRule, compile_filter, expand_patterns
from triplicati.source.groups import group_members


def parse(text: str) -> list[FilterRule]:
    """Rules joined by " ; ", as the table writes them."""
    return [FilterRule(rule[0] == "+", rule[1:]) for rule in text.split(" ; ")]


def compiled(text: str, *, case_sensitive: bool = True) -> Filter:
    return compile_filter(parse(text), case_sensitive=case_sensitive)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("TMPDIR", raising=False)


VECTORS = [
    (1, "-*.tmp", "/d/a.tmp", False),
    (2, "-*.tmp", "/d/a.tmp/", True),
    (3, "-*.tmp", "/d/x.tmp/a.txt", True),
    (4, "-*.tmp/", "/d/x.tmp/", False),
    (5, "-*.tmp/", "/d/x.tmp", True),
    (6, "-/d/sub", "/d/sub/", True),
    (7, "-/d/sub/", "/d/sub/", False),
    (8, "-/d/sub/", "/d/sub/f", True),
    (9, "-/d/sub/*", "/d/sub/", False),
    (10, "-/d/sub/*", "/d/sub/f", False),
    (11, "-/d/sub*", "/d/subway/f", False),
    (12, "-/d/sub/**", "/d/sub/", True),
    (13, "-/d/sub/**", "/d/sub/f", False),
    (14, "+*.txt", "/d/a.txt", True),
    (15, "+*.txt", "/d/a.bin", False),
    (16, "+*.txt", "/d/", False),
    (17, "-*.bin", "/d/a.txt", True),
    (18, "+/d/keep.bin ; -*.bin", "/d/keep.bin", True),
    (19, "-*.bin ; +/d/keep.bin", "/d/keep.bin", False),
    (20, "+*.txt ; -*.bin", "/d/a.jpg", True),
    (21, "+*.txt ; -*", "/d/", False),
    (22, "+*/ ; +*.txt ; -*", "/d/", True),
    (23, "-IMG_????.jpg", "/d/IMG_0001.jpg", True),
    (24, "-*IMG_????.jpg", "/d/IMG_0001.jpg", False),
    (25, "-*IMG_????.jpg", "/d/IMG_001.jpg", True),
    (26, "-*/a?b", "/d/a/b", False),
    (27, "-/d/*/x", "/d/1/2/x", False),
    (28, r"-[.*\.(jpg|png)]", "/d/a.png", False),
    (29, r"-[.*\.(jpg|png)]", "/d/a.png.txt", True),
    (30, r"-[\.png]", "/d/a.png", True),
    (31, "-[.*/cache]", "/d/cache/", True),
    (32, "-[.*/cache/]", "/d/cache/", False),
    (33, "-[/d/a|/d/ab]", "/d/ab", False),
    (34, "-[^/d/a|/d/ab$]", "/d/ab", True),
    (35, "-@/d/*.txt", "/d/*.txt", False),
    (36, "-@/d/*.txt", "/d/a.txt", True),
    (37, "-*.TXT", "/d/a.txt", True),
    (38, "-{TemporaryFiles}", "/home/u/x~", False),
    (39, "-{TemporaryFiles}", "/home/u/x~/", True),
    (40, "-{Temp}", "/tmp/", False),
    (41, "-{Temp}", "/tmp/x", True),
    (42, "-{SystemFiles,OS}", "/etc/", False),
    (43, "-{OS}", "/mnt/etc/", True),
    (44, "-{DefaultExcludes}", "/home/u/.cache/", False),
    (45, "+{DefaultIncludes}", "/d/a", True),
    (46, "-{None} ; -*.o", "/d/a.o", False),
    (47, "+/d/a ; +/d/b", "/d/b", True),
    (48, "+/d/* ; -/d/x* ; +/d/xy", "/d/xy", True),
    (49, "-*", "/d/a", False),
    (50, "-   ", "/d/a", True),
    (51, "+/usr/share/*.txt ; -*.txt", "/usr/share/sub/a.txt", True),
    (52, "+/d/ ; -/d/*", "/d/", True),
    (53, "-*.TXT", "/d/a.txt", False),
    (54, r"-[.*\.TXT]", "/d/a.txt", False),
    (55, "-/D/A", "/d/a", False),
]


@pytest.mark.parametrize(("number", "rules", "path", "accepted"), VECTORS)
def test_single_decisions(number: int, rules: str, path: str, accepted: bool) -> None:
    assert compiled(rules, case_sensitive=number < 53).accepts(path) is accepted


@pytest.mark.parametrize(
    ("rules", "path", "verdict"),
    [
        ("-*.tmp", "/d/a.txt", None),
        ("+S*eth??g", "Something", True),
        ("+A *?string*", "A very long text with a string in the middle of it", True),
        ("+*/a.*_", "/d/a.b_c", None),
        ("+*/a.*_", "/d/a.b_c_", True),
        ("+[.*_]", "/d/a_b", None),
        ("+/d/a:/d/b", "/d/a", None),
        ("+/d/a:/d/b", "/d/a:/d/b", True),
        ("-*a\nb*", "/d/a\nb/", False),
        ("-[/d/.*]", "/d/a\nb", False),
        ("-[/d/a]", "/d/a\n", None),
        ("-/d/a***", "/d/ax", None),
        ("-/d/a***", "/d/axy", False),
        ("-*a*b*c", "/aXbXbXc", False),
        ("-*a*b*c", "/aXcXb", None),
        ("-**x", "/x", False),
        ("-?", "?", False),
        ("-x[1].txt*", "x[1].txt", False),
        ("-[", "[", False),
        (r"-[/d/[a-z-[aeiou]]+]", "/d/bcd", False),
        (r"-[/d/[a-z-[aeiou]]+]", "/d/bad", None),
        (r"-[(?<q>.)x\k<q>]", "axa", False),
        (r"-[(?'q'.)x\k'q']", "axb", None),
        (r"-[/[^]]+]", "/ab", False),
        (r"-[/x{,2}\cA]", "/x{,2}\x01", False),
        (r"-[(?n)/(?#why)a(?i:b)\e?\Z]", "/aB", False),
        (r"-[\p{Lu}+]", "\u00c4B", False),
        ("-*\udcff", "/d/a\udcff", False),
    ],
)
def test_verdicts(rules: str, path: str, verdict: bool | None) -> None:
    assert compiled(rules).verdict(path) is verdict


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        *((path, True) for path in ("/a/", "/b/", "/a/c/", "/b/c/", "/b/c/d/")),
        *((path, None) for path in ("/b/d/", "/b/d/e", "/a/d/")),
    ],
)
def test_a_combination_of_kinds(path: str, verdict: bool | None) -> None:
    assert compiled("+[/(a|b)/] ; +[/a/c/] ; +/b/c/ ; +[/b/c/d/]").verdict(path) is verdict


def test_anchors_of_its_own_hold_only_for_an_expression_that_stands_alone() -> None:
    assert compiled("-[^/d/a|/d/ab$] ; -[x]").verdict("/d/ab") is False
    assert compiled("-[^/d/a|/d/ab$] ; -x ; -[x]").verdict("/d/ab") is None


@pytest.mark.parametrize(
    ("rule", "path", "verdict"),
    [
        ("-/STRASSE", "/stra\u00dfe", None),
        ("-/\u00c4", "/\u00e4", False),
        ("-[/STRASSE]", "/stra\u00dfe", None),
        ("-[/\u00c4]", "/\u00e4", False),
        ("-@/D/*", "/d/*", False),
    ],
)
def test_case_is_folded_letter_by_letter(rule: str, path: str, verdict: bool | None) -> None:
    assert compiled(rule, case_sensitive=False).verdict(path) is verdict


@pytest.mark.parametrize(
    ("rules", "flagged"),
    [
        ("-*", True),
        ("-[.*]", True),
        ("-* ; +*.txt", True),
        ("-*.tmp ; -*", True),
        ("+*.txt ; -*", False),
        ("-*.tmp", False),
        ("+*", False),
    ],
)
def test_exclude_everything_is_flagged(rules: str, flagged: bool) -> None:
    assert compiled(rules).excludes_all is flagged


def test_rules_that_say_nothing_leave_an_empty_filter() -> None:
    nothing = compiled("-  ; +{None} ; +{DefaultIncludes} ; -")
    assert nothing.empty
    assert not nothing.only_includes
    assert compiled("+{None} ; +a").only_includes
    assert not compiled("-b ; +a").only_includes
    assert not compiled("-b ; +a").empty


@pytest.mark.parametrize("text", ["{NoSuchGroup}", "{Temp,NoSuchGroup}", "{}", "{32}"])
def test_unknown_groups_are_refused(text: str) -> None:
    with pytest.raises(UnknownFilterGroup):
        compiled(f"-{text}")


@pytest.mark.parametrize(
    "text", ["[(]", "[[a]", r"[(a)\1]", r"[\Q]", "[(?<a-b>x)]", "[*]", "[a\\]", "[(?#x]", "[[a-[b]c]]"]
)
def test_bad_expressions_are_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        compiled(f"-{text}")


def test_group_members() -> None:
    assert group_members("sys") == ["/dev/", "/proc/", "/selinux/", "/sys/"]
    assert group_members("1") == group_members("SystemFiles")
    assert group_members("Tmp") == ["*/lost+found/", "*~", "/tmp/"]
    everything = group_members("SYSTEM:os;Cache|Temp,Apps")
    assert everything == sorted(group_members("DefaultExcludes")) == group_members("31")
    assert group_members("None", platform="win32") == []
    with pytest.raises(InvalidFilter):
        group_members("OS", platform="win32")


def test_group_members_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/h/c")
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    assert "/h/c" in group_members("Caches")
    assert "/var/tmp/" in group_members("Temp")
    assert "/var/tmp/" not in group_members("Temp,OS")


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("name.txt", "*/name.txt"),
        ("*.txt", "*.txt"),
        ("/d/a", "/d/a"),
        ("/d/a/", "/d/a/*"),
        ("@/d/*", "@/d/*"),
        ("[.*x]", "[.*x]"),
        ("{Temp}", "{Temp}"),
    ],
)
def test_patterns_of_restore(pattern: str, rule: str) -> None:
    assert expand_patterns([pattern]) == [FilterRule(True, rule)]


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("@a*.txt", ["/d/a*.txt", "/a*.txt"], ["/d/ab.txt", "/d/xa*.txt", "/d/a*.txt/"]),
        ("@/d/[x]/", ["/d/[x]/", "/d/[x]/y/z"], ["/d/x/y", "/d/[x]"]),
        ("na-me #1", ["/d/na-me #1"], ["/d/xna-me #1"]),
    ],
)
def test_what_patterns_of_restore_match(pattern: str, inside: list[str], outside: list[str]) -> None:
    matching = compile_filter(expand_patterns([pattern]), case_sensitive=True)
    assert [path for path in inside + outside if matching.accepts(path)] == inside


def test_patterns_with_the_separator_of_another_system() -> None:
    assert expand_patterns(["a", "C:\\d\\", " "], separator="\\") == [
        FilterRule(True, "*\\a"),
        FilterRule(True, "C:\\d\\*"),
    ]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/d/a.tmp", FilterRule(False, "*.tmp")),
        ("/d/b", FilterRule(False, "/d/b")),
        ("/d/x", FilterRule(False, "[/d/x]")),
        ("/d/yz", FilterRule(False, "[/d/y.*]")),
        ("/d/keep", FilterRule(True, "*/keep")),
        ("/d/.cache/", FilterRule(False, "*/.cache/")),
        ("/d/other", None),
    ],
)
def test_the_rule_that_decides(path: str, rule: FilterRule | None) -> None:
    rules = compiled("-*.tmp ; -/d/b ; -[/d/x] ; -[/d/y.*] ; +*/keep ; -{Cache} ; -*/keep")
    assert rules.deciding_rule(path) == rule


def test_an_expression_that_decides_only_beside_its_neighbours() -> None:
    """Alone its own anchors hold, and then it would not match."""
    rules = compiled("-[nothing] ; -[^/d/a|/d/ab$]")
    assert rules.verdict("/d/ab") is False
    assert rules.deciding_rule("/d/ab") == FilterRule(False, "[nothing] [^/d/a|/d/ab$]")


def reference_match(pattern: str, text: str) -> bool:
    """Wildcards one character at a time, without the quirk of several stars at the end."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(reference_match(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and reference_match(pattern[1:], text[1:])


@given(st.text("ab/*?", max_size=6).filter(lambda text: not text.endswith("**")), st.text("ab/", max_size=6))
def test_wildcards_against_a_reference(pattern: str, text: str) -> None:
    if pattern:
        assert compiled(f"-{pattern}").verdict(text) is (False if reference_match(pattern, text) else None)


@given(
    st.lists(st.tuples(st.booleans(), st.text("ab*?", min_size=1, max_size=3)), max_size=6),
    st.text("ab", max_size=4),
)
def test_compiling_rules_together_never_changes_the_first_match(
    rules: list[tuple[bool, str]], path: str
) -> None:
    together = compile_filter([FilterRule(*rule) for rule in rules], case_sensitive=True).verdict(path)
    one_by_one = (compile_filter([FilterRule(*rule)], case_sensitive=True).verdict(path) for rule in rules)
    assert together is next((verdict for verdict in one_by_one if verdict is not None), None)
