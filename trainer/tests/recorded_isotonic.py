"""What scikit-learn's isotonic regression says, recorded for the engine's own calibration.

`python trainer/tests/recorded_isotonic.py` writes the file anew.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression

PATH = Path(__file__).parents[2] / "src" / "inference" / "fixtures" / "isotonic.json.golden"


def cases() -> list[dict[str, object]]:
    chance = np.random.default_rng(20_250_101)
    smooth = chance.random(400)
    steep = np.r_[np.linspace(0.4, 0.4001, 40), 0.9]
    scores = {
        "noise around a rising line": (smooth, smooth + chance.normal(scale=0.3, size=400)),
        "hits and misses": (smooth, (chance.random(400) < smooth).astype(float)),
        "nearly vertical": (steep, np.r_[np.zeros(20), np.ones(21)]),
        "falling, so all one step": (smooth, -smooth),
        "two points": (np.array([0.25, 0.75]), np.array([0.1, 0.6])),
        "one point": (np.array([0.5]), np.array([0.3])),
    }
    return [case(name, score, target) for name, (score, target) in scores.items()]


def case(name: str, score: np.ndarray, target: np.ndarray) -> dict[str, object]:
    regression = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(score, target)
    x = regression.X_thresholds_
    asked = np.r_[-0.5, 0, x, (x[:-1] + x[1:]) / 2, np.linspace(0, 1, 101), 1, 1.5]
    return {
        "name": name,
        "table": {"x": x.tolist(), "y": regression.y_thresholds_.tolist()},
        "asked": asked.tolist(),
        "answered": regression.predict(asked).tolist(),
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(cases()) + "\n")
