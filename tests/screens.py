"""What tests of the screens allow: warnings of libraries about libraries, each with whose it is."""

from pathlib import Path

import pytest

ALLOWED = (
    # bokeh 3.9.2 (ColumnDataSource.from_df) against pandas 3.1
    "ignore:The inplace keyword in DataFrame.reset_index is deprecated",
)


def allow(items: list[pytest.Item], folder: Path) -> None:
    """Let these warnings pass in the tests of a folder."""
    for item in items:
        if folder in item.path.parents:
            for warning in ALLOWED:
                item.add_marker(pytest.mark.filterwarnings(warning))
