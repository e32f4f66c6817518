"""Three slices in the order of time, with a purge between them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Split:
    fit: slice
    calibrate: slice
    test: slice


def chronological_split(rows: int, purge: int, fit_share: float, calibrate_share: float) -> Split:
    """`purge` rows are left out after the fit slice and after the calibration slice, so that no label of one slice
    looks at a bar of the next. The shares are of what remains."""
    usable = rows - 2 * purge
    fit = int(usable * fit_share)
    calibrate = int(usable * calibrate_share)
    test = usable - fit - calibrate
    if min(fit, calibrate, test) < 1:
        raise ValueError(f"{rows} rows are too few for three slices with {purge} rows between them")
    begin_calibrate = fit + purge
    begin_test = begin_calibrate + calibrate + purge
    return Split(slice(0, fit), slice(begin_calibrate, begin_calibrate + calibrate), slice(begin_test, rows))


def assert_no_label_crosses(split: Split, time: np.ndarray, label_end: np.ndarray) -> None:
    """The data itself has to show it: every label is settled before the first bar of the next slice opens."""
    for earlier, later in ((split.fit, split.calibrate), (split.calibrate, split.test)):
        settled, opens = label_end[earlier].max(), time[later].min()
        if settled > opens:
            raise ValueError(f"a label is settled at {settled}, the next slice begins at {opens}")
