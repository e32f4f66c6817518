"""A small matrix whose labels lean on its first column: enough for a model to learn something and be wrong often."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FEATURES = [f"f{index}" for index in range(8)]
HORIZON_BARS = 48
BAR_SECONDS = 900


def write_matrix(path: Path, rows: int = 4_000, seed: int = 7) -> None:
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(rows, len(FEATURES))).astype(np.float32)
    drawn = features[:, 0] + chance.normal(scale=2.0, size=rows)
    label = np.where(np.abs(drawn) < 0.2, 2, np.where(drawn > 0, 0, 1)).astype(np.int32)
    time = 1_700_000_100 // BAR_SECONDS * BAR_SECONDS + BAR_SECONDS * np.arange(rows, dtype=np.int64)
    columns = {
        "time": time,
        **{name: features[:, index] for index, name in enumerate(FEATURES)},
        "label": label,
        "label_end": time + BAR_SECONDS * (HORIZON_BARS + 1),
        "atr": np.full(rows, 100.0),
    }
    pq.write_table(pa.table(columns), path)


def request(**changes: object) -> dict[str, object]:
    return {
        "features": FEATURES,
        "features_hash": "0" * 64,
        "horizon_bars": HORIZON_BARS,
        "seed": 11,
        "threads": 2,
        "signal_rate": 0.02,
        "half_life_days": 180,
        "fit_share": 0.7,
        "calibrate_share": 0.15,
        "calibration_step_share": 0.01,
        "parity_rows": 100,
        "members": {
            "rf": {"n_estimators": 20, "max_depth": 5, "min_samples_leaf": 20},
            "xgb": {"n_estimators": 10, "max_depth": 3, "learning_rate": 0.1, "subsample": 0.8},
            "lgb": {"n_estimators": 10, "num_leaves": 7, "learning_rate": 0.1, "subsample": 0.8, "subsample_freq": 1},
        },
        **changes,
    }


def write_request(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(request(**changes)))
