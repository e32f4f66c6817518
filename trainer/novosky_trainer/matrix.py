"""The matrix that TypeScript wrote: one row per closed bar, oldest first."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


class MatrixError(ValueError):
    """The file is not a matrix of this request."""


@dataclass(frozen=True)
class Matrix:
    time: np.ndarray
    """When the bar opened, unix seconds."""
    label_end: np.ndarray
    """When the last bar that the label looked at closed, unix seconds."""
    features: np.ndarray
    """float32: what the runtime will compare in, so a threshold never lies between two spellings of one value."""
    label: np.ndarray
    """Index into `CLASSES`."""

    @property
    def rows(self) -> int:
        return len(self.time)


def read_matrix(path: Path, features: list[str]) -> Matrix:
    table = pq.read_table(path)
    expected = ["time", *features, "label", "label_end", "atr"]
    if table.column_names != expected:
        raise MatrixError(f"{path}: columns must be time, the requested features in order, label, label_end, atr")
    wrong = [name for name in features if table.schema.field(name).type != pa.float32()]
    if wrong:
        raise MatrixError(f"{path}: features must be float32, {wrong[0]} is {table.schema.field(wrong[0]).type}")
    matrix = Matrix(
        time=table["time"].to_numpy().astype(np.int64),
        label_end=table["label_end"].to_numpy().astype(np.int64),
        features=np.ascontiguousarray(np.column_stack([table[name].to_numpy() for name in features])),
        label=table["label"].to_numpy().astype(np.int64),
    )
    return checked(matrix, path)


def checked(matrix: Matrix, path: Path) -> Matrix:
    if matrix.rows == 0:
        raise MatrixError(f"{path}: no rows")
    if not np.isfinite(matrix.features).all():
        raise MatrixError(f"{path}: a feature is not finite")
    if not (np.diff(matrix.time) > 0).all():
        raise MatrixError(f"{path}: time must rise from row to row")
    if not np.isin(matrix.label, (0, 1, 2)).all():
        raise MatrixError(f"{path}: labels must be 0, 1 or 2")
    return matrix
