"""What a violation says, in numbers that can be read."""

import pytest

from wombat.executor.messages import percent


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (3, 3, "100"),
        (0, 3, "0"),
        (999, 1000, "99.9"),
        (9999, 10000, "> 99.9"),
        (997, 1000, "99.7"),
        (99, 120, "82"),
        (8255, 336776, "2.5"),
        (1, 26115, "0.0038"),
        (412, 336776, "0.12"),
        (1, 10**9, "< 0.0001"),
        (1, 10, "10"),
        (95, 1000, "9.5"),
        (9, 1000, "0.90"),
    ],
)
def test_percent(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said
