"""Encodings, and the ends of lines."""

import pytest
from support.text_tables import numbers, read, source_of

from longlag.errors import InputError
from longlag.readers.form import Wishes


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_encodings(encoding, said):
    source, _, features, targets, _ = read("Höhe,µ,y\n1,2,3\n".encode(encoding), "y")
    assert source.names == ["Höhe", "µ", "y"]
    assert source.taken_for == said
    assert (features, targets) == ([[1, 2]], [3])


def test_cyrillic_is_told_from_western_and_other_code_pages_are_named():
    assert source_of("время,темп\n1,2\n".encode("cp1251")).names == ["время", "темп"]
    data = "čas,vítr\n1,2\n".encode("cp1250")
    assert source_of(data, Wishes(encoding="cp1250")).names == ["čas", "vítr"]
    with pytest.raises(InputError, match=r"--encoding must name an encoding.*got 'ut-f'"):
        source_of(data, Wishes(encoding="ut-f"))
    with pytest.raises(InputError, match="must name an encoding"):
        source_of(data, Wishes(encoding="base64"))


def test_a_late_letter_of_a_code_page_is_read_as_well():
    rows = "".join(f"{t},Rome,{t}\n" for t in range(40_000))
    data = ("a,city,y\n" + rows + "1,Genève,2\n").encode("latin-1")
    reader = read(data, "y")[1]
    assert reader.read == 40_001


def test_the_next_file_is_in_the_code_page_of_the_first():
    first = source_of("x,y\nÖl,1\nGröße,2\n".encode("cp1252"))
    second = "x,y\nÄÖÜ,1\nÄÖÜ,2\n".encode("cp1252")
    assert [block.texts(0) for block in source_of(second).blocks()] != [["ÄÖÜ"] * 2]  # alone
    for expected in (first.expected(["x"]), first.expected(["y"])):
        source = source_of(second, expected=expected)
        assert [block.texts(0) for block in source.blocks()] == [["ÄÖÜ"] * 2]
    assert source_of("x,y\nДни,1\n", expected=first.expected(["x"])).taken_for == ""  # UTF-8


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert numbers(f"a,y{end}1,2{end}3,4{end}") == ([[1], [3]], [2, 4])
    assert numbers(f"a,y{end}1,2{end}{end}3,4") == ([[1], [3]], [2, 4])


@pytest.mark.parametrize("mark", "\x0b\x0c\x1c\x1e\x85\u2028")
@pytest.mark.parametrize("more", ["", "5,NA\n"])
def test_no_other_character_ends_a_row(mark, more):
    with pytest.raises(InputError, match=r"a\.csv, row 2: column 'y' must hold finite numbers"):
        numbers(f"a,y\n1,2\n2,2{mark}3\n{more}")
