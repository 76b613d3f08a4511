"""Quality of VAEClustering and of its peers: the table of the README.

Run ``python benchmarks/estimator.py`` for all of it (about an hour on 2 cores), or
name parts of it: ``python benchmarks/estimator.py idealized coastal``.
"""

import argparse
import time
import warnings

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, confusion_matrix
from sklearn.mixture import GaussianMixture

from skvaeclust import PCScaledNoiseAugmenter, VAEClustering
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import gaussian_surrogates

N_PCS = (5, 10, 20)
N_PCS_DIGITS = (10, 20, 30, 40)
COASTAL = {"n_init": 10}
DIGITS = {
    "n_copies": 2,
    "latent_dim": 10,
    "gamma_balance": 1 / 10,
    "annealing": 1,
}


def idealized(seed, sizes=30):
    """Idealised circulations, K = 3."""
    return make_idealized_circulations(sizes, random_state=seed, return_X_y=True)


def coastal(seed, freedom):
    """Coastal circulations, K = 4."""
    return make_coastal_circulations(
        freedom=freedom, random_state=seed, return_X_y=True
    )


def no_clusters(seed):
    """Gaussian surrogate of the idealised data: same mean and covariance."""
    return gaussian_surrogates(idealized(seed)[0], random_state=seed)[0], None


def fit(X, K, seed, n_copies=10, **params):
    """A fitted model with noisy copies, whether it has converged or not."""
    model = VAEClustering(
        K,
        augmenter=PCScaledNoiseAugmenter(n_copies),
        random_state=seed,
        **params,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X)


def ours(data, K, seed, **params):
    """One fit: seconds, ARI of the labels, smallest cluster's share and agreement."""
    X, y = data
    start = time.perf_counter()
    model = fit(X, K, seed, **params)
    return {
        "time": time.perf_counter() - start,
        "ari": np.nan if y is None else adjusted_rand_score(y, model.labels_),
        "accuracy": np.nan if y is None else accuracy(y, model.labels_),
        "smallest": model.weights_.min(),
        "converged": model.converged_,
        "agreement": model.restart_agreement_,
    }


def accuracy(y, labels):
    """Share of samples that agree, clusters matched to classes."""
    counts = confusion_matrix(y, labels)
    return counts[linear_sum_assignment(-counts)].sum() / len(y)


def pc_scores(X, n_pcs):
    """Scores on the first PCs, without land."""
    rows = X.reshape(len(X), -1)
    return PCA(n_pcs, random_state=0).fit_transform(rows[:, ~np.isnan(rows).all(0)])


def pc_models(K, seed=0):
    """What PC scores are clustered with, 20 restarts each."""
    return {
        "k-means": KMeans(K, n_init=20, random_state=seed),
        "GMM full": GaussianMixture(K, n_init=20, random_state=seed),
        "GMM diag": GaussianMixture(
            K, covariance_type="diag", n_init=20, random_state=seed
        ),
    }


def peers(data, K, metric=adjusted_rand_score, n_pcs=N_PCS):
    """PCA + k-means and mixtures, with several numbers of PCs."""
    X, y = data
    scores = pc_scores(X, max(n_pcs))
    return {
        name: [metric(y, model.fit_predict(scores[:, :n])) for n in n_pcs]
        for name, model in pc_models(K).items()
    }


def report(name, runs, threshold=None, key="ari"):
    """Print one row of figures."""
    columns = {field: np.array([run[field] for run in runs]) for field in runs[0]}
    values = columns[key]
    print(f"{name}: median {key} {np.median(values):.3f}, lowest {values.min():.3f}")
    if threshold is not None:
        print(f"   {np.sum(values >= threshold)} of {len(values)} >= {threshold}")
    print(
        f"   smallest cluster {columns['smallest'].min():.3f}; "
        f"converged {columns['converged'].mean():.0%}; "
        f"median agreement {np.median(columns['agreement']):.2f}; "
        f"median time {np.median(columns['time']):.1f} s"
    )
    print(f"   {np.round(values, 3).tolist()}", flush=True)


def report_peers(name, results, n_pcs=N_PCS):
    """Print medians over data seeds, for each number of PCs and for the best."""
    for model in results[0]:
        table = np.array([result[model] for result in results])
        print(
            f"{name}, {model}: median by {n_pcs} PCs "
            f"{np.round(np.median(table, 0), 3).tolist()}, of the best per data set "
            f"{np.median(table.max(1)):.3f}",
            flush=True,
        )


def run_idealized(parallel):
    """30 of each pattern."""
    data = idealized(0)
    runs = parallel(delayed(ours)(data, 3, seed) for seed in range(20))
    report("idealised, one data set, 20 random_states", runs, 1.0)
    runs = parallel(delayed(ours)(idealized(seed), 3, seed) for seed in range(20))
    report("idealised, 20 data sets", runs, 1.0)
    runs = parallel(delayed(ours)(data, 3, seed, n_init=1) for seed in range(20))
    report("idealised, n_init=1", runs, 1.0)
    report_peers("idealised", [peers(idealized(seed), 3) for seed in range(5)])


def run_unequal(parallel):
    """Sizes 8, 30, 30."""
    sizes = (8, 30, 30)
    runs = parallel(delayed(ours)(idealized(0, sizes), 3, seed) for seed in range(10))
    report("idealised 8/30/30, one data set, 10 random_states", runs, 0.97)
    runs = parallel(
        delayed(ours)(idealized(seed, sizes), 3, seed) for seed in range(10)
    )
    report("idealised 8/30/30, 10 data sets", runs, 0.97)
    report_peers("8/30/30", [peers(idealized(seed, sizes), 3) for seed in range(5)])


def run_conv(_):
    """Full-width convolutions; they use all cores themselves."""
    data = idealized(0)
    params = {
        "network": "conv",
        "assignment": "gumbel",
        "batch_size": 330,
        "learning_rate": 1e-3,
        "gamma_balance": 1 / 10,
        "annealing": 1,
        "max_epochs": 40,
        "n_init": 1,
    }
    runs = [ours(data, 3, seed, **params) for seed in range(5)]
    report(f"idealised, {params}, 5 random_states", runs, 1.0)


def run_coastal(parallel):
    """Hard and easy, five data sets each."""
    for name, freedom in (("coastal hard", 1.0), ("coastal easy", 0.0)):
        data = [coastal(seed, freedom) for seed in range(5)]
        runs = parallel(
            delayed(ours)(d, 4, seed, **COASTAL) for seed, d in enumerate(data)
        )
        report(f"{name}, {COASTAL}", runs)
        runs = parallel(delayed(ours)(d, 4, seed) for seed, d in enumerate(data))
        report(f"{name}, defaults", runs)
        report_peers(name, parallel(delayed(peers)(d, 4) for d in data))


def run_digits(parallel):
    """scikit-learn's digits."""
    data = load_digits(return_X_y=True)
    runs = parallel(delayed(ours)(data, 10, seed, **DIGITS) for seed in range(5))
    report(f"digits, {DIGITS}", runs, key="accuracy")
    results = [peers(data, 10, accuracy, N_PCS_DIGITS)]
    report_peers("digits", results, N_PCS_DIGITS)


def run_control(parallel):
    """No clusters: what the model finds in a Gaussian surrogate."""
    runs = parallel(delayed(ours)(no_clusters(seed), 3, seed) for seed in range(5))
    report("no clusters", runs, key="agreement")


PARTS = {
    "idealized": run_idealized,
    "unequal": run_unequal,
    "conv": run_conv,
    "coastal": run_coastal,
    "digits": run_digits,
    "control": run_control,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()
    for part in args.parts:
        PARTS[part](Parallel(args.n_jobs))
