"""Coverage of intervals and error rates of tests of labels in time.

``rows(trials)`` returns the table; ``benchmarks/calibration.py`` prints it with those
of other statistics. Seeds start at 1000.
"""

import warnings
from functools import partial

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from skvaeclust.sequences import (
    frequencies,
    frequency_trends,
    persistence,
    preferred_transitions,
    residence_times,
    smooth_probabilities,
)
from skvaeclust.sequences._transitions import _quasi_independent

FIRST_SEED = 1000
RARE = np.array([0.5, 0.32, 0.15, 0.03])
COVERAGE, SIZE = "0.93 to 0.98", "0.03 to 0.07"


def draw_chain(n_samples, stay, frequency, rng):
    """Return labels that stay, or else are drawn by frequency.

    ``frequency`` may have one row per sample.
    """
    new = rng.random(n_samples) >= stay
    new[0] = True
    limits = np.broadcast_to(np.cumsum(frequency, axis=-1), (n_samples, 4))
    drawn = (rng.random((n_samples, 1)) > limits).sum(axis=1).clip(max=3)
    return drawn[np.maximum.accumulate(np.where(new, np.arange(n_samples), 0))]


def draw_runs(n_samples, draw_length, rng):
    """Return labels whose runs have lengths of any distribution."""
    labels, k, n_before = [], 0, 300
    while len(labels) < n_samples + n_before:
        labels += [k] * draw_length(rng)
        others = np.where(np.arange(4) == k, 0, RARE)
        k = rng.choice(4, p=others / others.sum())
    return np.array(labels[n_before : n_samples + n_before])


def join(n_records, draw):
    """Return labels of records that are independent."""
    return np.concatenate([draw() for _ in range(n_records)])


def winters(n_winters=10):
    """Return the days of winters."""
    firsts = [np.datetime64(f"{2000 + i}-12-01") for i in range(n_winters)]
    return np.concatenate([first + np.arange(90) for first in firsts])


LENGTHS = {  # distributions of the lengths of runs, and the fraction of at least d
    "Markov": (lambda rng: rng.geometric(0.2), lambda d: 0.8 ** (d - 1)),
    "a mixture of short and long runs": (
        lambda rng: rng.geometric(0.5 if rng.random() < 0.6 else 0.08),
        lambda d: 0.6 * 0.5 ** (d - 1) + 0.4 * 0.92 ** (d - 1),
    ),
    "regular runs of 4 to 6": (
        lambda rng: int(rng.integers(4, 7)),
        lambda d: np.clip((7 - d) / 3, 0, 1),
    ),
}


def settings_of_frequencies():
    """Return functions that draw labels, their times, and the true frequencies."""

    def chain(n, stay):
        return lambda rng: (draw_chain(n, stay, RARE, rng), None)

    def in_winters(stay):
        return lambda rng: (
            join(10, lambda: draw_chain(90, stay, RARE, rng)),
            winters(),
        )

    def with_missing_days(rng):
        kept = rng.random(1000) > 0.1
        return draw_chain(1000, 0.9, RARE, rng)[kept], np.flatnonzero(kept)

    def without_cluster(rng):
        labels = draw_chain(900, 0.9, RARE, rng)
        return np.where(rng.random(900) < 0.1, -1, labels), None

    def flickering(rng):
        noise = rng.standard_normal((1200, 4))
        red = lfilter([1], [1, -0.95], noise, axis=0)[300:] * np.sqrt(1 - 0.95**2)
        return red.argmax(axis=1), None

    found = {
        f"900 days, stay {stay}": (chain(900, stay), RARE) for stay in (0.0, 0.8, 0.95)
    }
    found |= {
        f"ten winters, stay {stay}": (in_winters(stay), RARE) for stay in (0.8, 0.95)
    }
    return found | {
        "300 days, stay 0.95": (chain(300, 0.95), RARE),
        "100 days, stay 0.8": (chain(100, 0.8), RARE),
        "a tenth of the days missing, stay 0.9": (with_missing_days, RARE),
        "a tenth of the labels -1, stay 0.9": (without_cluster, 0.9 * RARE),
        "largest of 4 red series, lag one 0.95": (flickering, np.full(4, 0.25)),
    }


def rows_of_frequencies(trials):
    """Return the coverage of intervals of frequencies."""
    for setting, (draw, true) in settings_of_frequencies().items():
        covered, by_winter = [], []
        for seed in range(FIRST_SEED, FIRST_SEED + trials):
            labels, time = draw(np.random.default_rng(seed))
            table = frequencies(labels, time=time, n_clusters=4)
            covered.append((table["low"] <= true) & (true <= table["high"]))
            if setting.startswith("ten winters"):
                table = frequencies(labels, time=time, n_clusters=4, by="winter")
                of_all = np.tile(true, 10)
                by_winter.append((table["low"] <= of_all) & (of_all <= table["high"]))
        yield setting, "frequency, all clusters", np.mean(covered), COVERAGE
        if true is not None and true.min() < 0.04:
            rare = np.mean(covered, axis=0)[-1]
            yield setting, "frequency, cluster of 3 %", rare, COVERAGE
        if by_winter:
            yield setting, "frequency of single winters", np.mean(by_winter), COVERAGE


def annual_cycle(days):
    """Return frequencies by day, two of which have an annual cycle."""
    month = days.astype("M8[M]").astype(int) % 12
    cycle = 0.3 + 0.25 * np.cos(2 * np.pi * month / 12)
    return np.column_stack([cycle, 0.6 - cycle, 0 * cycle + 0.37, 0 * cycle + 0.03])


def rows_of_seasons(trials):
    """Return the coverage of intervals of seasons."""
    for n_years in (4, 12):
        days = np.arange("2000", str(2000 + n_years), dtype="M8[D]")
        by_day = annual_cycle(days)
        month = days.astype("M8[M]").astype(int) % 12
        season = np.array(["DJF", "MAM", "JJA", "SON"])[(month + 1) % 12 // 3]
        for stay in (0.8, 0.95):
            start = stay * by_day[:1]  # labels lag behind the frequencies
            mean, _ = lfilter([1 - stay], [1, -stay], by_day, axis=0, zi=start)
            true = [mean[season == name].mean(axis=0) for name in np.unique(season)]
            true, covered = np.concatenate(true), []
            for seed in range(FIRST_SEED, FIRST_SEED + trials):
                rng = np.random.default_rng(seed)
                labels = draw_chain(len(days), stay, by_day, rng)
                found = frequencies(labels, time=days, by="season", n_clusters=4)
                covered.append((found["low"] <= true) & (true <= found["high"]))
            setting = f"{n_years} years, annual cycle, stay {stay}"
            yield setting, "frequency of seasons", np.mean(covered), COVERAGE


def settings_of_trends():
    """Return functions that draw labels without a trend, and their days."""
    incomplete = np.arange("2000-03-15", "2012-10-10", dtype="M8[D]")
    by_day = annual_cycle(incomplete)
    kept = np.random.default_rng(0).random(len(incomplete)) > 0.2

    def independent(n_winters, stay):
        return (
            lambda rng: join(n_winters, lambda: draw_chain(90, stay, RARE, rng)),
            winters(n_winters),
        )

    def dependent(n_winters, correlation):
        def draw(rng):
            noise = rng.standard_normal((n_winters + 30, 4))
            noise *= np.sqrt(1 - correlation**2)
            red = lfilter([1], [1, -correlation], noise, axis=0)[30:]
            of_years = np.array([0.3, 0.3, 0.25, 0.15]) * np.exp(0.6 * red)
            of_years /= of_years.sum(axis=1, keepdims=True)
            return np.concatenate([draw_chain(90, 0.8, f, rng) for f in of_years])

        return draw, winters(n_winters)

    def without_cluster(rng):
        labels = draw_chain(900, 0.8, RARE, rng)
        return np.where(rng.random(900) < 0.15, -1, labels)

    found = {
        f"ten winters, stay {stay}": independent(10, stay) for stay in (0.0, 0.8, 0.95)
    }
    found |= {
        "thirty winters, stay 0.8": independent(30, 0.8),
        "ten winters, 15 % of the labels -1": (without_cluster, winters()),
        "13 years, first and last incomplete, annual cycle": (
            lambda rng: draw_chain(len(incomplete), 0.8, by_day, rng),
            incomplete,
        ),
        "the same, a fifth of the days missing": (
            lambda rng: draw_chain(kept.sum(), 0.8, by_day[kept], rng),
            incomplete[kept],
        ),
    }
    return found | {
        f"{n} winters, correlation of years {rho}": dependent(n, rho)
        for n in (10, 20, 40)
        for rho in (0.3, 0.6)
    }


def rows_of_trends(trials):
    """Return how often intervals of trends contain 0."""
    for setting, (draw, time) in settings_of_trends().items():
        covered = []
        for seed in range(FIRST_SEED, FIRST_SEED + trials):
            labels = draw(np.random.default_rng(seed))
            table = frequency_trends(labels, time=time, n_clusters=4)
            covered.append((table["low"] <= 0) & (table["high"] >= 0))
        yield setting, "trend, all clusters", np.mean(covered), COVERAGE
        if "correlation" not in setting:
            rare = np.mean(covered, axis=0)[-1]
            yield setting, "trend, cluster of 3 %", rare, COVERAGE


def rows_of_residence_times(trials):
    """Return the coverage and the bias of the survival, and the power of the test."""
    time, durations = winters(), np.array([2, 4, 6])
    for name, (draw_length, survival) in LENGTHS.items():
        setting, true = f"ten winters, {name}", survival(durations)
        covered, errors, chain, p_values = [], [], [], []
        for seed in range(FIRST_SEED, FIRST_SEED + trials):
            rng = np.random.default_rng(seed)
            labels = join(10, partial(draw_runs, 90, draw_length, rng))
            table = residence_times(labels, time=time, n_clusters=4)
            for k in range(3):
                found = table.loc[k].reindex(durations)
                inside = (found["low"] <= true) & (true <= found["high"])
                covered.append(inside[found["low"].notna()].tolist())
                errors.append(found["survival"].fillna(0) - true)
                chain.append(found["geometric_survival"] - true)
            p_values.append(one_test(labels, time, seed))
        inside = np.mean(np.concatenate(covered))
        yield setting, "survival at 2, 4 and 6 days", inside, COVERAGE
        for label, values in (("survival", errors), ("Markov chain", chain)):
            bias = np.abs(np.nanmean(values, axis=0)).max()
            yield setting, f"largest bias at these durations, {label}", bias, ""
        size = np.nanmean(np.where(np.isnan(p_values), np.nan, np.less(p_values, 0.05)))
        asked = SIZE if name == "Markov" else "near 1"
        yield setting, "memory, p < 0.05", size, asked


def one_test(labels, time, seed):
    """Return the p-values of the common clusters."""
    options = {"n_clusters": 4, "n_surrogates": 199, "random_state": seed}
    return persistence(labels, time=time, **options)["p_value"].to_numpy()[:3]


def rows_of_memory(trials):
    """Return the size of the test of memory in Markov chains."""
    for setting, (draw, _) in settings_of_frequencies().items():
        if "red series" in setting:
            continue
        p_values = []
        for seed in range(FIRST_SEED, FIRST_SEED + trials):
            labels, time = draw(np.random.default_rng(seed))
            p_values.append(one_test(labels, time, seed))
        p_values = np.concatenate(p_values)
        size = np.mean(p_values[~np.isnan(p_values)] <= 0.05)
        yield setting, "memory, p < 0.05", size, SIZE


def rows_of_transitions(trials):
    """Return the size of the test of transitions, and the fit of expected counts."""
    for stay in (0.0, 0.8, 0.95):
        for n_clusters in (3, 4):
            p_values, discoveries = [], []
            for seed in range(FIRST_SEED, FIRST_SEED + trials):
                rng = np.random.default_rng(seed)
                frequency = [0.4, 0.35, 0.25, 0] if n_clusters == 3 else RARE
                labels = draw_chain(900, stay, frequency, rng)
                table = preferred_transitions(
                    labels, n_clusters=n_clusters, n_surrogates=399, random_state=seed
                )
                p_values.append(table["p_value"])
                discoveries.append((table["q_value"] < 0.05).any())
            setting = f"900 days, {n_clusters} clusters, stay {stay}"
            size = np.mean(np.array(p_values) < 0.05)
            yield setting, "transition, p < 0.05", size, "at most 0.07"
            found = np.mean(discoveries)
            yield setting, "any transition, q < 0.05", found, "at most 0.07"
    rng = np.random.default_rng(FIRST_SEED)
    hubs = np.zeros((10 * trials, 5, 5), dtype=int)
    hubs[:, 0], hubs[:, :, 0] = rng.poisson(9, (2, 10 * trials, 5))
    hubs[::2, 1, 2] += 1
    hubs = hubs * ~np.eye(5, dtype=bool)
    fitted = _quasi_independent(hubs)
    off = [np.abs(fitted.sum(axis) - hubs.sum(axis)).max(axis=1) for axis in (1, 2)]
    unfitted = np.mean(np.max(off, axis=0) > 1e-6)
    setting = "tables with one hub"
    yield setting, "margins that do not fit", unfitted, "0"


def rows_of_smoothing(trials):
    """Return the fraction of correct labels with and without smoothing."""
    for noise in (1.0, 1.5, 2.0):
        accuracy = []
        for seed in range(FIRST_SEED, FIRST_SEED + max(1, trials // 8)):
            rng = np.random.default_rng(seed)
            true = draw_chain(900, 0.8, np.full(4, 0.25), rng)
            evidence = 2 * np.eye(4)[true] + noise * rng.standard_normal((900, 4))
            logits = 2 * evidence / noise**2
            q = np.exp(logits - logits.max(axis=1, keepdims=True))
            q /= q.sum(axis=1, keepdims=True)
            smoothed = smooth_probabilities(q)
            accuracy.append([np.mean(p.argmax(axis=1) == true) for p in (q, smoothed)])
        raw, smooth = np.mean(accuracy, axis=0)
        setting = f"900 days, stay 0.8, noise {noise}"
        yield setting, "correct labels", raw, ""
        yield setting, "correct labels after smoothing", smooth, ""


def rows(trials=400):
    """Return the table of all statistics of sequences.

    Parameters
    ----------
    trials : int, default=400
        Number of sequences per setting.

    Returns
    -------
    table : pandas.DataFrame
        Columns "part", "setting", "figure", "value" and "asked".
    """
    warnings.simplefilter("ignore", UserWarning)  # pieces of the record
    parts = (
        rows_of_frequencies,
        rows_of_seasons,
        rows_of_trends,
        rows_of_residence_times,
        rows_of_memory,
        rows_of_transitions,
        rows_of_smoothing,
    )
    records = [("sequences", *row) for part in parts for row in part(trials)]
    columns = ["part", "setting", "figure", "value", "asked"]
    return pd.DataFrame(records, columns=columns)


if __name__ == "__main__":
    print(rows().to_string())
