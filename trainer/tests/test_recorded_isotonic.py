import json

import numpy as np
import pytest

from recorded_isotonic import PATH, cases

RECORDED = json.loads(PATH.read_text())


@pytest.mark.parametrize(("recorded", "now"), list(zip(RECORDED, cases())), ids=[case["name"] for case in RECORDED])
def test_the_record_is_what_scikit_learn_says(recorded: dict, now: dict) -> None:
    for axis in ("x", "y"):
        assert recorded["table"][axis] == pytest.approx(now["table"][axis], abs=1e-12)
    assert np.allclose(recorded["answered"], now["answered"], rtol=0, atol=1e-12)
