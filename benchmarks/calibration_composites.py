"""Error rates of the tests of composites, on fields that do not depend on the clusters.

``rows(trials)`` returns the table; ``benchmarks/calibration.py`` prints it with those
of other statistics. Seeds start at 1000.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter
from scipy.signal import lfilter

from skvaeclust.composites import lead_lag_composites

FIRST_SEED = 1000
EQUAL, RARE = [0.25] * 4, [0.5, 0.3, 0.17, 0.03]
WINTERS, SPELLS = [90] * 10, [10] * 90
HEIGHT, WIDTH = 8, 12

# lag-one correlation of the fields, probability that a label stays, and the rest
SETTINGS = {
    f"fields {rho}, labels {stay}": {"rho": rho, "stay": stay}
    for rho in (0.0, 0.6, 0.9)
    for stay in (0.0, 0.8, 0.95)
}
RED = {"rho": 0.9, "stay": 0.95}
MILD = {"rho": 0.6, "stay": 0.8}
SETTINGS |= {
    "fields 0.9, labels 0.95, one record of 900 days": RED | {"parts": [900]},
    "fields 0.9, labels 0.95, 90 spells of 10 days": RED | {"parts": SPELLS},
    "fields 0.9, labels 0.95, a cluster of 3 %": RED | {"frequency": RARE},
    "fields 0.6, labels 0.8, a cluster of 3 %": MILD | {"frequency": RARE},
    "fields 0.9, labels 0.95, two components": RED | {"channels": 2},
    "fields 0.6, labels 0.8, two components": MILD | {"channels": 2},
    "fields 0.9, labels 0.95, a fifth of the samples -1": RED | {"without": 0.2},
    "fields 0.9, labels 0.95, 150 days": RED | {"parts": [150]},
    "fields 0.6, labels 0.8, 150 days": MILD | {"parts": [150]},
    "fields 0.6, labels 0.8, 60 days": MILD | {"parts": [60]},
    "fields 0.6 and slow, labels 0.95": MILD | {"stay": 0.95, "slow": 0.97},
    "fields 0.6, 5 events": {"rho": 0.6, "events": 5},
    "fields 0.6, 1 event": {"rho": 0.6, "events": 1},
    "skewed fields 0.6, labels 0.8": MILD | {"skewed": True},
    "skewed fields 0.6, 20 events": {"rho": 0.6, "events": 20, "skewed": True},
    "skewed fields 0.6, 5 events": {"rho": 0.6, "events": 5, "skewed": True},
    "fields 0.6, labels 0.8, variance 1.5 in a cluster": MILD | {"variance": 1.5},
}


def make_chain(parts, stay, frequency, rng):
    """Return labels that stay, or else are sampled independently by frequency."""
    new = rng.random(sum(parts)) >= stay
    new[np.cumsum([0, *parts[:-1]])] = True
    sampled = rng.choice(len(frequency), size=len(new), p=frequency)
    return sampled[np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))]


def make_fields(parts, rho, channels, rng):
    """Return red noise of unit variance, smooth in space, without memory over gaps."""
    records = []
    for n in parts:
        noise = rng.standard_normal((n, channels, HEIGHT, WIDTH))
        noise = gaussian_filter(noise, (0, 0, 1.5, 1.5))
        noise[1:] *= np.sqrt(1 - rho**2)
        records.append(lfilter([1], [1, -rho], noise, axis=0))
    record = np.concatenate(records)
    return record / record.std()


def try_once(
    seed,
    *,
    rho,
    stay=0.0,
    parts=WINTERS,
    frequency=EQUAL,
    channels=1,
    without=0.0,
    slow=None,
    events=None,
    skewed=False,
    variance=1.0,
):
    """Return the fractions of points with p < 0.05, by cluster, and any dot."""
    rng = np.random.default_rng(seed)
    record = make_fields(parts, rho, channels, rng)
    if slow is not None:
        record += 0.7 * make_fields(parts, slow, channels, rng)
    if skewed:
        record = np.exp(record)
    time = np.concatenate([1000 * i + np.arange(n) for i, n in enumerate(parts)])
    where = np.arange(len(record))
    if events is not None:
        where = np.sort(rng.choice(len(record), events, replace=False))
        groups = np.zeros(events, dtype=int)
    else:
        groups = make_chain(parts, stay, frequency, rng)
        groups[rng.random(len(groups)) < without] = -1
        record[groups == 0] *= np.sqrt(variance)
    found = lead_lag_composites(record, where, groups, [0], time=time)
    p = found.p_values[:, 0, 0]
    known = np.isfinite(p).all(axis=(1, 2))
    size = (p[known] < 0.05).mean(axis=(1, 2))
    return size, size[-1:], found.significant.any()


def rows(trials=400):
    """Return the error rates.

    Parameters
    ----------
    trials : int, default=400
        Number of records per setting.

    Returns
    -------
    table : pandas.DataFrame
        Columns "part", "setting", "figure", "value" and "asked".
    """
    table = []
    for setting, params in SETTINGS.items():
        seeds = range(FIRST_SEED, FIRST_SEED + trials)
        sizes, last, dots = zip(*(try_once(s, **params) for s in seeds), strict=True)
        last_only = params.get("frequency") is RARE
        asked = "at most 0.07" if params.get("skewed") else "0.03 to 0.07"
        size = np.concatenate(last if last_only else sizes).mean()
        name = "points of the rare cluster" if last_only else "points"
        figures = {
            f"{name} with p < 0.05": (size, asked),
            "figures with any significant point": (np.mean(dots), "at most 0.05"),
        }
        table += [
            ("composites", setting, key, *found) for key, found in figures.items()
        ]
    return pd.DataFrame(table, columns=["part", "setting", "figure", "value", "asked"])


if __name__ == "__main__":
    print(rows().to_string())
