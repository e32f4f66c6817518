import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from novosky_trainer.export import run
from novosky_trainer.fit import train
from novosky_trainer.matrix import MatrixError, read_matrix
from novosky_trainer.request import read_request

from synthetic import FEATURES, HORIZON_BARS, write_matrix, write_request


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("matrix") / "matrix.parquet"
    write_matrix(path)
    return path


def trained(matrix: Path, folder: Path, **changes: object) -> dict:
    folder.mkdir()
    write_request(folder / "request.json", **changes)
    train(matrix, folder / "request.json", folder)
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def first(matrix: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("training") / "first"
    return folder, trained(matrix, folder)


def test_the_files_answer_as_the_libraries(first: tuple[Path, dict]) -> None:
    _, result = first
    for member in result["members"].values():
        assert member["onnx_difference_max"] <= 1e-5


def test_two_trainings_of_the_same_matrix_are_the_same(first: tuple[Path, dict], matrix: Path, tmp_path: Path) -> None:
    folder, result = first
    again = trained(matrix, tmp_path / "again")
    assert again == result
    features = read_matrix(matrix, FEATURES).features[:500]
    for name in ("rf", "xgb", "lgb"):
        assert np.array_equal(run(folder / f"{name}.onnx", features), run(tmp_path / "again" / f"{name}.onnx", features))


def test_another_seed_is_another_model(first: tuple[Path, dict], matrix: Path, tmp_path: Path) -> None:
    _, result = first
    other = trained(matrix, tmp_path / "other", seed=12)
    assert other["members"]["rf"]["sha256"] != result["members"]["rf"]["sha256"]


def test_no_label_of_a_slice_is_settled_after_the_next_begins(first: tuple[Path, dict]) -> None:
    split = first[1]["split"]
    assert split["fit"]["settled"] <= split["calibrate"]["from"]
    assert split["calibrate"]["settled"] <= split["test"]["from"]


def test_the_test_slice_cannot_change_models_or_thresholds(
    first: tuple[Path, dict], matrix: Path, tmp_path: Path
) -> None:
    """Turning every label of the test slice around changes its figures and nothing else."""
    _, result = first
    table = pq.read_table(matrix)
    rows = result["split"]["test"]["rows"]
    label = table["label"].to_numpy().copy()
    label[-rows:] = 1 - np.minimum(label[-rows:], 1)
    turned = table.set_column(table.column_names.index("label"), "label", [label])
    pq.write_table(turned, tmp_path / "turned.parquet")
    other = trained(tmp_path / "turned.parquet", tmp_path / "turned")
    assert other["members"] == result["members"]
    assert other["thresholds"] == result["thresholds"]
    assert other["metrics"]["test"] != result["metrics"]["test"]


def test_it_learns_what_is_there(first: tuple[Path, dict]) -> None:
    figures = first[1]["metrics"]["test"]["ensemble"]
    assert figures["accuracy"] > 0.55
    assert figures["log_loss"] < np.log(3)


def test_recorded_rows_have_three_blocks(first: tuple[Path, dict]) -> None:
    folder, result = first
    assert (folder / "parity.bin").stat().st_size == result["parity_rows"] * (len(FEATURES) * 4 + 9 * 4 + 9 * 8)


def test_features_of_another_order_are_refused(matrix: Path) -> None:
    with pytest.raises(MatrixError, match="in order"):
        read_matrix(matrix, [*FEATURES[1:], FEATURES[0]])


def test_features_that_are_not_float32_are_refused(matrix: Path, tmp_path: Path) -> None:
    table = pq.read_table(matrix)
    pq.write_table(table.set_column(1, "f0", [table["f0"].to_numpy().astype(np.float64)]), tmp_path / "wide.parquet")
    with pytest.raises(MatrixError, match="float32"):
        read_matrix(tmp_path / "wide.parquet", FEATURES)


def test_a_feature_that_is_not_finite_is_refused(matrix: Path, tmp_path: Path) -> None:
    table = pq.read_table(matrix)
    broken = table["f0"].to_numpy().copy()
    broken[17] = np.nan
    pq.write_table(table.set_column(1, "f0", [broken]), tmp_path / "nan.parquet")
    with pytest.raises(MatrixError, match="finite"):
        read_matrix(tmp_path / "nan.parquet", FEATURES)


def test_an_unknown_key_of_the_request_is_refused(tmp_path: Path) -> None:
    write_request(tmp_path / "request.json", learning_rate=0.1)
    with pytest.raises(ValueError, match="learning_rate"):
        read_request(tmp_path / "request.json")


def test_the_horizon_is_the_purge(first: tuple[Path, dict]) -> None:
    split = first[1]["split"]
    assert split["calibrate"]["from"] - split["fit"]["to"] == 900 * (HORIZON_BARS + 1)
