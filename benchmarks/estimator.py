"""Quality of VAEClustering with default parameters, and of peers, on many data sets.

``python benchmarks/estimator.py`` prints all tables (about an hour on 2 cores);
``python benchmarks/estimator.py idealised digits --n-sets 5 --json estimator.json``
prints some of them and saves every result. Parameters were tuned on seeds 0 to 99, so
the data sets here have seeds from 1000 on.

The rows of UMAP need ``pip install umap-learn`` and are omitted without it. Every
method gets the fields and returns labels. Two jobs run on two cores, with one thread
each.
"""

import argparse
import json
import time
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans, SpectralClustering
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.mixture import GaussianMixture

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import gaussian_surrogates

FIRST_SEED = 1000
OURS = "VAEClustering"


def idealized(seed, sizes=30):
    """Make idealised circulations, K = 3."""
    return make_idealized_circulations(sizes, random_state=seed, return_X_y=True)


def coastal(seed, freedom):
    """Make coastal circulations, K = 4."""
    return make_coastal_circulations(
        freedom=freedom, random_state=seed, return_X_y=True
    )


def blobs(seed, n_clusters, spread=1.0):
    """Make round, overlapping clusters in 20 dimensions."""
    centers = np.random.default_rng(seed).standard_normal((n_clusters, 20))
    return make_blobs(200, centers=centers, cluster_std=spread, random_state=seed)


def digits(_):
    """Load scikit-learn's digits, K = 10; the seed is used only by the methods."""
    return load_digits(return_X_y=True)


def no_clusters(seed, make):
    """Make a Gaussian surrogate with the same mean and covariance."""
    return gaussian_surrogates(make(seed)[0], random_state=seed)[0], None


KINDS = {  # number of clusters, and function from a seed to a data set
    "idealised": (3, idealized),
    "sizes 8/30/30": (3, lambda seed: idealized(seed, (8, 30, 30))),
    "sizes 1:3:6": (3, lambda seed: idealized(seed, (9, 27, 54))),
    "coastal easy": (4, lambda seed: coastal(seed, 0.0)),
    "coastal hard": (4, lambda seed: coastal(seed, 1.0)),
    "blobs5": (5, lambda seed: blobs(seed, 5)),
    "blobs6": (6, lambda seed: blobs(seed, 6)),
    "digits": (10, digits),
    "Gaussian, as idealised": (3, lambda seed: no_clusters(seed, idealized)),
    "Gaussian, as coastal": (
        4,
        lambda seed: no_clusters(seed, lambda s: coastal(s, 1.0)),
    ),
}


def fit(X, K, seed, n_copies=10, **params):
    """Fit a model with noisy copies, without warnings."""
    model = VAEClustering(
        K, augmenter=PCScaledNoiseAugmenter(n_copies), random_state=seed, **params
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X)


def pc_scores(X, n_pcs):
    """Compute scores on the first PCs, without land."""
    rows = np.reshape(X, (len(X), -1))
    rows = rows[:, ~np.isnan(rows).all(0)]
    return PCA(min(n_pcs, rows.shape[1]), random_state=0).fit_transform(rows)


def pc_models(K, seed=0):
    """Return models that cluster PC scores, with 20 restarts each."""
    return {
        "k-means": KMeans(K, n_init=20, random_state=seed),
        "GMM full": GaussianMixture(K, n_init=20, random_state=seed),
        "GMM diag": GaussianMixture(
            K, covariance_type="diag", n_init=20, random_state=seed
        ),
    }


def mixture(points, K, seed):
    return GaussianMixture(K, n_init=10, random_state=seed).fit_predict(points)


def t_sne(X, perplexity, seed):
    model = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return model.fit_transform(pc_scores(X, 50))


def umap(X, seed):
    from umap import UMAP

    model = UMAP(n_neighbors=10, n_components=5, min_dist=0.0, random_state=seed)
    return model.fit_transform(pc_scores(X, 50))


def on_pcs(n_pcs, name):
    """Wrap a scikit-learn model that uses a number of PCs."""
    return lambda X, K, seed: pc_models(K, seed)[name].fit_predict(pc_scores(X, n_pcs))


def spectral(X, K, seed):
    model = SpectralClustering(
        K, affinity="nearest_neighbors", n_neighbors=10, random_state=seed
    )
    return model.fit_predict(pc_scores(X, 20))


def peers():
    """Return peers by name: functions from X, K and seed to labels."""
    found = {
        f"PCA({n_pcs}) + {name}": on_pcs(n_pcs, name)
        for n_pcs in (10, 20)
        for name in pc_models(1)
    }
    found |= {
        "t-SNE(5) + Ward": lambda X, K, seed: AgglomerativeClustering(K).fit_predict(
            t_sne(X, 5, seed)
        ),
        "t-SNE(30) + GMM": lambda X, K, seed: mixture(t_sne(X, 29, seed), K, seed),
        "SpectralClustering": spectral,
        "PCA(10) + HDBSCAN": lambda X, K, seed: HDBSCAN(copy=True).fit_predict(
            pc_scores(X, 10)
        ),
    }
    if find_spec("umap"):
        found |= {
            "UMAP + GMM": lambda X, K, seed: mixture(umap(X, seed), K, seed),
            "UMAP + HDBSCAN": lambda X, K, seed: HDBSCAN(copy=True).fit_predict(
                umap(X, seed)
            ),
        }
    return found


def accuracy(y, labels):
    """Compute the accuracy, with clusters matched to classes."""
    counts = contingency_matrix(y, labels)
    return counts[linear_sum_assignment(counts, maximize=True)].sum() / len(y)


def compare(y, labels):
    """Compare labels with the true labels, if there are any."""
    if y is None:
        return {}
    return {"ari": adjusted_rand_score(y, labels), "accuracy": accuracy(y, labels)}


def measure_ours(X, y, K, seed):
    """Measure one default fit: agreement with the truth, starts and their choice."""
    start = time.process_time()
    model = fit(X, K, seed)
    record = {"method": OURS, "cpu": time.process_time() - start}
    starts = model.starts_
    agreement = starts["agreement"].sort_values()  # the last is the kept one
    record |= compare(y, model.labels_) | {
        "kept": starts.index[starts["kept"]][0],
        "n_trained": int(starts["criterion"].nunique()),
        "converged": model.converged_,
        "second": agreement.iloc[-3] if len(agreement) > 2 else np.nan,
        "n_same": int(starts["kept"].sum()),
    }
    if y is not None:
        runs = [adjusted_rand_score(y, labels) for labels in model.restart_labels_]
        record["oracle"] = max(runs)
    return record


def measure(kind, seed, with_peers):
    """Measure all methods on one data set."""
    K, make = KINDS[kind]
    X, y = make(seed)
    X = np.asarray(X, dtype=float)
    records = [measure_ours(X, y, K, seed)]
    for name, cluster in peers().items() if with_peers and y is not None else ():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            start = time.process_time()
            try:
                labels = cluster(X, K, seed)
            except ValueError:  # fewer PCs than requested
                continue
            took = time.process_time() - start
        records.append({"method": name, "cpu": took} | compare(y, labels))
    return [{"kind": kind, "seed": seed} | record for record in records]


def report(kind, records):
    """Print the table of one kind of data."""
    key = "accuracy" if kind == "digits" else "ari"
    ours = [record for record in records if record["method"] == OURS]
    print(f"\n{kind}, {len(ours)} data sets")
    for name in dict.fromkeys(record["method"] for record in records):
        rows = [record for record in records if record["method"] == name]
        if key in rows[0]:
            values = np.array([row[key] for row in rows])
            print(
                f"   {name:22} mean {values.mean():.3f}  median {np.median(values):.3f}"
                f"  10th percentile {np.percentile(values, 10):.3f}"
                f"  lowest {values.min():.3f}  over 0.97 {np.mean(values > 0.97):.0%}"
                f"  CPU {np.median([row['cpu'] for row in rows]):.2f} s"
            )
    for name in ("n_trained", "converged", "n_same"):
        print(f"   {name}: mean {np.mean([row[name] for row in ours]):.2f}")
    second = [row["second"] for row in ours]
    quantiles = np.round(np.quantile(second, [0, 0.25, 0.5, 0.75, 1]), 2).tolist()
    print(f"   agreement of the second-best other start: quartiles {quantiles}")
    if "oracle" in ours[0]:
        lost = np.mean([row["oracle"] - row["ari"] for row in ours])
        print(f"   ARI lost by the choice of restart: {lost:.3f}")
    print(f"   kept: {dict(Counter(row['kept'] for row in ours))}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS), help=", ".join(KINDS))
    parser.add_argument("--n-sets", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--no-peers", action="store_true", help="VAEClustering only")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--json", help="file for all results")
    args = parser.parse_args()
    everything = []
    for kind in args.kinds:
        n_sets = min(args.n_sets, 5) if kind == "digits" else args.n_sets
        seeds = range(args.first_seed, args.first_seed + n_sets)
        found = Parallel(args.n_jobs)(
            delayed(measure)(kind, seed, not args.no_peers) for seed in seeds
        )
        records = [record for of_set in found for record in of_set]
        report(kind, records)
        everything += records
        if args.json:
            Path(args.json).write_text(json.dumps(everything, indent=1, default=float))


if __name__ == "__main__":
    main()
