"""Time, memory and quality against the numbers of samples, features and clusters.

``python benchmarks/scaling.py`` fits VAEClustering and simpler methods to the same
data, each in its own process with one thread, and prints a table as reStructuredText
(about an hour). ``--kinds``, ``--sizes``, ``--n-seeds`` and ``--methods`` select a
part, and ``--json`` saves every result. CPU time excludes imports and making the data;
memory is the peak of the process beyond its state with the data in memory.

Methods on 20 principal components: "k-means" and "mixture" (scikit-learn's
GaussianMixture, full covariances), each with ten initialisations. "UMAP + mixture"
needs ``pip install umap-learn``; "VaDE" needs ClustPy, see ``peers.py``. Both are
omitted without these packages.

``python benchmarks/scaling.py disk`` fits 10,000 and 100,000 fields of 3200 values from
a memory-mapped file, and ``predict`` times the prediction.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

FIRST_SEED = 1000
SIZES = (200, 1_000, 4_000, 20_000)
N_GRID = 40  # points along each side of the curved fields
ARCS = np.array([(-0.4, -0.4), (0.4, -0.4), (-0.4, 0.4), (0.4, 0.4)])


def coastal(n_samples, seed):
    """Make coastal circulations, K = 4."""
    from skvaeclust.datasets import make_coastal_circulations

    X, y = make_coastal_circulations(n_samples, random_state=seed, return_X_y=True)
    rows = X.reshape(n_samples, -1)
    return rows[:, ~np.isnan(rows).any(axis=0)].astype(np.float32), y, 4


def curved(n_samples, seed):
    """Make vortices whose centres move along the arc of their cluster, K = 4.

    Two of the clusters are cyclones and two are anticyclones. Six smooth modes that all
    clusters share, and white noise, are added.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(4, size=n_samples)
    axis = np.linspace(-1, 1, N_GRID)
    gx, gy = np.meshgrid(axis, axis)
    middle = ARCS * (1 + 0.1 * rng.standard_normal((4, 1)))
    radius, first = rng.uniform(0.25, 0.4, 4), rng.uniform(0, 2 * np.pi, 4)
    angle = first[y] + rng.uniform(0.8, 1.3, 4)[y] * np.pi * rng.uniform(size=n_samples)
    x = middle[y, 0] + radius[y] * np.cos(angle)
    z = middle[y, 1] + radius[y] * np.sin(angle)
    phase, waves = rng.uniform(0, 2 * np.pi, (6, 2)), rng.integers(1, 3, (6, 2))
    stream = [
        np.cos(np.pi * k[0] * gx / 2 + p[0]) * np.cos(np.pi * k[1] * gy / 2 + p[1])
        for k, p in zip(waves, phase, strict=True)
    ]
    modes = np.stack(
        [[-np.gradient(s, axis=0), np.gradient(s, axis=1)] for s in stream]
    )
    modes /= np.sqrt((modes**2).mean(axis=(1, 2, 3), keepdims=True))
    X = np.empty((n_samples, 2, N_GRID, N_GRID), np.float32)
    for start in range(0, n_samples, 2000):
        part = slice(start, start + 2000)
        dx, dy = gx - x[part, None, None], gy - z[part, None, None]
        speed = np.exp(-(dx**2 + dy**2) / (2 * 0.22**2)) / 0.22
        speed *= np.where(y[part] % 2, 1, -1)[:, None, None]
        X[part] = np.stack([-dy * speed, dx * speed], axis=1)
        shared = 0.12 * rng.standard_normal((len(dx), 6))
        X[part] += np.tensordot(shared, modes, 1)
        X[part] += 0.3 * rng.standard_normal(X[part].shape, dtype=np.float32)
    return X.reshape(n_samples, -1), y, 4


def round_clusters(n_samples, seed, n_clusters=4):
    """Make round, overlapping clusters in 20 dimensions."""
    centers = np.random.default_rng(seed).standard_normal((n_clusters, 20))
    X, y = make_blobs(n_samples, centers=centers, random_state=seed)
    return X, y, n_clusters


def many_round(n_samples, seed):
    """Make 30 round clusters in 20 dimensions."""
    return round_clusters(n_samples, seed, 30)


KINDS = {
    "coastal": coastal,
    "curved": curved,
    "round": round_clusters,
    "round, 30": many_round,
}


def ours(X, n_clusters, seed):
    from skvaeclust import VAEClustering

    return VAEClustering(n_clusters, random_state=seed).fit_predict(X)


def on_components(clusterer):
    """Return a function that clusters the scores on 20 principal components."""

    def cluster(X, n_clusters, seed):
        scores = PCA(min(20, X.shape[1]), random_state=seed).fit_transform(X)
        model = clusterer(n_clusters, n_init=10, random_state=seed)
        return model.fit_predict(scores)

    return cluster


def umap_mixture(X, n_clusters, seed):
    from umap import UMAP

    scores = PCA(min(20, X.shape[1]), random_state=seed).fit_transform(X)
    points = UMAP(n_neighbors=10, min_dist=0, random_state=seed).fit_transform(scores)
    return GaussianMixture(n_clusters, n_init=10, random_state=seed).fit_predict(points)


def vade(X, n_clusters, seed):
    from peers import import_clustpy

    deep = import_clustpy()
    scores = PCA(min(20, X.shape[1]), random_state=seed).fit_transform(X)
    scores /= np.sqrt(scores.var(axis=0).sum())
    # The default loss is for data between 0 and 1.
    model = deep.VaDE(
        n_clusters, ssl_loss_fn=deep.DEC(1).ssl_loss_fn, random_state=seed
    )
    return model.fit_predict(scores.astype(np.float32))


METHODS = {
    "VAEClustering": ours,
    "k-means": on_components(KMeans),
    "mixture": on_components(GaussianMixture),
    "UMAP + mixture": umap_mixture,
    "VaDE": vade,
}
NEEDED = {"UMAP + mixture": "umap", "VaDE": "clustpy"}


def peak():
    """Return the peak memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(kind, method, n_samples, seed):
    """Measure one fit in this process, after a small one that loads everything."""
    warnings.simplefilter("ignore")
    X, y, n_clusters = KINDS[kind](n_samples, seed)
    METHODS[method](X[:400], 2, 0)
    before, start = peak(), time.process_time()
    labels = METHODS[method](X, n_clusters, seed)
    return {
        "cpu": time.process_time() - start,
        "memory": peak() - before,
        "data": X.nbytes / 2**20,
        "ari": adjusted_rand_score(y, labels),
    }


def in_process(function, *args):
    """Call a function of this file in a separate process."""
    command = [sys.executable, __file__, "--call", json.dumps([function, args])]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | one_thread,
    )
    return json.loads(done.stdout.splitlines()[-1])


def table(records):
    """Print medians over seeds as a list table, and the lowest ARI."""
    print(".. list-table::\n   :header-rows: 1\n")
    header = ["data", "N", "method", "ARI", "lowest ARI", "CPU (s)", "memory (MB)"]
    for row in [header, *records]:
        print("   * - " + "\n     - ".join(row))


def compare(args):
    """Compare the methods on all kinds and sizes."""
    rows, everything = [], []
    for kind in args.kinds:
        for n in args.sizes:
            for method in args.methods:
                if method in NEEDED and not find_spec(NEEDED[method]):
                    continue
                seeds = range(FIRST_SEED, FIRST_SEED + args.n_seeds)
                found = [in_process("measure", kind, method, n, s) for s in seeds]
                everything += [
                    {"kind": kind, "n": n, "method": method, "seed": s} | record
                    for s, record in zip(seeds, found, strict=True)
                ]
                middle = {k: np.median([r[k] for r in found]) for k in found[0]}
                lowest = min(record["ari"] for record in found)
                quality = f"{middle['ari']:.2f}", f"{lowest:.2f}"
                cost = f"{middle['cpu']:.1f}", f"{middle['memory']:.0f}"
                rows.append([kind, f"{n:,}", method, *quality, *cost])
                print(*rows[-1], file=sys.stderr, flush=True)
                if args.json:
                    Path(args.json).write_text(json.dumps(everything, indent=1))
    table(rows)


def fit_from_disk(path, n_samples):
    """Fit rows of a memory-mapped file; measure CPU time and anonymous memory."""
    from larger_than_memory import anonymous_memory, peak_while

    from skvaeclust import VAEClustering

    warnings.simplefilter("ignore")
    X = np.memmap(path, np.float32, "r", shape=(n_samples, 2 * N_GRID**2))
    VAEClustering(2, max_epochs=2, random_state=0).fit(np.array(X[:100]))
    before, start = anonymous_memory(), time.process_time()
    most = peak_while(lambda: VAEClustering(4, random_state=0).fit(X))
    return {"cpu": time.process_time() - start, "memory": most - before}


def disk():
    """Fit 10,000 and 100,000 fields from a memory-mapped file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fields")
        curved(100_000, FIRST_SEED)[0].tofile(path)
        for n_samples in (10_000, 100_000):
            print(n_samples, in_process("fit_from_disk", str(path), n_samples))


def predict(n_samples=20_000):
    """Measure the rows per CPU second, and the CPU time of one row, ms."""
    from skvaeclust import VAEClustering

    warnings.simplefilter("ignore")
    X, *_ = curved(n_samples, FIRST_SEED)
    model = VAEClustering(4, random_state=0, max_epochs=4).fit(X[:1000])
    start = time.process_time()
    model.predict(X)
    middle = time.process_time()
    for _ in range(100):
        model.predict(X[:1])
    print(f"{n_samples / (middle - start):.0f} rows per CPU second")
    print(f"one row: {10 * (time.process_time() - middle):.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("part", nargs="?", choices=["disk", "predict"])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS)[:3], choices=KINDS)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--n-seeds", type=int, default=5)
    parser.add_argument("--json", help="file for all results")
    parser.add_argument("--call", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.call is not None:
        function, values = args.call
        print(json.dumps(globals()[function](*values)))
    elif args.part is not None:
        globals()[args.part]()
    else:
        compare(args)
