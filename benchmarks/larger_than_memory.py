"""Peak memory of a fit to labelled fields against the number of samples.

``python benchmarks/larger_than_memory.py memmap`` writes fields of 4000 numbers to a
temporary file, memory-mapped or zarr, fits FieldClustering with 20 components to 500
and to 50,000 of them, each in its own process, and prints the peak of the anonymous
memory: pages of a mapped file that the system may drop do not count. The files take
0.8 GB.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.cluster import KMeans

from skvaeclust import VAEClustering
from skvaeclust.xarray import FieldClustering

SHAPE, CHUNK = (2, 40, 50), 500
CLUSTERERS = {
    "kmeans": KMeans(4, n_init=1, random_state=0),
    "vae": VAEClustering(4, random_state=0),
}


def anonymous_memory():
    """Return the anonymous memory of this process, MB."""
    status = Path("/proc/self/status").read_text()
    line = next(row for row in status.splitlines() if row.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


def peak_while(function):
    """Call a function; return the peak of the anonymous memory meanwhile, MB."""
    peak, running = 0.0, True

    def watch():
        nonlocal peak
        while running:
            peak = max(peak, anonymous_memory())
            time.sleep(0.02)

    threading.Thread(target=watch, daemon=True).start()
    function()
    running = False
    return peak


def as_dataset(fields, first_day=0):
    """Label fields (n, 2, height, width)."""
    time = pd.date_range("1900-01-01", periods=first_day + len(fields))[first_day:]
    data = {name: (("time", "lat", "lon"), fields[:, i]) for i, name in enumerate("uv")}
    lat, lon = np.linspace(30, 60, SHAPE[1]), np.arange(float(SHAPE[2]))
    return xr.Dataset(data, {"time": time, "lat": lat, "lon": lon})


def write(n_samples, kind, path):
    """Write four patterns with noise along ten directions, part by part."""
    rng = np.random.default_rng(0)
    patterns = rng.standard_normal((4, *SHAPE)).astype("f4")
    noise = 0.3 * rng.standard_normal((10, np.prod(SHAPE))).astype("f4")
    if kind == "memmap":
        out = np.memmap(path, dtype="f4", mode="w+", shape=(n_samples, *SHAPE))
    for start in range(0, n_samples, CHUNK):
        label = rng.integers(0, 4, CHUNK)
        eps = rng.standard_normal((CHUNK, 10)).astype("f4")
        part = patterns[label] + (eps @ noise).reshape(-1, *SHAPE)
        if kind == "memmap":
            out[start : start + CHUNK] = part
        else:
            chunks = {name: {"chunks": (CHUNK, *SHAPE[1:])} for name in "uv"}
            options = {"append_dim": "time"} if start else {"encoding": chunks}
            part = as_dataset(part, start)
            part.to_zarr(path, consolidated=False, **options)


def fit(n_samples, kind, path, clusterer):
    """Fit, and print seconds and peak memory."""
    if kind == "memmap":
        data = as_dataset(np.memmap(path, "f4", "r", shape=(n_samples, *SHAPE)))
    else:
        data = xr.open_zarr(path, consolidated=False)
    model = FieldClustering(
        CLUSTERERS[clusterer], n_components=20, climatology="month", weights="coslat"
    )
    start = time.perf_counter()
    peak = peak_while(lambda: model.fit(data).predict(data).compute())
    print(f"{time.perf_counter() - start:.0f} {peak:.0f}")


def measure(kind, clusterer):
    """Print the peak memory for both numbers of samples."""
    peaks = []
    for n_samples in (500, 50_000):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "fields")
            write(n_samples, kind, path)
            command = [sys.executable, __file__, kind, clusterer, str(n_samples), path]
            out = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, peak = map(float, out.stdout.split()[-2:])
        peaks.append(peak)
        print(f"{kind}, {clusterer}, N = {n_samples}: {seconds:.0f} s, {peak:.0f} MB")
    print(f"   ratio {peaks[1] / peaks[0]:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["memmap", "zarr"])
    parser.add_argument("clusterer", nargs="?", default="kmeans", choices=CLUSTERERS)
    parser.add_argument("job", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        fit(int(args.job[0]), args.kind, args.job[1], args.clusterer)
    else:
        measure(args.kind, args.clusterer)
