"""How often `choose_n_clusters` and other methods find the number of clusters.

``python benchmarks/number_of_clusters.py`` takes hours on 2 cores. Results are appended
to ``--out`` one by one, and existing results are not measured again, so that the script
can be stopped and restarted. ``--methods "gap, 10 PCs"`` or ``--kinds blobs2 cube``
selects parts of it. Each data set has a true number of clusters, 1 if there are none.
`choose_n_clusters` has default parameters; the other methods try the same numbers on 10
and on 20 principal components. Parameters were tuned on seeds 0 to 99, so the data sets
here have seeds from 1000 on.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.datasets import make_blobs, make_s_curve
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import choose_n_clusters, gaussian_surrogates

FIRST_SEED = 1000
LARGEST = 6


def idealized(seed, sizes=30):
    """Make idealised circulations of three patterns."""
    return make_idealized_circulations(sizes, random_state=seed).data


def coastal(seed, freedom):
    """Make coastal circulations of four regimes."""
    return make_coastal_circulations(freedom=freedom, random_state=seed).data


def blobs(seed, n_clusters, spread):
    """Make round, overlapping clusters in 20 dimensions (ARI of a mixture 0.8 to 1)."""
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((n_clusters, 20))
    return make_blobs(200, centers=centers, cluster_std=spread, random_state=seed)[0]


def skewed(seed):
    """Generate a single cloud in 20 dimensions that is far from Gaussian."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(sigma=0.7, size=(200, 20)) @ rng.standard_normal((20, 20))


def cube(seed):
    """Generate uniform points in 10 dimensions."""
    return np.random.default_rng(seed).uniform(size=(200, 10))


def sheet(seed):
    """Generate points on a sheet bent into an S, with noise in 20 dimensions."""
    rng = np.random.default_rng(seed)
    points, _ = make_s_curve(200, random_state=seed)
    axes, _ = np.linalg.qr(rng.standard_normal((20, 3)))
    return points @ axes.T + 0.1 * rng.standard_normal((200, 20))


def heavy_tailed(seed):
    """Sample from Student's t in 20 dimensions, with 3 degrees of freedom."""
    rng = np.random.default_rng(seed)
    spread = np.sqrt(3 / rng.chisquare(3, size=(200, 1)))
    return spread * rng.standard_normal((200, 20))


def surrogate(X, seed):
    """Generate Gaussian data with the same mean and covariance."""
    return gaussian_surrogates(X, random_state=seed)[0]


KINDS = {  # number of clusters, and function from a seed to a data set
    "idealised": (3, idealized),
    "coastal easy": (4, lambda seed: coastal(seed, 0.0)),
    "coastal hard": (4, lambda seed: coastal(seed, 1.0)),
    "blobs2": (2, lambda seed: blobs(seed, 2, 1.5)),
    "blobs5": (5, lambda seed: blobs(seed, 5, 1.0)),
    "blobs6": (6, lambda seed: blobs(seed, 6, 1.0)),
    "sizes 1:3:6": (3, lambda seed: idealized(seed, (9, 27, 54))),
    "Gaussian, as idealised": (1, lambda seed: surrogate(idealized(seed), seed)),
    "Gaussian, as coastal": (1, lambda seed: surrogate(coastal(seed, 1.0), seed)),
    "skewed": (1, skewed),
    "cube": (1, cube),
    "bent sheet": (1, sheet),
    "heavy-tailed": (1, heavy_tailed),
}


def k_means(scores, K, seed):
    return KMeans(K, n_init=10, random_state=seed).fit(scores)


def silhouette(scores, seed):
    """Maximise the silhouette of k-means, which needs at least two clusters."""
    labels = [k_means(scores, K, seed).labels_ for K in range(2, LARGEST + 1)]
    return 2 + int(np.argmax([silhouette_score(scores, each) for each in labels]))


def bic(scores, seed, covariance_type):
    """Minimise the Bayesian information criterion of a Gaussian mixture."""
    values = [
        GaussianMixture(
            K,
            covariance_type=covariance_type,
            n_init=10,
            reg_covar=1e-3 * scores.var(axis=0).mean(),
            random_state=seed,
        )
        .fit(scores)
        .bic(scores)
        for K in range(1, LARGEST + 1)
    ]
    return 1 + int(np.argmin(values))


def gap(scores, seed, n_references=20):
    """Apply the gap statistic (Tibshirani, Walther, Hastie 2001), one-error rule."""
    rng = np.random.default_rng(seed)
    low, high = scores.min(axis=0), scores.max(axis=0)

    def log_inertias(rows):
        return [np.log(k_means(rows, K, seed).inertia_) for K in range(1, LARGEST + 1)]

    references = [
        log_inertias(rng.uniform(low, high, size=scores.shape))
        for _ in range(n_references)
    ]
    gaps = np.mean(references, axis=0) - log_inertias(scores)
    errors = np.std(references, axis=0) * np.sqrt(1 + 1 / n_references)
    enough = gaps[:-1] >= gaps[1:] - errors[1:]
    return 1 + int(np.argmax(enough)) if enough.any() else LARGEST


def prediction_strength(scores, seed, n_splits=5, threshold=0.8):
    """Apply the prediction strength (Tibshirani, Walther 2005)."""
    rng = np.random.default_rng(seed)
    splits = [np.array_split(rng.permutation(len(scores)), 2) for _ in range(n_splits)]

    def strength(train, test, K):
        predicted = k_means(scores[train], K, seed).predict(scores[test])
        labels = k_means(scores[test], K, seed).labels_
        shares = []
        for k in range(K):
            members = predicted[labels == k]
            n_pairs = len(members) * (len(members) - 1)
            together = np.bincount(members) @ (np.bincount(members) - 1)
            shares.append(together / n_pairs if n_pairs else 1)
        return min(shares)

    strong = [
        np.mean([strength(*split, K) for split in splits]) >= threshold
        for K in range(1, LARGEST + 1)
    ]
    return int(np.flatnonzero(strong).max()) + 1


def hdbscan(scores, seed):
    """Return the number of clusters of HDBSCAN; 1 if it finds none."""
    labels = HDBSCAN(min_cluster_size=10, copy=True).fit_predict(scores)
    return max(1, labels.max() + 1)


def leading_scores(X, n_components):
    """Compute scores on the first principal components, without land."""
    rows = X.reshape(len(X), -1)
    rows = rows[:, ~np.isnan(rows).any(axis=0)]
    n_components = min(n_components, rows.shape[1])
    return PCA(n_components, random_state=0).fit_transform(rows)


def rival(function, n_components, **params):
    """Wrap a method that works on principal components."""

    def choose(X, seed):
        return function(leading_scores(X, n_components), seed, **params), None

    return choose


def ours(X, seed):
    """Run `choose_n_clusters`; return the number and the scores."""
    result = choose_n_clusters(X, random_state=seed)
    scores = {
        name: {"X": result.scores[name], "surrogates": result.surrogate_scores[name]}
        for name in ("distinctness", "isolation", "agreement")
    }
    return result.n_clusters, scores | {"p": result.p_values}


RIVALS = {
    "silhouette": (silhouette, {}),
    "BIC full": (bic, {"covariance_type": "full"}),
    "BIC diagonal": (bic, {"covariance_type": "diag"}),
    "gap": (gap, {}),
    "prediction strength": (prediction_strength, {}),
    "HDBSCAN": (hdbscan, {}),
}
METHODS = {"choose_n_clusters": ours} | {
    f"{name}, {n} PCs": rival(function, n, **params)
    for name, (function, params) in RIVALS.items()
    for n in (10, 20)
}


def measure(method, kind, seed, out):
    """Choose the number of clusters of one data set; append the result to the file."""
    warnings.simplefilter("ignore")
    truth, make = KINDS[kind]
    X = make(seed)
    start = time.perf_counter()
    found, details = METHODS[method](X, seed)
    row = {
        "method": method,
        "kind": kind,
        "seed": seed,
        "truth": truth,
        "found": int(found),
        "seconds": time.perf_counter() - start,
        "details": details,
    }
    with out.open("a") as file:
        file.write(json.dumps(row, default=lambda array: array.tolist()) + "\n")
    print(f"{method}, {kind}, seed {seed}: {found} ({truth})", flush=True)
    return row


def read(out):
    """Read the results so far."""
    return [json.loads(line) for line in out.open()] if out.exists() else []


def report(rows):
    """Print on how many data sets of each kind each method is right."""
    methods = [method for method in METHODS if any(r["method"] == method for r in rows)]
    print("kind (truth): " + ", ".join(methods))
    exact = {method: [] for method in methods}
    for kind, (truth, _) in KINDS.items():
        cells = []
        for method in methods:
            found = [
                r["found"] for r in rows if (r["method"], r["kind"]) == (method, kind)
            ]
            right = sum(number == truth for number in found)
            cells.append(f"{right}/{len(found)}")
            if truth > 1 and found:
                exact[method].append(right / len(found))
        print(f"   {kind} ({truth}): " + ", ".join(cells))
    shares = [f"{np.mean(values or [np.nan]):.0%}" for values in exact.values()]
    print("mean over the kinds with clusters: " + ", ".join(shares))
    alarms = [
        [
            row["found"] > 1
            for row in rows
            if row["method"] == method and row["truth"] == 1
        ]
        for method in methods
    ]
    shares = [f"{np.mean(found or [np.nan]):.0%}" for found in alarms]
    print("clusters reported where there are none: " + ", ".join(shares))
    for method in methods:
        times = [r["seconds"] for r in rows if r["method"] == method]
        print(f"   {method}: median {np.median(times):.1f} s per data set")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--n-seeds", type=int, default=10)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("number_of_clusters.jsonl"))
    args = parser.parse_args()
    done = {(row["method"], row["kind"], row["seed"]) for row in read(args.out)}
    jobs = [
        (method, kind, seed)
        for method in args.methods
        for seed in range(FIRST_SEED, FIRST_SEED + args.n_seeds)
        for kind in args.kinds
        if (method, kind, seed) not in done
    ]
    Parallel(args.n_jobs)(delayed(measure)(*j, args.out) for j in jobs)
    report(read(args.out))


if __name__ == "__main__":
    main()
