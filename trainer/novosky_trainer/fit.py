"""The whole of a training, from the matrix to files."""

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from .calibration import Table, apply_table, calibrate, calibrated, slope_max, table_of
from .ensemble import ensemble
from .export import assert_equal_to_library, export
from .matrix import Matrix, read_matrix
from .members import classifier, fitted, raw_probabilities
from .metrics import ensemble_metrics, member_metrics
from .parity import pick_rows, write_parity
from .progress import tell
from .request import CLASSES, MEMBERS, Request, read_request
from .split import Split, assert_no_label_crosses, chronological_split
from .thresholds import pick_thresholds
from .weights import sample_weights

PACKAGES = ("scikit-learn", "xgboost-cpu", "lightgbm", "numpy", "onnx", "skl2onnx", "onnxmltools")


@dataclass(frozen=True)
class Member:
    file: str
    sha256: str
    bytes: int
    onnx_difference: float
    raw: np.ndarray
    """The library's probabilities for every row of the matrix."""


def train(matrix_path: Path, request_path: Path, out: Path) -> None:
    """Writes `<member>.onnx`, `parity.bin` and `result.json` into `out`."""
    request = read_request(request_path)
    matrix = read_matrix(matrix_path, request.features)
    split = chronological_split(matrix.rows, request.horizon_bars, request.fit_share, request.calibrate_share)
    assert_no_label_crosses(split, matrix.time, matrix.label_end)
    tell("split", rows=matrix.rows, fit=length(split.fit), calibrate=length(split.calibrate), test=length(split.test))
    members = {name: fit_member(name, request, matrix, split, out) for name in MEMBERS}
    tell("calibrate")
    tables = {name: calibration_of(member.raw, matrix, split, request) for name, member in members.items()}
    answers = {name: calibrated(tables[name], member.raw) for name, member in members.items()}
    thresholds = pick_thresholds(ensemble([answers[name][split.calibrate] for name in MEMBERS]), request.signal_rate)
    tell("measure", **thresholds)
    rows = pick_rows(split.test, request.parity_rows)
    recorded = {name: member.raw[rows].astype(np.float32) for name, member in members.items()}
    write_parity(
        out / "parity.bin",
        matrix.features[rows],
        [recorded[name] for name in MEMBERS],
        [calibrated(tables[name], recorded[name]) for name in MEMBERS],
    )
    result = {
        "split": {name: slice_facts(getattr(split, name), matrix) for name in ("fit", "calibrate", "test")},
        "thresholds": thresholds,
        "members": {name: member_facts(members[name], tables[name]) for name in MEMBERS},
        "metrics": {
            name: measured(rows, matrix, answers, thresholds)
            for name, rows in (("calibrate", split.calibrate), ("test", split.test))
        },
        "parity_rows": len(rows),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    (out / "result.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n")
    tell("done")


def fit_member(name: str, request: Request, matrix: Matrix, split: Split, out: Path) -> Member:
    tell("fit", member=name)
    rows = split.fit
    weight = sample_weights(matrix.time[rows], matrix.label[rows], len(CLASSES), request.half_life_days)
    model = fitted(
        classifier(name, request.members[name], request.seed, request.threads),
        matrix.features[rows],
        matrix.label[rows],
        weight,
    )
    tell("export", member=name)
    path = out / f"{name}.onnx"
    path.write_bytes(export(model, len(request.features)).SerializeToString(deterministic=True))
    raw = raw_probabilities(model, matrix.features)
    difference = assert_equal_to_library(path, matrix.features, raw)
    content = path.read_bytes()
    return Member(path.name, hashlib.sha256(content).hexdigest(), len(content), difference, raw)


def calibration_of(raw: np.ndarray, matrix: Matrix, split: Split, request: Request) -> list[Table]:
    """One table per class, proven to say what scikit-learn's own regression says."""
    tables = []
    for index in range(len(CLASSES)):
        hit = matrix.label[split.calibrate] == index
        regression = calibrate(raw[split.calibrate, index], hit, request.calibration_step_share)
        table = table_of(regression)
        own, theirs = apply_table(table, raw[:, index]), regression.predict(raw[:, index])
        if not np.allclose(own, theirs, rtol=0, atol=1e-12):
            raise RuntimeError(f"the table of {CLASSES[index]} differs from scikit-learn's regression")
        tables.append(table)
    return tables


def member_facts(member: Member, tables: list[Table]) -> dict[str, object]:
    return {
        "file": member.file,
        "sha256": member.sha256,
        "bytes": member.bytes,
        "onnx_difference_max": member.onnx_difference,
        "calibration": dict(zip(CLASSES, tables)),
        "calibration_slope_max": max(slope_max(table) for table in tables),
    }


def measured(
    rows: slice, matrix: Matrix, answers: dict[str, np.ndarray], thresholds: dict[str, float]
) -> dict[str, object]:
    label = matrix.label[rows]
    return {
        "class_shares": {name: float((label == index).mean()) for index, name in enumerate(CLASSES)},
        "members": {name: member_metrics(answers[name][rows], label, thresholds) for name in MEMBERS},
        "ensemble": ensemble_metrics(ensemble([answers[name][rows] for name in MEMBERS]), label, thresholds),
    }


def slice_facts(rows: slice, matrix: Matrix) -> dict[str, int]:
    """Bars by their open, and when the last label of the slice was settled; unix seconds."""
    return {
        "rows": length(rows),
        "from": int(matrix.time[rows][0]),
        "to": int(matrix.time[rows][-1]),
        "settled": int(matrix.label_end[rows].max()),
    }


def length(rows: slice) -> int:
    return rows.stop - rows.start
