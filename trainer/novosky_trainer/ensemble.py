"""How the members' probabilities become one answer, as the engine does it."""

from dataclasses import dataclass

import numpy as np

HOLD = 2


@dataclass(frozen=True)
class Ensemble:
    mean: np.ndarray
    """Mean of the members' calibrated probabilities."""
    winner: np.ndarray
    """The class of the highest mean."""
    agreeing: np.ndarray
    """How many members vote for the winner."""

    @property
    def confidence(self) -> np.ndarray:
        return self.mean.max(axis=1)

    @property
    def gap(self) -> np.ndarray:
        ranked = np.sort(self.mean, axis=1)
        return ranked[:, -1] - ranked[:, -2]

    @property
    def is_candidate(self) -> np.ndarray:
        """Two members agree on a side: what is left to decide is whether it is clear enough."""
        return (self.winner != HOLD) & (self.agreeing >= 2)


def votes(probabilities: np.ndarray) -> np.ndarray:
    """The class that stands above both others; where the highest is shared, hold."""
    ranked = np.sort(probabilities, axis=1)
    is_shared = ranked[:, -1] == ranked[:, -2]
    return np.where(is_shared, HOLD, probabilities.argmax(axis=1))


def ensemble(members: list[np.ndarray]) -> Ensemble:
    total = members[0]
    for member in members[1:]:
        total = total + member
    mean = total / len(members)
    winner = votes(mean)
    agreeing = sum((votes(member) == winner).astype(int) for member in members)
    return Ensemble(mean, winner, agreeing)
