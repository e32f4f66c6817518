import numpy as np
import pytest

from novosky_trainer.split import Split, assert_no_label_crosses, chronological_split


@pytest.mark.parametrize("rows", [200, 1_000, 4_001, 59_999])
@pytest.mark.parametrize("purge", [0, 1, 48])
def test_slices_stand_in_order_with_the_purge_between_them(rows: int, purge: int) -> None:
    split = chronological_split(rows, purge, 0.7, 0.15)
    assert split.fit.start == 0
    assert split.calibrate.start - split.fit.stop == purge
    assert split.test.start - split.calibrate.stop == purge
    assert split.test.stop == rows


@pytest.mark.parametrize("rows", [1_000, 4_001, 59_999])
def test_slices_have_their_shares_of_what_the_purge_leaves(rows: int) -> None:
    split = chronological_split(rows, 48, 0.7, 0.15)
    usable = rows - 96
    assert abs((split.fit.stop - split.fit.start) - 0.7 * usable) <= 1
    assert abs((split.calibrate.stop - split.calibrate.start) - 0.15 * usable) <= 1


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        chronological_split(97, 48, 0.7, 0.15)


def times(rows: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    time = 900 * np.arange(rows)
    return time, time + 900 * (horizon + 1)


def test_a_purge_of_the_horizon_lets_no_label_cross() -> None:
    time, label_end = times(1_000, 48)
    assert_no_label_crosses(chronological_split(1_000, 48, 0.7, 0.15), time, label_end)


def test_one_bar_less_lets_a_label_cross_and_is_refused() -> None:
    time, label_end = times(1_000, 48)
    with pytest.raises(ValueError, match="settled"):
        assert_no_label_crosses(chronological_split(1_000, 47, 0.7, 0.15), time, label_end)


def test_the_second_boundary_is_watched_too() -> None:
    time, label_end = times(300, 10)
    with pytest.raises(ValueError, match="settled"):
        assert_no_label_crosses(Split(slice(0, 100), slice(110, 200), slice(205, 300)), time, label_end)
