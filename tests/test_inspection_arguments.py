"""Displays refuse wrong arguments before they make a figure."""

from pathlib import Path

import numpy as np
import pytest

from skvaeclust.inspection import (
    ClusterMapsDisplay,
    FieldMapsDisplay,
    ForecastSkillDisplay,
    FrequencyDisplay,
    LatentSpaceDisplay,
    LifeCyclesDisplay,
    LossCurveDisplay,
    MapGrid,
    ReliabilityDisplay,
    ResidenceTimesDisplay,
    SeparationDisplay,
    TimelineDisplay,
    TransitionsDisplay,
)
from skvaeclust.sequences import life_cycles, residence_times, transition_counts

plt = pytest.importorskip("matplotlib.pyplot")
DAYS = np.datetime64("2000-01-01") + np.arange(40)
LABELS = np.arange(40) // 4 % 3
FIELDS = np.random.default_rng(0).standard_normal((3, 2, 6, 8))
Z, MEANS = np.zeros((4, 2)), np.ones((2, 2))
INDEX = np.column_stack([np.sin(np.arange(40)), np.cos(np.arange(40))])
CYCLES = life_cycles(INDEX, time=DAYS, min_duration="1D")
RESIDENCE = residence_times(LABELS)


def maps(fields=FIELDS, titles=None, **params):
    return FieldMapsDisplay(fields, titles).plot(**params)


WRONG = {
    "path 'x.nc'. Open the file": lambda: maps("x.nc"),
    "got the text or path 'x.nc'": lambda: maps(Path("x.nc")),
    "labelled, got None": lambda: maps(None),
    "fields must be finite or NaN": lambda: maps(FIELDS * np.inf),
    "fields must be numbers": lambda: maps(FIELDS.astype(str)),
    r"at most 100 maps .*got the shape \(500,": lambda: maps(np.ones((500, 1, 3, 3))),
    "axes=3 must be matplotlib Axes, 3 expected": lambda: maps(axes=3),
    "plot has no parameter 'ax'. Expected .*axes": lambda: maps(ax=3),
    "got those of the projection 'polar'": lambda: maps(
        FIELDS[:1], axes=plt.figure(99).add_subplot(projection="polar")
    ),
    "levels=True must be": lambda: maps(levels=True),
    r"cmap=\['r', 'b'\] must be a Colormap": lambda: maps(cmap=["r", "b"]),
    "cmap='jett' must be a Colormap": lambda: maps(cmap="jett"),
    "channel=True must be an integer": lambda: maps(channel=True),
    r"arrows=\(0, 0\) must be two different": lambda: maps(arrows=(0, 0)),
    r"arrows=\(0.0, 1.0\) must be two": lambda: maps(arrows=(0.0, 1.0)),
    "significant must be True or False": lambda: FieldMapsDisplay(
        FIELDS, significant=FIELDS
    ).plot(),
    "weights must be fractions": lambda: ClusterMapsDisplay(FIELDS, [2, 3, 4]),
    "weights must have 3 values, got 2": lambda: ClusterMapsDisplay(FIELDS, [1, 0]),
    "xy_units=3 must be a str": lambda: MapGrid(xy_units=3),
    "x must be an array, got the text": lambda: MapGrid(x="lon"),
    "anomalies='no' must be True": lambda: MapGrid(anomalies="no"),
    "ax=3 must be matplotlib Axes": lambda: TimelineDisplay(LABELS).plot(ax=3),
    "names=3 must be 3 names": lambda: TimelineDisplay(LABELS).plot(names=3),
    "at most 100 clusters": lambda: TransitionsDisplay.from_labels(np.arange(500)),
    "alpha=95 must be": lambda: TransitionsDisplay.from_labels(LABELS, alpha=95),
    "trend='no' must be True": lambda: FrequencyDisplay.from_labels(
        LABELS, time=DAYS, trend="no"
    ),
    "table must be a result of frequencies": lambda: FrequencyDisplay(RESIDENCE).plot(),
    "result of residence_times, got array": lambda: ResidenceTimesDisplay(Z).plot(),
    "n_clusters=2 must be at least 3": lambda: ResidenceTimesDisplay(
        RESIDENCE, 2
    ).plot(),
    "probabilities must be between 0 and 1.* counts": lambda: TransitionsDisplay(
        transition_counts(LABELS)
    ).plot(),
    r"square matrix, got the shape \(4, 2\)": lambda: SeparationDisplay(Z).plot(),
    "curve must be history_": lambda: LossCurveDisplay([]).plot(),
    r"got {'Z': \(4, 2\), 'labels': \(2,\)": lambda: LatentSpaceDisplay(
        Z, [0, 1], MEANS, MEANS
    ).plot(),
    r"dims=\(0, 0\) must be two different": lambda: LatentSpaceDisplay(
        Z, [0, 1, 0, 1], MEANS, MEANS
    ).plot(dims=(0, 0)),
    "cycles must be a result of life_cycles": lambda: LifeCyclesDisplay(INDEX).plot(),
    "period='2000' must be a first and a last": lambda: LifeCyclesDisplay(CYCLES).plot(
        period="2000"
    ),
    "skill must be a result of forecast_skill": lambda: ForecastSkillDisplay(Z).plot(),
    "skill must be a result of forecast": lambda: ReliabilityDisplay.from_skill(Z),
    "result of ForecastSkill.reliability": lambda: ReliabilityDisplay(Z).plot(),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_named(message):
    before = plt.get_fignums()
    with pytest.raises((TypeError, ValueError), match=message):
        WRONG[message]()
    plt.close(99)
    assert plt.get_fignums() == before
