"""Seven kinds of augmentation: properties of the copies, and quality of the clusters.

``python benchmarks/augmentation.py`` runs all studies, in hours on 2 cores; ``--studies
dense`` selects some of them. Results are appended to ``--out`` one by one, and existing
results are not measured again. Every model is trained once (``n_init=1``), with 10
copies of every sample and 2 latent dimensions, with the objective of the founding study
(``gamma_balance=0``) and with ours.
"""

import argparse
import json
import time
import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from skvaeclust import (
    ConvNetworks,
    CutoutAugmenter,
    IsotropicNoiseAugmenter,
    PCScaledNoiseAugmenter,
    PCUniformNoiseAugmenter,
    RandomInit,
    RotationAugmenter,
    VAEClustering,
    ZoomAugmenter,
)
from skvaeclust.composites import reconstruction_errors
from skvaeclust.datasets import make_coastal_circulations, make_idealized_circulations
from skvaeclust.model_selection import classifiability_report

AUGMENTERS = {
    "none": None,
    "PC-scaled": PCScaledNoiseAugmenter(random_state=0),
    "isotropic": IsotropicNoiseAugmenter(random_state=0),
    "PC-uniform": PCUniformNoiseAugmenter(random_state=0),
    "rotation": RotationAugmenter(random_state=0),
    "cut-out": CutoutAugmenter(random_state=0),
    "zoom": ZoomAugmenter(random_state=0),
}
CONV = {
    "init": RandomInit(annealing=1, gumbel_temperature=1, tol=1e-3),
    "learning_rate": 1e-3,
}
STUDIES = {  # data, n_clusters, gamma_balance of our objective, parameters
    "dense": ("idealised", 3, 1 / 1500, {"max_epochs": 120}),
    "small batches": ("idealised", 3, 1 / 1500, {}),
    "narrow": (
        "idealised",
        3,
        1 / 10,
        CONV | {"network": ConvNetworks(channels=(16, 32)), "max_epochs": 40},
    ),
    "coastal": ("coastal", 4, 1 / 1500, {}),
    "full": ("idealised", 3, 1 / 10, CONV | {"network": "conv", "max_epochs": 40}),
}
SEEDS = {"full": 2, "coastal": 5}  # others: 10
THREE_BATCHES = {"dense", "narrow", "full"}  # per epoch; others: default batch size


def fields(data, seed, n_samples, **noise):
    """Make fields with known patterns."""
    if data == "coastal":
        return make_coastal_circulations(n_samples, random_state=seed, **noise)
    return make_idealized_circulations(n_samples // 3, random_state=seed, **noise)


def samples(data, seed):
    """Make the small data set to cluster."""
    return fields(data, seed, {"idealised": 90, "coastal": 164}[data])


def unseen(data, seed):
    """Make fields for validation."""
    return fields(data, 1000 + seed, 33).data


def valid_points(X):
    """Return rows without land."""
    rows = X.reshape(len(X), -1)
    return rows[:, ~np.isnan(rows).any(axis=0)]


@lru_cache
def flow_patterns(data):
    """Compute orthonormal patterns with 99.9 % of the variance of noise-free flows."""
    rows = valid_points(fields(data, 12345, 1500, noise_scale=0).data)
    _, scales, patterns = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    share = np.cumsum(scales**2) / np.sum(scales**2)
    return rows.mean(axis=0), patterns[: 1 + np.searchsorted(share, 0.999)]


def share_outside(rows, mean, patterns):
    """Compute the fraction of the variance that orthonormal patterns do not explain."""
    anomalies = rows - mean
    rest = anomalies - anomalies @ patterns.T @ patterns
    return np.sum(rest**2) / np.sum(anomalies**2)


def span(rows):
    """Compute the mean of the samples and orthonormal patterns that span them."""
    mean = rows.mean(axis=0)
    _, scales, patterns = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, patterns[scales > 1e-10 * scales[0]]


def divergence(X):
    """Compute the root-mean-square divergence of fields, per grid spacing."""
    fields = np.gradient(X[:, 0], axis=2) + np.gradient(X[:, 1], axis=1)
    return np.sqrt(np.nanmean(fields**2))  # NaN next to land


def measure_copies(data, seed, name):
    """Measure properties of copies, the last two relative to those of the samples."""
    X = samples(data, seed).data
    augmenter = AUGMENTERS[name]
    copies = X if augmenter is None else clone(augmenter).fit(X).augment(X)
    rows, copied = valid_points(X), valid_points(copies)
    return {
        "outside data": share_outside(copied, *span(rows)),
        "outside flows": share_outside(copied, *flow_patterns(data)),
        "variance": copied.var(axis=0).sum() / rows.var(axis=0).sum(),
        "divergence": divergence(copies) / divergence(X),
    }


def scatter(Z, y):
    """Compute the spread within patterns relative to the distance between centres."""
    centres = np.array([Z[y == k].mean(axis=0) for k in np.unique(y)])
    within = np.mean(np.sum((Z - centres[y]) ** 2, axis=1))
    between = 2 * len(centres) / (len(centres) - 1) * centres.var(axis=0).sum()
    return np.sqrt(within / between)


def measure_model(study, seed, name, balance):
    """Measure the quality of one model with one augmentation."""
    data, n_clusters, ours, params = STUDIES[study]
    flow = samples(data, seed)
    augmenter = None if AUGMENTERS[name] is None else clone(AUGMENTERS[name])
    model = VAEClustering(
        n_clusters,
        augmenter=augmenter,
        gamma_balance=ours if balance == "ours" else 0.0,
        latent_dim=2,
        n_init=1,
        random_state=seed,
        **{"init": RandomInit(tol=1e-3), "learning_rate": 2e-3} | params,
    )
    if study in THREE_BATCHES:
        n_rows = len(flow.data) * (1 if augmenter is None else 1 + augmenter.n_copies)
        model.set_params(batch_size=n_rows // 3)
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(flow.data)
    separation = np.nanmin(classifiability_report(model).ratios)
    errors = reconstruction_errors(model, unseen(data, seed), X_train=flow.data).loc[
        "all"
    ]
    return {
        "ari": adjusted_rand_score(flow.target, model.labels_),
        "clusters": len(np.unique(model.labels_)),
        "separation": separation if (model.weights_ > 0).all() else 0.0,
        "scatter": scatter(model.transform(flow.data), flow.target),
        "error": errors["decoder"],
        "of PCA": errors["decoder"] / errors["principal components"],
    }


def measure(out, kind, study, seed, name, balance):
    """Run one measurement and append the result to the file."""
    start = time.perf_counter()
    if kind == "copies":
        figures = measure_copies(study, seed, name)
    else:
        figures = measure_model(study, seed, name, balance)
    key = dict(zip(KEY, (kind, study, seed, name, balance), strict=True))
    row = key | figures | {"seconds": time.perf_counter() - start}
    with out.open("a") as file:
        file.write(json.dumps(row, default=float) + "\n")
    shown = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
    print(", ".join(map(str, key.values())) + f": {shown}", flush=True)


KEY = ("kind", "study", "seed", "augmentation", "objective")


def jobs(studies, n_seeds):
    """List all measurements: the copies of every data set, then the models."""
    for data in dict.fromkeys(STUDIES[study][0] for study in studies):
        for seed in range(n_seeds):
            for name in AUGMENTERS:
                yield "copies", data, seed, name, ""
    for study in studies:
        for seed in range(min(n_seeds, SEEDS.get(study, n_seeds))):
            for balance in ("ours", "paper"):
                for name in AUGMENTERS:
                    yield "model", study, seed, name, balance


def read(out):
    """Read the results so far."""
    return [json.loads(line) for line in out.open()] if out.exists() else []


def report(rows):
    """Print medians over seeds, and the lowest and highest ARI."""
    frame = pd.DataFrame(rows)
    pd.set_option("display.width", 120, "display.max_columns", None)
    order = list(AUGMENTERS)
    for (kind, study, objective), group in frame.groupby(
        ["kind", "study", "objective"]
    ):
        by_name = group.dropna(axis=1).groupby("augmentation")
        table = by_name.median(numeric_only=True).drop(columns="seed")
        table.insert(0, "n", by_name.size())
        if kind == "model":
            table.insert(2, "lowest", by_name["ari"].min())
            table.insert(3, "highest", by_name["ari"].max())
        present = [name for name in order if name in table.index]
        print(f"\n{kind}, {study} {objective}\n{table.loc[present].round(3)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", nargs="+", default=list(STUDIES), choices=STUDIES)
    parser.add_argument("--n-seeds", type=int, default=10)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("augmentation.jsonl"))
    args = parser.parse_args()
    done = {tuple(row[name] for name in KEY) for row in read(args.out)}
    todo = [job for job in jobs(args.studies, args.n_seeds) if job not in done]
    Parallel(args.n_jobs)(delayed(measure)(args.out, *job) for job in todo)
    report(read(args.out))


if __name__ == "__main__":
    main()
