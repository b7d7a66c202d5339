"""The metrics: formulas by hand, and None where there is nothing to divide by."""

import pytest

from store.metrics import MEASURES, METRICS, SHORT_CALL_MS, erlangs

CELLS: list[tuple[list[int], dict[str, float | None]]] = [
    # no calls
    ([0] * 8, {"asr": None, "acd": None, "ner": None, "short_share": None, "pdd": None}),
    # calls of which none was answered: a rate of nothing, but no mean of nothing
    ([4, 0, 9_000, 0, 1, 0, 0, 0], {"asr": 0, "acd": None, "ner": 25, "short_share": None, "pdd": None}),
    # the mean talk is that of answered calls, without ringing; delays are those known
    ([4, 2, 99_000, 30_000, 3, 1, 600, 3], {"asr": 50, "acd": 15, "ner": 75, "short_share": 50, "pdd": 0.2}),
    # delays of zero are known
    ([1, 1, 0, 0, 1, 1, 0, 1], {"asr": 100, "acd": 0, "ner": 100, "short_share": 100, "pdd": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), CELLS)
def test_metrics_of_a_cell(cell: list[int], expected: dict[str, float | None]) -> None:
    assert len(cell) == len(MEASURES)
    assert {name: metric.of(cell) for name, metric in METRICS.items()} == expected


def test_each_metric_says_what_it_is() -> None:
    for metric in METRICS.values():
        assert metric.unit in ("%", "s") and metric.label
        assert metric.definition.endswith(".")
    assert f"{SHORT_CALL_MS // 1000} seconds" in METRICS["short_share"].definition


TRAFFIC = [(3_600, 3_600, 1.0), (0, 3_600, 0.0), (90, 60, 1.5), (1, 0, None), (1, -1, None)]


@pytest.mark.parametrize(("seconds", "interval", "expected"), TRAFFIC)
def test_traffic_is_the_mean_number_of_calls_at_once(
    seconds: float, interval: float, expected: float | None
) -> None:
    assert erlangs(seconds, interval) == expected
