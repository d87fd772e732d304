"""The heading of a table: which columns name the two people of a tie, by their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# The two ends of a tie as exports name them, without "id", "node" and the like, without accents.
_ENDS = (
    ("source", "target"),
    ("source", "destination"),
    ("src", "dst"),
    ("src", "dest"),
    ("src", "tgt"),
    ("src", "target"),
    ("from", "to"),
    ("start", "end"),
    ("origin", "destination"),
    ("ego", "alter"),
    ("follower", "followee"),
    ("follower", "followed"),
    ("follower", "following"),
    ("sender", "receiver"),
    ("sender", "recipient"),
    ("caller", "callee"),
    ("tail", "head"),
    ("parent", "child"),
    ("user", "friend"),
    ("person", "friend"),
    ("user", "follows"),
    ("person", "knows"),
    ("name", "friend"),
    ("name", "friends"),
    ("node", "neighbour"),
    ("node", "neighbor"),
    ("quelle", "ziel"),
    ("start", "ziel"),
    ("von", "nach"),
    ("von", "zu"),
    ("von", "an"),
    ("sender", "empfanger"),
    ("source", "cible"),
    ("origine", "destination"),
    ("de", "a"),
    ("de", "vers"),
    ("de", "para"),
    ("desde", "hasta"),
    ("origen", "destino"),
    ("fuente", "destino"),
    ("origem", "destino"),
    ("sorgente", "destinazione"),
    ("origine", "destinazione"),
    ("da", "a"),
    ("van", "naar"),
    ("bron", "doel"),
    ("fran", "till"),
    ("fra", "til"),
    ("od", "do"),
    ("zrodło", "cel"),
    ("kaynak", "hedef"),
    ("откуда", "куда"),
    ("источник", "цель"),
)
# Words of either end; words of one or two letters may be names.
_END_WORDS = {end for pair in _ENDS for end in pair if len(end) > 2}
_END_WORDS |= {"to", "id", "node", "user", "person"}
# Names of variables, which are ends only above columns of numbers.
_LETTER_ENDS = (("i", "j"), ("u", "v"))
_TWINS = (("1", "2"), ("a", "b"), ("0", "1"))
_TWIN_STEMS = ("friend", "member", "customer", "account", "author", "player", "agent", "subject")
# A column of ids names people better than a column of labels.
_AFFIXES = (
    *("ids", "id", "node", "nodes", "user", "person", "people", "actor", "vertex", "number"),
    *("edge", "link", "tie"),
)
_LABEL_AFFIXES = ("label", "name")
_LABEL_RANK = 10
_PEOPLE_WORDS = {"id", "name", "label", "node", "nodes", "user", "username", "person", "people"}
_OTHER_WORDS = {"type", "kind", "group", "tribe", "community", "age", "modularityclass", "timeset"}


def plain_word(word: str) -> str:
    """Return a column's name in small letters, without accents, marks and (remarks)."""
    word = re.sub(r"\(.*?\)", "", word)
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def find_ends(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of the two columns that name the ends of a tie, or None."""
    roles = [_find_role(word) for word in words]
    for first, second in _ENDS:
        places = _best_place(roles, first), _best_place(roles, second)
        if places[0] is not None and places[1] is not None:
            return places[0], places[1]
    return _find_twins(roles)


def find_letter_ends(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of columns called i and j, or u and v, or None."""
    plain = [word.casefold() for word in words]
    for first, second in _LETTER_ENDS:
        if first in plain and second in plain:
            return plain.index(first), plain.index(second)
    return None


def is_end_word(word: str) -> bool:
    """Return True if a column may name one end of a tie."""
    role, _ = _find_role(word)
    return role in _END_WORDS


def _find_role(word: str) -> tuple[str, int]:
    """Return a column's name without affixes such as "id", and its rank: labels come last."""
    role = plain_word(word)
    rank = 0
    affix = _find_affix(role)
    while affix:
        rank += _LABEL_RANK if affix in _LABEL_AFFIXES else 1
        shorter = role.removesuffix(affix)
        role = shorter if shorter != role else role.removeprefix(affix)
        affix = _find_affix(role)
    return role, rank


def _find_affix(role: str) -> str:
    """Return an affix of a name that is more than the affix, or an empty string."""
    for affix in (*_AFFIXES, *_LABEL_AFFIXES):
        has_affix = role.startswith(affix) or role.endswith(affix)
        if has_affix and role != affix:
            return affix
    return ""


def _best_place(roles: Sequence[tuple[str, int]], end: str) -> int | None:
    places = [place for place, (role, _) in enumerate(roles) if role == end]
    return min(places, key=lambda place: roles[place][1], default=None)


def _find_twins(roles: Sequence[tuple[str, int]]) -> tuple[int, int] | None:
    """Return the places of two columns such as user1 and user2, or None."""
    places: dict[str, int] = {}
    for place, (role, rank) in enumerate(roles):
        # A column called "1" alone, without an affix such as user, is a person or a number.
        if rank or role[:-1] in _TWIN_STEMS:
            places.setdefault(role, place)
    for stem in ("", *_TWIN_STEMS):
        for first, second in _TWINS:
            pair = (stem + first, stem + second)
            if places.keys() >= set(pair):
                return places[pair[0]], places[pair[1]]
    return None


def people_rank(word: str) -> int:
    """Return 2 if a column may hold ids of people, 1 if it may hold their names, otherwise 0."""
    role, rank = _find_role(word)
    if role not in _PEOPLE_WORDS:
        return 0
    return 1 if role in _LABEL_AFFIXES or rank >= _LABEL_RANK else 2


def is_people_heading(words: Sequence[str]) -> bool:
    """Return True if the words are those of a table of people: ids and names, or either alone."""
    ranks = set(map(people_rank, words))
    if {1, 2} <= ranks:
        return True
    others = [plain_word(word) for word in words if not people_rank(word)]
    return any(ranks) and _OTHER_WORDS.issuperset(others)
