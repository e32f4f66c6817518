from pathlib import Path

import numpy as np
import pytest
from lightgbm import LGBMClassifier

from novosky_trainer.export import ExportError, assert_equal_to_library, export, floored
from novosky_trainer.members import classifier, fitted, raw_probabilities


def neighbours(rows: int) -> np.ndarray:
    """Values as near to each other as float32 allows: every threshold lies between two of them."""
    first = np.float32(1.0)
    column = [first]
    for _ in range(15):
        column.append(np.nextafter(column[-1], np.float32(2)))
    return np.resize(np.array(column, dtype=np.float32), (rows, 1))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("rf", {"n_estimators": 10, "max_depth": 6}),
        ("xgb", {"n_estimators": 5, "max_depth": 6}),
        ("lgb", {"n_estimators": 5, "num_leaves": 15, "min_child_samples": 1}),
    ],
)
def test_a_threshold_between_two_neighbouring_floats_keeps_its_sides(
    name: str, parameters: dict[str, int], tmp_path: Path
) -> None:
    features = neighbours(1_600)
    label = np.resize(np.array([0, 1, 2, 0, 2, 1, 1, 0, 0, 2, 1, 2, 0, 1, 2, 0]), 1_600)
    model = fitted(classifier(name, parameters, 1, 1), features, label, np.ones(1_600))
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(export(model, 1).SerializeToString())
    assert_equal_to_library(path, features, raw_probabilities(model, features))


def test_a_threshold_is_rounded_down() -> None:
    exact = 0.7517863214015962
    assert float(np.float32(exact)) > exact
    rounded = float(floored(repr(exact)))
    assert rounded <= exact
    assert rounded == float(np.float32(rounded))
    assert float(np.nextafter(np.float32(rounded), np.float32(np.inf))) > exact


def test_a_file_that_answers_otherwise_is_refused(tmp_path: Path) -> None:
    features = np.random.default_rng(3).normal(size=(500, 2)).astype(np.float32)
    label = np.random.default_rng(4).integers(0, 3, 500)
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(features, label)
    path = tmp_path / "lgb.onnx"
    path.write_bytes(export(model, 2).SerializeToString())
    library = raw_probabilities(model, features)
    library[17, 0] += 1e-4
    with pytest.raises(ExportError, match="differs from the library"):
        assert_equal_to_library(path, features, library)
