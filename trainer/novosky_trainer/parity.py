"""Rows that travel with the engine's tests: what the libraries said to them.

Little-endian, three blocks one after the other, each row by row: the features (float32), the raw probabilities of
every member in the order of `MEMBERS` (float32), and what their calibration makes of exactly these (float64).
"""

from pathlib import Path

import numpy as np


def pick_rows(rows: slice, count: int) -> np.ndarray:
    """`count` rows spread evenly over a slice."""
    available = rows.stop - rows.start
    return rows.start + np.linspace(0, available - 1, min(count, available)).astype(int)


def write_parity(path: Path, features: np.ndarray, raw: list[np.ndarray], calibrated: list[np.ndarray]) -> None:
    with path.open("wb") as file:
        file.write(features.astype("<f4").tobytes())
        file.write(np.column_stack(raw).astype("<f4").tobytes())
        file.write(np.column_stack(calibrated).astype("<f8").tobytes())
