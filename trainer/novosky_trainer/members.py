"""The three models, each by its own library, each with fixed chance and threads."""

from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

Classifier = RandomForestClassifier | XGBClassifier | LGBMClassifier


def classifier(name: str, parameters: dict[str, Any], seed: int, threads: int) -> Classifier:
    if name == "rf":
        return RandomForestClassifier(**parameters, random_state=seed, n_jobs=threads)
    if name == "xgb":
        return XGBClassifier(
            **parameters, objective="multi:softprob", tree_method="hist", random_state=seed, n_jobs=threads
        )
    if name == "lgb":
        return LGBMClassifier(
            **parameters,
            objective="multiclass",
            deterministic=True,
            force_row_wise=True,
            random_state=seed,
            n_jobs=threads,
            verbose=-1,
        )
    raise ValueError(f"no such member: {name}")


def fitted(model: Classifier, features: np.ndarray, label: np.ndarray, weight: np.ndarray) -> Classifier:
    model.fit(features, label, sample_weight=weight)
    if isinstance(model, RandomForestClassifier):
        # A forest adds its trees up in the order in which threads finish: on one thread the bits are always the same.
        model.n_jobs = 1
    return model


def raw_probabilities(model: Classifier, features: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict_proba(features), dtype=np.float64)
