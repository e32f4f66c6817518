"""What TypeScript asks for: the one input beside the matrix."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

CLASSES = ("buy", "sell", "hold")
"""The order of labels and of every probability column: label 0 is buy."""

MEMBERS = ("rf", "xgb", "lgb")


@dataclass(frozen=True)
class Request:
    features: list[str]
    features_hash: str
    horizon_bars: int
    seed: int
    threads: int
    signal_rate: float
    half_life_days: float
    fit_share: float
    calibrate_share: float
    calibration_step_share: float
    parity_rows: int
    members: dict[str, dict[str, Any]]


def read_request(path: Path) -> Request:
    content = json.loads(path.read_text())
    expected = {field.name for field in fields(Request)}
    if set(content) != expected:
        raise ValueError(f"{path}: keys differ from the expected by {sorted(set(content) ^ expected)}")
    request = Request(**content)
    if set(request.members) != set(MEMBERS):
        raise ValueError(f"{path}: members must be {MEMBERS}, were {sorted(request.members)}")
    return request
