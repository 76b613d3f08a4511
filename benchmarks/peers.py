"""Time and quality of VAEClustering and its peers, in one run on the same data.

``python benchmarks/peers.py`` prints all tables (about three hours on 2 cores);
``python benchmarks/peers.py idealized digits --n-seeds 3 --json peers.json`` prints
some of them and saves every result, from which peer_tables.py prints an overview of
several runs.

The rows of ClustPy need a separate environment, since ClustPy requires torchvision,
which is not used here::

    python -m venv env && . env/bin/activate
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    pip install -e ".[plot]"
    pip install umap-learn
    pip install --no-deps -r benchmarks/requirements.txt  # needs a C compiler

Without ClustPy or UMAP, their rows are omitted.

Every method gets the fields and returns labels; its time includes everything in
between, such as principal components. All methods may use ``--threads`` threads, except
in BLAS, which uses one thread and is then faster for small matrices. For each data set
and seed, all methods run in turn, under the same conditions. Synthetic data are
generated for each seed; digits and the North Atlantic are one data set each, fitted
with several random states.
"""

import os

# Waiting threads must not spin: they would slow down other work on the same cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars from ClustPy

import argparse
import contextlib
import functools
import importlib
import io
import json
import platform
import sys
import time
import warnings
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import product
from unittest import mock

import numpy as np
import torch
from estimator import (
    OURS,
    accuracy,
    coastal,
    fit,
    idealized,
    pc_scores,
    peers,
)
from peer_tables import print_table
from plain import N_EPOCHS, PlainTraining
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import BayesianGaussianMixture
from threadpoolctl import threadpool_limits

from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.model_selection import gaussian_surrogates

N_PCS = (10, 20)  # fixed beforehand, the same for all data
PLAIN_BALANCE = {"0": 0, "1/60": 1 / 60}
N_MEASURED = 20  # epochs of the plain script before its time is extrapolated


def pcs(total_variance):
    """Return a function that computes scores on 20 PCs with this total variance."""

    def scale(X):
        scores = pc_scores(X, 20)
        return scores * np.sqrt(total_variance / scores.var(axis=0).sum())

    return scale


def standardise(X):
    """Scale to mean 0 and variance 1 over all values, as in ClustPy's examples."""
    return (X - X.mean()) / X.std()


def unit_interval(X):
    """Scale to [0, 1], as required by the default loss of ClustPy's VaDE."""
    return (X - X.min()) / np.ptp(X)


# The best scaling for each method in preliminary runs on single data sets, by agreement
# with the truth (DCN on digits as DEC).
CLUSTPY_ON_FIELDS = {"VaDE": pcs(1), "DEC": pcs(20), "DCN": pcs(20)}
CLUSTPY_ON_DIGITS = {"VaDE": unit_interval, "DEC": standardise, "DCN": standardise}


@dataclass
class DataSet:
    """Data of one table.

    ``cases`` are (X, y, random states), with y None if there are no true labels.
    ``plain`` are parameters of the plain script, and ``clustpy`` are functions that
    scale X for each ClustPy method.
    """

    title: str
    n_clusters: int
    cases: list
    plain: dict = field(default_factory=dict)
    clustpy: dict = field(default_factory=CLUSTPY_ON_FIELDS.copy)


def make_idealized(n_seeds):
    cases = [(*idealized(seed), [seed]) for seed in range(n_seeds)]
    return DataSet("Idealised circulations, N = 90, K = 3", 3, cases)


def make_coastal(freedom, name):
    def make(n_seeds):
        cases = [(*coastal(seed, freedom), [seed]) for seed in range(n_seeds)]
        title = f"Coastal circulations, {name}, N = 164, K = 4"
        return DataSet(title, 4, cases)

    return make


def make_digits(n_seeds):
    X, y = load_digits(return_X_y=True)
    return DataSet(
        "Digits, N = 1797, K = 10",
        10,
        [(X, y, range(n_seeds))],
        plain={"latent_dim": 10},
        clustpy=CLUSTPY_ON_DIGITS,
    )


def make_north_atlantic(n_seeds):
    X = load_north_atlantic_slp(geostrophic_wind=True).data
    cases = [(X, None, range(min(n_seeds, 2)))]
    return DataSet("North Atlantic winter days, N = 902, K = 4", 4, cases)


def make_control(n_seeds):
    cases = [
        (gaussian_surrogates(idealized(seed)[0], random_state=seed)[0], None, (0, 1))
        for seed in range(n_seeds)
    ]
    return DataSet("No clusters: Gaussian surrogates, N = 90, K = 3", 3, cases)


PARTS = {
    "idealized": make_idealized,
    "coastal_easy": make_coastal(0.0, "easy"),
    "coastal_hard": make_coastal(1.0, "hard"),
    "control": make_control,
    "north_atlantic": make_north_atlantic,
    "digits": make_digits,
}


def clock():
    """Return wall-clock and CPU seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def timed(cluster):
    """Wrap a method to return labels and seconds."""

    def run(X, K, seed):
        start = clock()
        labels = cluster(X, K, seed)
        return labels, clock() - start

    return run


def ours(X, K, seed):
    """Run VAEClustering with ten noisy copies; return the kept start as well."""
    start = clock()
    model = fit(X, K, seed)
    took = clock() - start
    starts = model.starts_
    return model.labels_, took, starts.index[starts["kept"]][0]


def bayesian(n_pcs):
    """Wrap a Bayesian mixture on a number of PCs, with 5 restarts."""

    def cluster(X, K, seed):
        model = BayesianGaussianMixture(n_components=K, n_init=5, random_state=seed)
        return model.fit_predict(pc_scores(X, n_pcs))

    return cluster


@functools.cache
def import_clustpy():
    """Import the deep clustering of ClustPy; return None if it is missing.

    ClustPy imports torchvision, but does not use it for arrays, so a stub is
    sufficient.
    """
    if find_spec("torchvision") is None:
        for name in ("", ".models", ".models._api", ".models.resnet", ".transforms"):
            sys.modules[f"torchvision{name}"] = mock.MagicMock()
    try:
        return importlib.import_module("clustpy.deep")
    except ImportError as error:
        print(f"The rows of ClustPy are omitted: {error}", flush=True)
        return None


def clustpy_peers(inputs):
    """Return ClustPy's methods with default parameters.

    The default loss of VaDE is for data between 0 and 1. On other data, VaDE uses the
    squared error, which is the default of the other two.
    """
    deep = import_clustpy()
    if deep is None:
        return {}
    peers = {}
    for name, scale in inputs.items():
        params = {}
        if name == "VaDE" and scale is not unit_interval:
            params["ssl_loss_fn"] = deep.DEC(1).ssl_loss_fn
        peers[f"ClustPy {name}"] = clustpy_peer(getattr(deep, name), scale, params)
    return peers


def clustpy_peer(estimator, scale, params):
    """Wrap a ClustPy method on its scaled input, without printed output."""

    def cluster(X, K, seed):
        with contextlib.redirect_stdout(io.StringIO()):
            model = estimator(K, random_state=seed, **params)
            return model.fit(scale(X)).labels_

    return timed(cluster)


def plain(gamma_balance, params, longest):
    """Run the plain script; if it takes too long, extrapolate, without labels."""

    def run(X, K, seed):
        start = clock()
        training = PlainTraining(X, K, seed, gamma_balance=gamma_balance, **params)
        prepared = clock()
        for epoch in range(N_EPOCHS):
            training.run_epoch()
            if epoch + 1 == N_MEASURED:
                schedule = (clock() - prepared) * N_EPOCHS / N_MEASURED
                if schedule[0] > longest:
                    return None, prepared - start + schedule
        return training.labels(), clock() - start

    return run


def methods(data, longest):
    """Return the rows of a table: functions of X, K, seed to labels and seconds."""
    rows = {OURS: ours} | {name: timed(peer) for name, peer in peers().items()}
    for n_pcs in N_PCS:
        rows[f"PCA({n_pcs}) + Bayesian GMM"] = timed(bayesian(n_pcs))
    rows |= clustpy_peers(data.clustpy)
    for name, balance in PLAIN_BALANCE.items():
        rows[f"plain script, gamma_balance {name}"] = plain(
            balance, data.plain, longest
        )
    return rows


def measure(part, data, longest):
    """Run all fits to a data set, with methods in turn; return one record per fit.

    ``agreements`` are ARIs with the fits of other random states to the same data.
    """
    records, earlier = [], {}
    rows = methods(data, longest)
    for case, (X, y, states) in enumerate(data.cases):
        for state, (name, run) in product(states, rows.items()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                labels, seconds, *kept = run(X, data.n_clusters, state)
            record = {"part": part, "method": name, "case": case, "state": int(state)}
            record |= {"seconds": float(seconds[0]), "cpu_seconds": float(seconds[1])}
            record["extrapolated"] = labels is None
            record["kept"] = kept[0] if kept else ""
            if labels is not None:
                others = earlier.setdefault((name, case), [])
                record["agreements"] = [adjusted_rand_score(a, labels) for a in others]
                others.append(labels)
                if y is not None:
                    record["ari"] = adjusted_rand_score(y, labels)
                    record["accuracy"] = float(accuracy(y, labels))
            records.append(record)
            print("  ", *record.values(), flush=True)
    return records


def environment(args):
    """Describe the environment of the measurements."""
    packages = ("torch", "scikit-learn", "numpy", "clustpy")
    return {
        "date": str(date.today()),
        "python": platform.python_version(),
        "threads": args.threads,
        "n_seeds": args.n_seeds,
        **{name: find_version(name) for name in packages},
    }


def find_version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--n-seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of each method")
    parser.add_argument(
        "--longest",
        type=float,
        default=180,
        help="seconds; if the plain script needs more, its time is extrapolated",
    )
    parser.add_argument("--json", help="file for all results")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = {"environment": environment(args), "parts": {}}
    print(results["environment"], flush=True)
    fit(idealized(0)[0], 3, 0, max_epochs=2)  # the first use of torch is slow
    for part in args.parts:
        data = PARTS[part](args.n_seeds)
        with threadpool_limits(1, user_api="blas"):  # faster for small matrices
            records = measure(part, data, args.longest)
        print_table(data.title, records)
        results["parts"][part] = {"title": data.title, "records": records}
        if args.json:
            with open(args.json, "w") as file:
                json.dump(results, file, indent=1, default=float)


if __name__ == "__main__":
    main()
