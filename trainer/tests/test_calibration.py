import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from novosky_trainer.calibration import (
    Step,
    apply_table,
    calibrate,
    calibrated,
    isotonic_steps,
    pooled,
    slope_max,
    table_of,
)


def noisy(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    score = chance.beta(4, 4, rows).astype(np.float32).astype(np.float64)
    return score, chance.random(rows) < 0.2 + 0.5 * score


@pytest.mark.parametrize("seed", range(5))
def test_every_step_holds_its_share_of_the_rows(seed: int) -> None:
    score, hit = noisy(5_000, seed)
    steps = pooled(isotonic_steps(score, hit), 50)
    assert min(step.rows for step in steps) >= 50
    assert sum(step.rows for step in steps) == 5_000
    assert sum(step.hits for step in steps) == hit.sum()


def test_steps_stay_monotonic_when_they_are_pooled() -> None:
    score, hit = noisy(5_000, 3)
    levels = [step.hits / step.rows for step in pooled(isotonic_steps(score, hit), 50)]
    assert levels == sorted(levels)


def test_what_is_left_over_joins_the_last_step() -> None:
    steps = pooled([Step(3, 0.3, 0), Step(3, 0.9, 1), Step(1, 0.9, 1)], 3)
    assert [(step.rows, step.hits) for step in steps] == [(3, 0), (4, 2)]


def test_fewer_rows_than_a_step_needs_make_one_step() -> None:
    assert [step.rows for step in pooled([Step(1, 0.1, 0), Step(1, 0.2, 1)], 50)] == [2]


@pytest.mark.parametrize("seed", range(5))
def test_the_table_says_what_scikit_learn_says(seed: int) -> None:
    score, hit = noisy(3_000, seed)
    regression = calibrate(score, hit, 0.01)
    asked = np.r_[-0.5, 0, score, 1, 1.5]
    assert isinstance(regression, IsotonicRegression)
    assert np.allclose(apply_table(table_of(regression), asked), regression.predict(asked), rtol=0, atol=1e-12)


def test_pooling_tames_the_slope() -> None:
    score, hit = noisy(9_000, 1)
    raw = IsotonicRegression(out_of_bounds="clip").fit(score, hit.astype(float))
    assert slope_max(table_of(calibrate(score, hit, 0.01))) < 100 < slope_max(table_of(raw))


def test_a_score_that_says_nothing_becomes_the_rate_of_the_class() -> None:
    regression = calibrate(np.full(100, 0.4), np.arange(100) % 4 == 0, 0.01)
    assert apply_table(table_of(regression), np.array([0.0, 0.4, 1.0])) == pytest.approx([0.25] * 3)


def test_calibrated_probabilities_sum_to_one() -> None:
    tables = [{"x": [0.0, 1.0], "y": [0.0, level]} for level in (0.9, 0.5, 0.2)]
    answer = calibrated(tables, np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]))
    assert answer.sum(axis=1) == pytest.approx([1, 1])
    assert answer[1] == pytest.approx([1, 0, 0])


def test_a_row_that_no_class_claims_is_even() -> None:
    tables = [{"x": [0.0, 1.0], "y": [0.0, 0.0]}] * 3
    assert calibrated(tables, np.array([[0.2, 0.3, 0.5]]))[0] == pytest.approx([1 / 3] * 3)
