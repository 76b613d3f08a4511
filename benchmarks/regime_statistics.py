"""Coverage and false-alarm rates of regime statistics; agreement of half samples.

``python benchmarks/regime_statistics.py`` runs all parts (half an hour on 2 cores, most
of it for "halves"); ``python benchmarks/regime_statistics.py intervals transitions``
runs some of them. Data are synthetic, with seeds from 1000 on; there is no trend and no
preferred transition. Only "halves" uses real data, the pressure that is part of the
package.
"""

import argparse
import warnings

import numpy as np
from real_fields import anomalies
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.model_selection import half_sample_agreement
from skvaeclust.sequences import (
    frequencies,
    frequency_trends,
    preferred_transitions,
    smooth_probabilities,
)

FIRST_SEED = 1000
CHAINS = {  # probability of staying, frequencies
    "equal": (0.8, [0.25, 0.25, 0.25, 0.25]),
    "equal, persistent": (0.9, [0.25, 0.25, 0.25, 0.25]),
    "unequal": (0.75, [0.5, 0.3, 0.15, 0.05]),
}
WINTERS = np.concatenate(
    [np.datetime64(f"{year}-12-01") + np.arange(90) for year in range(2000, 2010)]
)


def chain(n_samples, stay, frequency, rng):
    """Return labels that stay, or else are sampled independently by frequency."""
    new = rng.random(n_samples) >= stay
    new[0] = True
    sampled = rng.choice(len(frequency), size=n_samples, p=frequency)
    return sampled[np.maximum.accumulate(np.where(new, np.arange(n_samples), 0))]


def intervals(n_trials=200):
    """Print how often 95 % intervals cover the true value."""
    for name, (stay, frequency) in CHAINS.items():
        covered = {"all": [], "by winter": [], "trend": []}
        for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
            rng = np.random.default_rng(seed)
            labels = np.concatenate(
                [chain(90, stay, frequency, rng) for _ in range(10)]
            )
            params = {"n_clusters": 4, "n_resamples": 300, "random_state": seed}
            for key, by in (("all", None), ("by winter", "winter")):
                table = frequencies(labels, time=WINTERS, by=by, **params)
                true = np.tile(frequency, len(table) // 4)
                covered[key].append((table["low"] <= true) & (true <= table["high"]))
            trend = frequency_trends(labels, WINTERS, **params)
            covered["trend"].append((trend["low"] <= 0) & (trend["high"] >= 0))
        for key, values in covered.items():
            print(f"intervals, {name}, {key}: cover {np.mean(values):.1%}")


def transitions(n_trials=200):
    """Print the false-alarm rate of preferred transitions."""
    p_values, any_found = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
        labels = chain(900, *CHAINS["unequal"], np.random.default_rng(seed))
        table = preferred_transitions(labels, n_clusters=4, random_state=seed)
        p_values.append(np.mean(table["p_value"] < 0.05))
        any_found.append(np.any(table["q_value"] < 0.05))
    print(f"transitions: {np.mean(p_values):.1%} with p < 0.05")
    print(f"transitions: {np.mean(any_found):.1%} of sequences with any q < 0.05")


def smoothing(n_trials=50):
    """Print the accuracy of labels with and without smoothing in time."""
    for noise in (1.0, 1.5, 2.0):
        accuracy = []
        for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
            rng = np.random.default_rng(seed)
            true = chain(900, 0.8, [0.25] * 4, rng)
            evidence = 2 * np.eye(4)[true] + noise * rng.standard_normal((900, 4))
            logits = 2 * evidence / noise**2
            q = np.exp(logits - logits.max(axis=1, keepdims=True))
            q /= q.sum(axis=1, keepdims=True)
            smoothed = smooth_probabilities(q)
            accuracy.append([np.mean(p.argmax(axis=1) == true) for p in (q, smoothed)])
        raw, smooth = np.mean(accuracy, axis=0)
        print(f"smoothing, noise {noise}: {raw:.2f} raw, {smooth:.2f} smoothed")


def halves(n_splits=5):
    """Print the agreement of clusterings of two halves of the winters."""
    flow = load_north_atlantic_slp()
    month = flow.time.astype("M8[M]").astype(int)
    area = np.sqrt(np.cos(np.deg2rad(flow.latitude)))[:, None]
    pressure = anomalies(flow.pressure * area, month % 12)
    X, winter = pressure.reshape(len(month), -1), (month + 1) // 12
    for K in (3, 4, 5):
        methods = {
            "VAEClustering": VAEClustering(  # as in the tutorial
                K,
                augmenter=PCScaledNoiseAugmenter(2),
                max_epochs=50,
                random_state=0,
            ),
            "k-means, 15 PCs": make_pipeline(
                PCA(15, random_state=0), KMeans(K, n_init=20, random_state=0)
            ),
            "diagonal mixture, 15 PCs": make_pipeline(
                PCA(15, random_state=0),
                GaussianMixture(K, covariance_type="diag", n_init=10, random_state=0),
            ),
        }
        for name, method in methods.items():
            found = half_sample_agreement(
                method,
                X,
                groups=winter,
                n_splits=n_splits,
                n_surrogates=0 if name == "VAEClustering" else 99,
                n_jobs=2,
                random_state=0,
            )
            print(f"K = {K}, {name}: {found}", flush=True)


PARTS = {part.__name__: part for part in (intervals, transitions, smoothing, halves)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    parts = parser.parse_args().parts or list(PARTS)
    warnings.simplefilter("ignore", ConvergenceWarning)
    for part in parts:
        PARTS[part]()
