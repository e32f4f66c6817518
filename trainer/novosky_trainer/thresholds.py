"""Confidence and gap for a declared signal rate."""

import numpy as np

from .ensemble import Ensemble

CONFIDENCE_SLACK = 1.25
"""How much of the declared rate the confidence alone lets through; the gap takes the rest."""


def pick_thresholds(answer: Ensemble, signal_rate: float) -> dict[str, float]:
    """Thresholds that let `signal_rate` of the bars of this slice through, or as near as ties allow, never less
    unless there are not that many candidates."""
    rows = len(answer.mean)
    candidates = answer.is_candidate
    confidence_min = least_of_top(answer.confidence[candidates], round(CONFIDENCE_SLACK * signal_rate * rows))
    confident = candidates & (answer.confidence >= confidence_min)
    gap_min = least_of_top(answer.gap[confident], round(signal_rate * rows))
    signals = confident & (answer.gap >= gap_min)
    return {
        "confidence_min": confidence_min,
        "gap_min": gap_min,
        "signal_rate": signal_rate,
        "signal_rate_reached": float(signals.mean()),
    }


def least_of_top(values: np.ndarray, count: int) -> float:
    """The smallest of the `count` largest values."""
    if len(values) == 0:
        raise ValueError("no bar of the calibration slice has two members on one side: nothing can become a signal")
    ranked = np.sort(values)[::-1]
    return float(ranked[min(max(count, 1), len(ranked)) - 1])
