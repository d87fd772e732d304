"""Headings of tables: which columns name both people of a tie, which make a table of people."""

import pytest

from equipoise.network.headings import (
    find_ends,
    find_letter_ends,
    is_end_word,
    is_people_heading,
    people_rank,
    plain_word,
)


@pytest.mark.parametrize(
    ("heading", "ends"),
    [
        ("source,target", (0, 1)),
        ("Target,Source", (1, 0)),
        ("id,source,target", (1, 2)),
        ("Source,Target,Type,Id,Label,timeset,Weight", (0, 1)),
        ("SOURCE_ID,TARGET_ID", (0, 1)),
        ("sourceName,sourceId,targetName,targetId", (1, 3)),
        ("source_label,w,target_label", (0, 2)),
        ("FromNodeId,ToNodeId", (0, 1)),
        ("from,to", (0, 1)),
        ("src,dst", (0, 1)),
        ("Source,Destination", (0, 1)),
        (":START_ID,:END_ID,:TYPE", (0, 1)),
        (":START_ID(Person),since,:END_ID(Person)", (0, 2)),
        ("_id,_labels,_start,_end,_type", (2, 3)),
        ("start node,end node", (0, 1)),
        ("edge.source,edge.target", (0, 1)),
        ("follower,followee", (0, 1)),
        ("user,friend", (0, 1)),
        ("user_id,friend_id", (0, 1)),
        ("caller,callee,seconds", (0, 1)),
        ("Sender,Recipient", (0, 1)),
        ("user1,user2", (0, 1)),
        ("User 1,x,User 2", (0, 2)),
        ("node_a,node_b", (0, 1)),
        ("id_1,id_2", (0, 1)),
        ("person0,person1", (0, 1)),
        ("Friend1,Friend2", (0, 1)),
        ("Von,Nach", (0, 1)),
        ("Quelle;Ziel".replace(";", ","), (0, 1)),
        ("Sender,Empfänger", (0, 1)),
        ("de,à", (0, 1)),
        ("origine,destination", (0, 1)),
        ("origen,destino", (0, 1)),
        ("da,a", (0, 1)),
        ("van,naar", (0, 1)),
        ("źródło,cel", (0, 1)),
        ("откуда,куда", (0, 1)),
        ("ann,bob", None),
        ("id,label", None),
        ("1,2", None),
        ("a,b", None),
        ("na,nb", None),
        ("source,weight", None),
        ("i,j", None),
        ("", None),
    ],
)
def test_ends_by_name(heading, ends):
    assert find_ends(heading.split(",")) == ends


def test_letters_are_ends_of_their_own():
    assert find_letter_ends(["t", "i", "j"]) == (1, 2)
    assert find_letter_ends(["U", "V", "w"]) == (0, 1)
    assert find_letter_ends(["i", "k"]) is None


@pytest.mark.parametrize(
    ("word", "plain"),
    [
        ("From Node", "fromnode"),
        (":START_ID(Person)", "startid"),
        ("Empfänger", "empfanger"),
        ("edge.source", "edgesource"),
        ("ＩＤ", "id"),
        ("", ""),
    ],
)
def test_plain_words(word, plain):
    assert plain_word(word) == plain


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Id,Label", True),
        ("id,label,age,city", True),
        ("personId:ID(Person),name,:LABEL", True),
        ("name", True),
        ("id,tribe", True),
        ("user,age,group", True),
        ("source,target", False),
        ("ann,bob", False),
        ("weight,type", False),
        ("name,city", False),
    ],
)
def test_headings_of_people(heading, expected):
    assert is_people_heading(heading.split(",")) == expected


def test_ids_rank_before_names():
    assert [people_rank(word) for word in ("id", "userId", "name", "Label", "age")] == [
        2,
        2,
        1,
        1,
        0,
    ]


def test_words_of_one_end():
    assert all(map(is_end_word, ["from", "to", "node", "User ID", "target"]))
    assert not any(map(is_end_word, ["de", "a", "ann", "weight"]))
