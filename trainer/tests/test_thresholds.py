import numpy as np
import pytest

from novosky_trainer.ensemble import HOLD, ensemble, votes
from novosky_trainer.metrics import ensemble_metrics, signal_metrics
from novosky_trainer.thresholds import pick_thresholds


def members(rows: int, seed: int) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    shared = chance.dirichlet((4, 4, 1), rows)
    return [0.7 * shared + 0.3 * chance.dirichlet((4, 4, 1), rows) for _ in range(3)]


@pytest.mark.parametrize("rate", [0.005, 0.02, 0.1])
def test_the_declared_share_of_bars_passes(rate: float) -> None:
    answer = ensemble(members(5_000, 2))
    thresholds = pick_thresholds(answer, rate)
    label = np.zeros(5_000, dtype=int)
    assert ensemble_metrics(answer, label, thresholds)["signals"] == round(rate * 5_000)
    assert thresholds["signal_rate_reached"] == pytest.approx(rate)


def test_a_rate_beyond_the_candidates_lets_all_of_them_through() -> None:
    answer = ensemble(members(500, 3))
    thresholds = pick_thresholds(answer, 0.999)
    assert thresholds["signal_rate_reached"] == pytest.approx(answer.is_candidate.mean())


def test_no_candidate_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing can become a signal"):
        pick_thresholds(ensemble([np.full((10, 3), 1 / 3)] * 3), 0.02)


@pytest.mark.parametrize(
    ("probabilities", "vote"),
    [
        ((0.5, 0.3, 0.2), 0),
        ((0.3, 0.5, 0.2), 1),
        ((0.2, 0.3, 0.5), HOLD),
        ((0.4, 0.4, 0.2), HOLD),
        ((0.4, 0.2, 0.4), HOLD),
        ((0.2, 0.4, 0.4), HOLD),
    ],
)
def test_a_shared_first_place_is_hold(probabilities: tuple[float, ...], vote: int) -> None:
    assert votes(np.array([probabilities]))[0] == vote


def test_one_member_alone_is_no_candidate() -> None:
    loud, quiet = np.array([[0.98, 0.01, 0.01]]), np.array([[0.33, 0.34, 0.33]])
    answer = ensemble([loud, quiet, quiet])
    assert answer.winner[0] == 0
    assert not answer.is_candidate[0]


def test_hits_are_labels_of_the_signalled_side() -> None:
    side, label = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2])
    figures = signal_metrics(side, np.array([True, True, True, False, False]), label)
    assert (figures["signals"], figures["hits"], figures["buys"], figures["sells"]) == (3, 2, 2, 1)
    assert figures["base_rate"] == pytest.approx((0.2 + 0.2 + 0.4) / 3)


def test_no_signal_has_no_hit_rate() -> None:
    assert signal_metrics(np.array([0]), np.array([False]), np.array([0]))["hit_rate"] is None
