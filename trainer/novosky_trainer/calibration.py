"""From what a model says to how often it is so: isotonic regression per class, as a table of break points.

A table as it comes from isotonic regression can be nearly vertical (two neighbouring scores, two far probabilities), and
then a difference of 1e-7 in the raw score becomes one of 1e-2. So neighbouring steps are pooled until every one holds
a share of the rows, and each becomes one break point, at its centre of mass: between them the curve is a line.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

Table = dict[str, list[float]]


@dataclass
class Step:
    rows: int
    score_sum: float
    hits: float

    def absorb(self, other: "Step") -> None:
        self.rows += other.rows
        self.score_sum += other.score_sum
        self.hits += other.hits


def calibrate(score: np.ndarray, hit: np.ndarray, step_share: float) -> IsotonicRegression:
    """The calibrator of one class: `score` is the raw probability, `hit` whether the row is of the class."""
    rows_min = max(1, int(np.ceil(step_share * len(score))))
    steps = pooled(isotonic_steps(score, hit), rows_min)
    return isotonic(
        np.array([step.score_sum / step.rows for step in steps]),
        np.array([step.hits / step.rows for step in steps]),
        np.array([step.rows for step in steps], dtype=np.float64),
    )


def isotonic(score: np.ndarray, hit: np.ndarray, weight: np.ndarray | None = None) -> IsotonicRegression:
    regression = IsotonicRegression(y_min=0.0, y_max=1.0, increasing=True, out_of_bounds="clip")
    return regression.fit(score.astype(np.float64), hit.astype(np.float64), sample_weight=weight)


def isotonic_steps(score: np.ndarray, hit: np.ndarray) -> list[Step]:
    """The flat pieces of the isotonic fit, by rising score."""
    order = np.argsort(score, kind="stable")
    score, hit = score[order].astype(np.float64), hit[order].astype(np.float64)
    level = isotonic(score, hit).predict(score)
    starts = np.flatnonzero(np.r_[True, np.diff(level) > 0])
    ends = np.r_[starts[1:], len(score)]
    return [Step(int(b - a), float(score[a:b].sum()), float(hit[a:b].sum())) for a, b in zip(starts, ends)]


def pooled(steps: list[Step], rows_min: int) -> list[Step]:
    """Neighbours joined from the left until each holds `rows_min` rows; what is left over joins the last."""
    joined: list[Step] = []
    open_step: Step | None = None
    for step in steps:
        if open_step is None:
            open_step = Step(step.rows, step.score_sum, step.hits)
        else:
            open_step.absorb(step)
        if open_step.rows >= rows_min:
            joined.append(open_step)
            open_step = None
    if open_step is not None:
        if joined:
            joined[-1].absorb(open_step)
        else:
            joined.append(open_step)
    return joined


def table_of(regression: IsotonicRegression) -> Table:
    """Break points of a fitted calibrator: linear between them, constant outside."""
    return {
        "x": [float(value) for value in regression.X_thresholds_],
        "y": [float(value) for value in regression.y_thresholds_],
    }


def apply_table(table: Table, score: np.ndarray) -> np.ndarray:
    """What the engine does with a table."""
    return np.interp(score.astype(np.float64), table["x"], table["y"])


def slope_max(table: Table) -> float:
    """How much the calibration can enlarge a difference of the raw score."""
    if len(table["x"]) < 2:
        return 0.0
    return float((np.diff(table["y"]) / np.diff(table["x"])).max())


def calibrated(tables: list[Table], raw: np.ndarray) -> np.ndarray:
    """Every class by its own table, then scaled to sum 1; a row that no class claims is even."""
    columns = np.column_stack([apply_table(table, raw[:, index]) for index, table in enumerate(tables)])
    total = columns.sum(axis=1, keepdims=True)
    even = np.full_like(columns, 1 / columns.shape[1])
    return np.where(total > 0, columns / np.where(total > 0, total, 1), even)
