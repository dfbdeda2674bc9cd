"""CSV: rows with a text column are documents, other tables are one; one bad row does not stop the others."""

import pytest

from knowledge.converters import convert, file_id
from knowledge.converters.document import Failure


@pytest.fixture
def file(tmp_path):
    def make(content, name="faq.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def found(path):
    return list(convert(path))


def test_a_row_with_text_is_a_document(file):
    path = file(
        "External ID,Title,Text,URL\n"
        'a/1,Refunds,"Within 30 days,\nnot later.",https://x.org/1\n'
        "\n"
        "a/2,,Parcels leave every morning.,\n"
    )
    first, second = found(path)
    assert (first.external_id, first.title, first.body, first.url) == (
        "a/1",
        "Refunds",
        "Within 30 days,\nnot later.",
        "https://x.org/1",
    )
    assert (second.external_id, second.title, second.where) == (
        "a/2",
        "Parcels leave every morning.",
        f"{path}, row 4",
    )


@pytest.mark.parametrize("header", ["question;answer", "NAME\tContent", "Subject|Body"])
def test_columns_have_other_names_and_separators(file, header):
    separator = next(mark for mark in ";\t|" if mark in header)
    [row] = found(file(f"{header}\nHow much?{separator}5, or 6\n"))
    assert (row.title, row.body) == ("How much?", "5, or 6")


def test_a_row_without_an_id_keeps_its_own_when_it_moves(file):
    """Red when the row's number is its id."""
    before = {row.title: row.external_id for row in found(file("title,text\nA,1\nB,2\nB,3\n"))}
    after = {row.title: row.external_id for row in found(file("title,text\nNew,0\nB,2\nB,3\nA,1\n"))}
    assert before.items() <= after.items()
    ids = [row.external_id for row in found(file("title,text\nB,2\nB,3\n"))]
    assert len(set(ids)) == 2


def test_a_bad_row_is_named_and_the_others_go_on(file):
    path = file("id,title,text,url\n1,One,Text,\n,Two,Text,\n3,Three,,\n4,Four,Text,javascript:x\n5,Five,Text,\n")
    rows = found(path)
    assert [row.external_id for row in rows if not isinstance(row, Failure)] == ["1", "5"]
    assert [(row.where, row.reason) for row in rows if isinstance(row, Failure)] == [
        (f"{path}, row 3", "has no id"),
        (f"{path}, row 4", "there is no text"),
        (f"{path}, row 5", "url must be an http or https address"),
    ]


def test_another_table_is_one_document_in_which_each_row_names_its_cells(file):
    path = file("Plan,Price,\nBasic,5 EUR,small\nPro,,\n", "price-list.csv")
    [table] = found(path)
    assert (table.title, table.external_id) == ("Price list", file_id(path))
    assert table.body == "- Plan: Basic; Price: 5 EUR; small\n- Plan: Pro"


def test_a_table_that_is_too_long_says_what_to_do(file):
    [failure] = found(file("a,b\n" + ("x" * 1000 + ",y\n") * 2000))
    assert "give it a text column" in failure.reason


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no text"),
        (b"\n\n", "no text"),
        (b"title,text\n\xff,x\n", "not UTF-8"),
        (b'title,text\n"a', "not a table"),
    ],
)
def test_what_is_no_table_says_so(file, content, problem):
    failure = found(file(content))[-1]
    assert problem in failure.reason


def test_rows_are_read_as_they_are_wanted(file):
    """Memory stays flat however many rows there are. Red when the rows are collected first."""
    rows = convert(file("id,text\n" + "".join(f"{number},text\n" for number in range(2000)) + '9999,"open'))
    assert [next(rows).external_id for _ in range(2000)] == [str(number) for number in range(2000)]
    assert isinstance(next(rows), Failure)
