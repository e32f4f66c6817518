import numpy as np
import pytest

from novosky_trainer.weights import sample_weights

DAY = 86_400


def test_the_mean_is_one() -> None:
    chance = np.random.default_rng(1)
    label = np.r_[0, 1, 2, chance.integers(0, 3, 500)]
    weights = sample_weights(900 * np.arange(503), label, 3, 180)
    assert weights.mean() == pytest.approx(1)
    assert (weights > 0).all()


def test_a_row_of_half_the_life_counts_half() -> None:
    weights = sample_weights(np.array([0, 180 * DAY]), np.array([0, 0]), 1, 180)
    assert weights[0] / weights[1] == pytest.approx(0.5)


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    label = np.array([0] * 90 + [1] * 10)
    weights = sample_weights(np.zeros(100), label, 2, 180)
    assert weights[label == 0].sum() == pytest.approx(weights[label == 1].sum())


def test_a_class_without_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="class 2"):
        sample_weights(np.arange(4), np.array([0, 1, 0, 1]), 3, 180)
