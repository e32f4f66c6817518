"""Figures of one slice."""

import numpy as np
from sklearn.metrics import f1_score

from .ensemble import HOLD, Ensemble, votes
from .request import CLASSES

LEAST_PROBABILITY = 1e-9
"""A class that a model calls impossible must not make the log loss infinite."""


def class_metrics(probabilities: np.ndarray, label: np.ndarray) -> dict[str, object]:
    """Accuracy, log loss, Brier score (sum over the classes, 0 to 2), macro-F1 and precision per class."""
    said = votes(probabilities)
    truth = np.eye(len(CLASSES))[label]
    of_truth = np.clip(probabilities[np.arange(len(label)), label], LEAST_PROBABILITY, 1.0)
    return {
        "rows": len(label),
        "accuracy": float((said == label).mean()),
        "log_loss": float(-np.log(of_truth).mean()),
        "brier": float(((probabilities - truth) ** 2).sum(axis=1).mean()),
        "macro_f1": float(f1_score(label, said, labels=[0, 1, 2], average="macro", zero_division=0)),
        "precision": {name: precision(said == index, label == index) for index, name in enumerate(CLASSES)},
    }


def precision(said: np.ndarray, is_so: np.ndarray) -> float | None:
    """Share of what was said that was so; nothing said, no precision."""
    return float(is_so[said].mean()) if said.any() else None


def signal_metrics(side: np.ndarray, is_signal: np.ndarray, label: np.ndarray) -> dict[str, object]:
    """Signals and how often the label was the signalled side. `base_rate` is what the same sides would have reached
    on bars drawn blindly from the slice: a hit rate means something only beside it."""
    count = int(is_signal.sum())
    sides = side[is_signal]
    shares = np.bincount(label, minlength=len(CLASSES)) / len(label)
    return {
        "signals": count,
        "buys": int((sides == 0).sum()),
        "sells": int((sides == 1).sum()),
        "hits": int((sides == label[is_signal]).sum()),
        "hit_rate": float((sides == label[is_signal]).mean()) if count else None,
        "base_rate": float(shares[sides].mean()) if count else None,
    }


def member_metrics(probabilities: np.ndarray, label: np.ndarray, thresholds: dict[str, float]) -> dict[str, object]:
    """One member as if it decided alone."""
    ranked = np.sort(probabilities, axis=1)
    said = votes(probabilities)
    is_signal = passes(said, ranked[:, -1], ranked[:, -1] - ranked[:, -2], thresholds)
    return {**class_metrics(probabilities, label), **signal_metrics(said, is_signal, label)}


def ensemble_metrics(answer: Ensemble, label: np.ndarray, thresholds: dict[str, float]) -> dict[str, object]:
    is_signal = answer.is_candidate & passes(answer.winner, answer.confidence, answer.gap, thresholds)
    return {**class_metrics(answer.mean, label), **signal_metrics(answer.winner, is_signal, label)}


def passes(said: np.ndarray, confidence: np.ndarray, gap: np.ndarray, thresholds: dict[str, float]) -> np.ndarray:
    return (said != HOLD) & (confidence >= thresholds["confidence_min"]) & (gap >= thresholds["gap_min"])
