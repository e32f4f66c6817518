"""ONNX files that answer as the library does."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from lightgbm import LGBMClassifier
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
        exported = convert_lightgbm(model, initial_types=types, zipmap=False, target_opset=15)
    else:
        types = [(INPUT, ToolsFloat([None, columns]))]
        exported = convert_xgboost(model, initial_types=types, target_opset=15)
    return only_probabilities(exported)


def only_probabilities(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drops the label output: LightGBM's declares a shape that the runtime warns of, and nobody asks for it."""
    kept = [output for output in model.graph.output if output.name == OUTPUT]
    if len(kept) != 1:
        raise ExportError(f"expected an output named {OUTPUT}, got {[output.name for output in model.graph.output]}")
    del model.graph.output[:]
    model.graph.output.extend(kept)
    drop_unused_nodes(model)
    model.graph.name = "novosky"  # The converters draw a name: the same model would be another file each time.
    onnx.checker.check_model(model)
    return model


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
