"""ONNX files that answer as the library does."""

import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from lightgbm import Booster, LGBMClassifier
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType as SklFloat
from sklearn.ensemble import RandomForestClassifier

from .members import Classifier

INPUT = "features"
OUTPUT = "probabilities"
TOLERANCE = 1e-5


class ExportError(RuntimeError):
    """The exported file does not answer as the library does."""


def export(model: Classifier, columns: int) -> onnx.ModelProto:
    """The model as ONNX: one input (`features`, float32, any number of rows), one output (`probabilities`)."""
    if isinstance(model, RandomForestClassifier):
        types = [(INPUT, SklFloat([None, columns]))]
        exported = to_onnx(model, initial_types=types, options={id(model): {"zipmap": False}}, target_opset=17)
    elif isinstance(model, LGBMClassifier):
        types = [(INPUT, ToolsFloat([None, columns]))]
        exported = convert_lightgbm(with_float32_thresholds(model), initial_types=types, zipmap=False, target_opset=15)
    else:
        types = [(INPUT, ToolsFloat([None, columns]))]
        exported = convert_xgboost(model, initial_types=types, target_opset=15)
    return only_probabilities(exported)


def with_float32_thresholds(model: LGBMClassifier) -> Booster:
    """The same decisions with thresholds that float32 can hold.

    LightGBM keeps them as float64. The converter rounds them to the nearest float32, and where that is upwards a row
    that lay just above its threshold changes sides. Rounded down nothing changes: a float32 is at most `t` exactly
    when it is at most the largest float32 that is.
    """
    text = model.booster_.model_to_string()
    text = re.sub(r"(?m)^threshold=(.+)$", lambda line: "threshold=" + floored(line[1]), text)
    # The sizes of the trees in characters: optional, and no longer true.
    return Booster(model_str=re.sub(r"(?m)^tree_sizes=.*\n", "", text))


def floored(thresholds: str) -> str:
    exact = np.array(thresholds.split(" "), dtype=np.float64)
    nearest = exact.astype(np.float32)
    below = np.where(nearest.astype(np.float64) > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)
    return " ".join(repr(float(value)) for value in below)


def only_probabilities(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drops the label output: LightGBM's declares a shape that the runtime warns of, and nobody asks for it."""
    kept = [output for output in model.graph.output if output.name == OUTPUT]
    if len(kept) != 1:
        raise ExportError(f"expected an output named {OUTPUT}, got {[output.name for output in model.graph.output]}")
    del model.graph.output[:]
    model.graph.output.extend(kept)
    drop_unused_nodes(model)
    make_reproducible(model)
    onnx.checker.check_model(model)
    return model


def make_reproducible(model: onnx.ModelProto) -> None:
    """The converters draw a name and list operator sets in any order: the same model would be another file each time."""
    model.graph.name = "novosky"
    imports = sorted(model.opset_import, key=lambda each: each.domain)
    copies = [onnx.helper.make_opsetid(each.domain, each.version) for each in imports]
    del model.opset_import[:]
    model.opset_import.extend(copies)


def drop_unused_nodes(model: onnx.ModelProto) -> None:
    while True:
        wanted = {name for node in model.graph.node for name in node.input} | {OUTPUT}
        unused = [node for node in model.graph.node if wanted.isdisjoint(node.output)]
        if not unused:
            return
        for node in unused:
            model.graph.node.remove(node)


def run(path: Path, features: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    return session.run([OUTPUT], {INPUT: features})[0].astype(np.float64)


def assert_equal_to_library(path: Path, features: np.ndarray, library: np.ndarray) -> float:
    """The largest difference of a probability, refused when it is above 1e-5."""
    difference = float(np.abs(run(path, features) - library).max())
    if not difference <= TOLERANCE:
        raise ExportError(f"{path.name} differs from the library by {difference}, allowed is {TOLERANCE}")
    return difference
