"""Text that is like code and prose to a compressor, made at memory speed and the same at every run.

Real text has three kinds of redundancy, and each has its part here: some words are far more frequent than
others (a table in which word n has about 1/n of the places), a file keeps coming back to its own few names
and phrases (lines made once for a file), and the rest is new. Nothing repeats over long distances, so that no
program gains by looking further back than real text lets it.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

_PLACES = 65536
_SECTION = 48_000  # bytes after which a long text turns to other names, about the reach of deflate

# fmt: off
_KEYWORDS = [
    "const", "return", "function", "this", "if", "else", "null", "true",
    "false", "undefined", "typeof", "new", "export", "import", "default", "string",
    "number", "boolean", "void", "interface", "extends", "static", "async", "await",
    "throw", "error", "value", "index", "length", "options", "callback", "module",
    "require", "prototype", "Object", "Array", "Promise",
]
# fmt: on

_CODE = (
    "  const {} = {}({}, {});\n",
    "  if (!{}.{}) {{\n    return {};\n  }}\n",
    "    this.{} = {}.{} || {};\n",
    "function {}({}, {}) {{\n",
    "  return {}.{}({});\n}}\n\n",
    "/**\n * {} {} {} {}\n * @param {{{}}} {}\n */\n",
    "export {{ {}, {} }} from './{}';\n",
    "  for (let i = 0; i < {}.length; i++) {{\n    {}[i].{}({});\n  }}\n",
    "      case {}.{}:\n        {} = {};\n        break;\n",
    "  {}: {};\n",
)
_PROSE = (
    "The {} {} of the {} is {}. ",
    "{} and {} are {} by {}, ",
    "\n\n## {} {}\n\n",
    "in the {} there is a {} for {} ",
    "* `{}` - {} {} {}\n",
    "which {} the {} with a {} {}. ",
    "\n",
)
_RECORDS = (
    '    "{}": {{\n      "{}": "{}",\n      "{}": true\n    }},\n',
    '    "{}": "^{}",\n',
    '      "node": ">= {}",\n',
    '    {{ "id": "{}", "{}": [{}, {}] }},\n',
    '  "{}": [\n    "{}",\n    "{}"\n  ],\n',
)


@dataclass(frozen=True)
class Style:
    """``phrases`` and ``names``: how many a section has of its own. After each phrase come ``known`` of these
    names and ``fresh`` words of the whole language."""

    templates: Sequence[str]
    glue: str
    phrases: int
    names: int
    known: int
    fresh: int


CODE = Style(_CODE, " ", 28, 110, 3, 3)
PROSE = Style(_PROSE, " ", 25, 90, 3, 2)
RECORDS = Style(_RECORDS, "_", 28, 110, 3, 3)


def text(rng: random.Random, size: int, style: Style) -> bytes:
    """Returns ``size`` bytes of ASCII text."""
    parts = list(_sections(rng, size, style))
    return "".join(parts).encode("ascii")[:size]


def _sections(rng: random.Random, size: int, style: Style) -> Iterator[str]:
    while size > 0:
        section = _section(rng, min(size, _SECTION), style)
        yield section
        size -= len(section)


def _section(rng: random.Random, size: int, style: Style) -> str:
    words = _word_places()
    names = [words[place] for place in array("H", rng.randbytes(2 * style.names))]
    phrases = _places(_phrases(rng, style, names[:24]), 256)
    names = _places(list(dict.fromkeys(names)), 256)
    mean = (sum(map(len, phrases)) + style.known * sum(map(len, names))) / 256 + style.fresh * 6 + 2
    count = int(size / mean * 1.25) + 4
    columns: list[Iterable[str]] = [map(phrases.__getitem__, rng.randbytes(count))]
    for _ in range(style.known):
        columns += [map(names.__getitem__, rng.randbytes(count)), [style.glue] * count]
    for _ in range(style.fresh):
        columns += [map(words.__getitem__, array("H", rng.randbytes(2 * count))), [style.glue] * count]
    return "".join(chain.from_iterable(zip(*columns, strict=True)))[:size]


def _phrases(rng: random.Random, style: Style, names: Sequence[str]) -> list[str]:
    templates = rng.choices(style.templates, k=style.phrases)
    return [template.format(*rng.choices(names, k=template.count("{}"))) for template in templates]


@cache
def _word_places() -> list[str]:
    """Returns 65536 places, to be picked by two random bytes, filled with about 12000 different words."""
    rng = random.Random("words")
    syllables = [
        a + b + c for a in "bcdfghjklmnprstvw" for b in "aeiou" for c in ("", "", "n", "r", "s", "t", "l")
    ]
    plain = ["".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 2, 3, 3)))) for _ in range(9000)]
    joined = [rng.choice(plain) + rng.choice(plain).capitalize() for _ in range(4000)]
    numbers = [str(rng.randrange(10 ** rng.randrange(1, 6))) for _ in range(600)]
    rest = plain[200:] + joined + numbers
    rng.shuffle(rest)
    frequent = sorted(plain[:200], key=len) + _KEYWORDS
    rng.shuffle(frequent)
    return _places(list(dict.fromkeys(frequent + rest)), _PLACES)


def _places(items: Sequence[str], places: int) -> list[str]:
    """Returns ``places`` items, the n-th of ``items`` on about 1/n of the places, each at least once."""
    weights = [1 / (rank + 2.7) for rank in range(len(items))]
    share = (places - len(items)) / sum(weights)
    filled = [
        item for item, weight in zip(items, weights, strict=True) for _ in range(1 + int(weight * share))
    ]
    filled += items[: places - len(filled)]
    return filled
