"""A fixed sample of the fuzzer (`make bench ARGS=fuzz` is all of it), and texts that no switch ever wrote:
only CDRs and Rejects come out.
"""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import Subject, inputs, read, run, subjects
from store.record import CDR, Reject

SUBJECTS = {subject.name: subject for subject in subjects()}
SAMPLE = 150
TEXTS = st.one_of(
    st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
CELLS = st.lists(st.one_of(st.text(max_size=20), st.integers().map(str), st.floats().map(str)), max_size=40)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=list(SUBJECTS))
def test_real_records_are_calls_and_mutated_ones_calls_or_rejects(subject: Subject) -> None:
    real = run(subject, subject.seeds)
    assert real.calls > 0
    found = run(subject, inputs(subject.seeds, SAMPLE))
    assert found.inputs == SAMPLE
    assert found.calls > 0
    assert found.rejects > 0


@settings(max_examples=25, deadline=None, derandomize=True)
@given(texts=st.lists(TEXTS, max_size=8), cells=st.lists(CELLS, max_size=8))
@pytest.mark.parametrize("name", SUBJECTS)
def test_texts_that_nobody_wrote(name: str, texts: Sequence[bytes], cells: Sequence[list[str]]) -> None:
    rows = [",".join(row).encode("utf-8", "replace") for row in cells]
    for data in (*texts, *rows):
        for one in read(SUBJECTS[name], data):
            assert not isinstance(one, CDR) or one.destination is not None


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        # The last second that a datetime has, and a length behind it.
        (
            "3cx_log: CallReports.csv",
            b"9999-12-31 23:59:59,1,Alice (101),Bob (102),Internal,Answered,00:00:03,00:00:31,0.00,",
            "range",
        ),
    ],
)
def test_what_the_fuzzer_found_is_a_reject(name: str, data: bytes, kind: str) -> None:
    (found,) = read(SUBJECTS[name], data)
    assert isinstance(found, Reject)
    assert found.kind == kind
