"""Files in all their states: read in flat memory, or refused with one clear sentence."""

import gzip
from pathlib import Path

import pytest

from ingest.files import JOINED, LONGEST, Chunk, Shape, Source
from store.errors import ImportProblem

SHAPE = Shape(",", frozenset({3}))


def chunks(path: Path, size: int = 10_000) -> list[Chunk]:
    with Source(path) as source:
        return list(source.chunks(SHAPE, size))


def records(path: Path, size: int = 10_000) -> list[tuple[int, bytes]]:
    return [pair for chunk in chunks(path, size) for pair in zip(chunk.lines, chunk.records, strict=True)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Lines are records.
        (b"a,b,c\nd,e,f\n", [(1, b"a,b,c"), (2, b"d,e,f")]),
        # The mark at the beginning of a file from Windows is none of it, nor are its line ends.
        (b"\xef\xbb\xbfa,b,c\r\nd,e,f\r\n", [(1, b"a,b,c"), (2, b"d,e,f")]),
        # A line feed in quotes does not end a record, and lines are counted on.
        (b'a,"b\nb",c\nd,e,f\n', [(1, b'a,"b\nb",c'), (3, b"d,e,f")]),
        # A quote that is never closed takes no line with it.
        (b'a,"b,c\nd,e,f\ng,h,i\n', [(1, b'a,"b,c'), (2, b"d,e,f"), (3, b"g,h,i")]),
        # Nor does one that another row's open quote would close: that is no record of three columns.
        (b'a,"b,c\nd,e,f\ng,"h,i\n', [(1, b'a,"b,c'), (2, b"d,e,f"), (3, b'g,"h,i')]),
        # A quote within a text is a letter.
        (b'a,5" pipe,c\nd,e,f\n', [(1, b'a,5" pipe,c'), (2, b"d,e,f")]),
        # The last line may lack its end, also when it is the end of a record.
        (b"a,b,c\nd,e", [(1, b"a,b,c"), (2, b"d,e")]),
        (b'a,b,c\nd,"e\nf",g', [(1, b"a,b,c"), (2, b'd,"e\nf",g')]),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_records_of_a_file(
    tmp_path: Path, content: bytes, expected: list[tuple[int, bytes]], size: int
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert records(path, size) == expected


def test_a_gzip_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a,b,c\n" * 50_000))
    assert len(records(path)) == 50_000


def test_a_record_that_lies_across_chunks_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"".join(b'%d,"x\ny\nz",c\n' % number for number in range(2_000)))
    found = records(path, 100)
    assert found == [(1 + 3 * number, b'%d,"x\ny\nz",c' % number) for number in range(2_000)]


def test_only_the_last_chunk_tells_of_an_unfinished_line(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b,c\n" * 99 + b"a,b")
    assert [chunk.unfinished for chunk in chunks(path, 40)] == [False, False, True]


def test_a_line_without_end_is_cut_and_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"x" * (20 << 20) + b"\na,b,c\n")
    (first, cut), second = records(path)
    assert (first, len(cut)) == (1, LONGEST + 1)
    assert second == (2, b"a,b,c")


def test_an_open_quote_is_followed_no_further_than_a_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'a,"b\n' + b"b\n" * JOINED + b'b",c\n')
    assert len(records(path)) == JOINED + 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        # Nothing in it.
        ("empty.csv", b"", "holds no calls"),
        # Blank lines are nothing.
        ("blank.csv", b"\n\r\n  \n", "holds no calls"),
        # A program.
        ("program", b"\x7fELF\x02\x01\x01\0\0\0\0", "is a binary file"),
        # What a mail attachment or a backup may be.
        ("calls.zip", b"PK\x03\x04rest", "is a zip archive"),
        ("calls.csv.xz", b"\xfd7zXZrest", "packed with xz"),
        # What a spreadsheet calls Unicode.
        ("excel.txt", "a,b,c\n".encode("utf-16"), "is text in UTF-16"),
    ],
)
def test_what_is_no_text_of_calls_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportProblem, match=sentence) as problem, Source(path) as source:
        source.head()
    assert str(path) in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_folder_is_no_file_and_the_sentence_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").touch()
    with pytest.raises(ImportProblem, match=r"is a folder: name the files in it, for example .*Master\.csv"):
        Source(tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"There is no file .*nothing\.csv"):
        Source(tmp_path / "nothing.csv")


def test_a_damaged_gzip_file_gives_what_is_whole_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"".join(b"a,b,%d\n" % number for number in range(500_000)))[:-1000])
    found: list[bytes] = []
    with pytest.raises(ImportProblem, match=r"cut off: it ends after [1-9]"), Source(path) as source:
        for chunk in source.chunks(SHAPE):
            found += chunk.records
    assert found[:3] == [b"a,b,0", b"a,b,1", b"a,b,2"]
    assert all(record.count(b",") == 2 for record in found)


def test_a_file_that_swells_without_end_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(200):
            file.write(b"0" * (1 << 20))
    with pytest.raises(ImportProblem, match=r"bomb\.csv\.gz holds more than 200 times its size"):
        chunks(path, 1_000)


def test_a_file_of_equal_lines_is_none_of_those(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"1000,+33140000000,NO ANSWER\n" * 1_000_000))
    assert len(records(path, 100_000)) == 1_000_000
