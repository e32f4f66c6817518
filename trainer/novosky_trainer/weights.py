"""What a row of the fit slice counts."""

import numpy as np

SECONDS_PER_DAY = 86_400


def sample_weights(time: np.ndarray, label: np.ndarray, classes: int, half_life_days: float) -> np.ndarray:
    """Balanced over the classes times recency, mean 1. A row that is `half_life_days` older than the newest counts
    half of it; a class that is rarer counts as much more."""
    counts = np.bincount(label, minlength=classes)
    if (counts == 0).any():
        raise ValueError(f"class {int(np.argmin(counts))} has no row in the fit slice")
    balanced = len(label) / (classes * counts)
    age_days = (time.max() - time) / SECONDS_PER_DAY
    weights = balanced[label] * np.exp(-np.log(2) * age_days / half_life_days)
    return weights / weights.mean()
