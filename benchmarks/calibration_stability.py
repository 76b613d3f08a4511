"""Size and coverage of the stability of clusters, on data with and without clusters."""

import warnings

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import t as student_t
from sklearn.cluster import KMeans

from skvaeclust import VAEClustering
from skvaeclust.model_selection import cluster_stability, half_sample_agreement

FIRST_SEED = 1000
SPREADS = np.array([3, 2.5, 2, 1.6, 1.3, 1.0])
YEAR = 40  # samples per group


def red_noise(n_samples, memory, rng):
    """Return Gaussian red noise with the standard deviations of SPREADS."""
    noise = rng.standard_normal((n_samples + 200, len(SPREADS)))
    series = lfilter([1], [1, -memory], noise, axis=0)[200:]
    return series * SPREADS * np.sqrt(1 - memory**2)


def separated(n_samples, memory, rng, n_clusters=3):
    """Return clusters 10 apart, in random order, with red noise; and their means."""
    means = 10 * np.eye(len(SPREADS))[:n_clusters]
    y = rng.integers(n_clusters, size=n_samples)
    return means[y] + red_noise(n_samples, memory, rng) / SPREADS, y, means


def k_means(n_clusters):
    """Return a cheap clusterer."""
    return KMeans(n_clusters, n_init=2, random_state=0)


# Name, memory, whether there are groups of samples.
NOISE = (
    ("independent samples", 0.0, False),
    ("red noise 0.6, years", 0.6, True),
    ("red noise 0.9, years", 0.9, True),
    ("red noise 0.9, no groups", 0.9, False),
)


def sizes(seeds):
    """Yield the size of the rank test of half_sample_agreement, at 5 %."""
    for name, memory, has_groups in NOISE:
        p = []
        for seed in seeds:
            X = red_noise(10 * YEAR, memory, np.random.default_rng(seed))
            groups = np.arange(len(X)) // YEAR if has_groups else None
            params = {"groups": groups, "n_splits": 1, "random_state": seed}
            p += [
                half_sample_agreement(k_means(K), X, **params).p_value for K in (2, 3)
            ]
        figure = "half_sample_agreement, p at most 0.05"
        found = np.mean(np.array(p) <= 0.05)
        yield f"{name}, K = 2 and 3", figure, found, "0.03 to 0.07"


def clouds(seeds):
    """Yield how often data without clusters exceed the level of cluster_stability."""
    for name, memory, has_groups in NOISE[:3]:
        above, signs = [], []
        for seed in seeds:
            X = red_noise(10 * YEAR, memory, np.random.default_rng(seed))
            groups = np.arange(len(X)) // YEAR if has_groups else None
            found = cluster_stability(k_means(3), X, groups=groups, random_state=seed)
            above.append(found.similarity.mean() > found.level)
            signs.append(np.mean(found.sign_agreement >= 0.95))
        setting = f"{name}, K = 3"
        yield (
            setting,
            "cluster_stability, above its level",
            np.mean(above),
            "at most 0.05",
        )
        yield (
            setting,
            "points with the same sign in 95 % of halves",
            np.mean(signs),
            None,
        )


def clusters(seeds):
    """Yield figures of separated clusters, and the coverage of their maps."""
    for name, memory, has_groups in NOISE[:3]:
        similarity, above, covered = [], [], []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            X, y, means = separated(10 * YEAR, memory, rng)
            groups = np.arange(len(X)) // YEAR if has_groups else None
            found = cluster_stability(k_means(3), X, groups=groups, random_state=seed)
            similarity.append(found.similarity.min())
            above.append(found.similarity.mean() > found.level)
            number = [np.argmax(np.bincount(y[found.labels == k])) for k in range(3)]
            error = found.maps - (means - means.mean(axis=0))[number]
            n = len(X) if groups is None else groups.max() + 1
            limit = student_t.ppf(0.975, n - 1) * found.standard_error
            covered.append(np.mean(np.abs(error) <= limit))
        setting = f"3 separated clusters, {name}"
        figure = "cluster_stability, lowest Jaccard index"
        yield setting, figure, np.min(similarity), "above 0.95"
        figure = "cluster_stability, above its level"
        yield setting, figure, np.mean(above), None
        figure = "map of a cluster, 95 % interval"
        yield setting, figure, np.mean(covered), "0.93 to 0.98"


def variational(seeds):
    """Yield the figures of cluster_stability for VAEClustering."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for name, X in (
            ("3 separated clusters", separated(120, 0.0, rng)[0]),
            ("Gaussian cloud", red_noise(120, 0.0, rng)),
        ):
            model = VAEClustering(3, random_state=seed)
            found = cluster_stability(model, X, n_splits=8, random_state=seed)
            setting = f"{name}, VAEClustering, seed {seed}"
            asked = "above 0.95" if name[0] == "3" else f"below {found.level:.2f}"
            figure = "cluster_stability, Jaccard index"
            yield setting, figure, found.similarity.mean(), asked


def rows(trials):
    """Return the table of all figures.

    Parameters
    ----------
    trials : int
        Number of data sets per setting; a fourth for cluster_stability, and one in 400
        for VAEClustering.

    Returns
    -------
    table : pandas.DataFrame
        Columns "part", "setting", "figure", "value" and "asked".
    """
    warnings.simplefilter("ignore")
    records = [
        ("stability", *record)
        for part, n in (
            (sizes, trials),
            (clouds, trials // 4),
            (clusters, trials // 4),
            (variational, max(1, trials // 400)),
        )
        for record in part(range(FIRST_SEED, FIRST_SEED + max(1, n)))
    ]
    columns = ["part", "setting", "figure", "value", "asked"]
    return pd.DataFrame(records, columns=columns)


if __name__ == "__main__":
    print(rows(400).to_string())
