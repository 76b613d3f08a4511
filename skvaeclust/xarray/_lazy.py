"""Functions of samples, evaluated batch by batch or lazily with dask."""

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr

from skvaeclust._coordinates._time import times_of

BATCH = 2**22  # values read at a time


def slices(n_samples, size, minimum=1):
    """Divide samples into nearly equal slices of about ``BATCH`` values.

    Parameters
    ----------
    n_samples : int
    size : int
        Values per sample.
    minimum : int, default=1
        Minimum number of samples in a slice.
    """
    longest = max(minimum, BATCH // max(1, size))
    n_batches = max(1, min(-(-n_samples // longest), n_samples // minimum))
    bounds = np.linspace(0, n_samples, n_batches + 1).astype(int)
    return [slice(*pair) for pair in pairwise(bounds)]


def select(time, samples):
    """Select samples from their times, a DataArray, a function of one, or None."""
    if callable(time):
        return lambda: select(time(), samples)
    if time is None:
        return None
    return xr.DataArray(np.ravel(time.values)[samples], dims="sample", attrs=time.attrs)


def is_lazy(data):
    """Check whether variables of a Dataset are dask arrays."""
    return any(variable.chunks is not None for variable in data.data_vars.values())


def in_batches(function, data, grid, dim, tail, lazy=None):
    """Apply a function to the samples of a Dataset, batch by batch.

    Parameters
    ----------
    function : callable
        Called with a function that returns the times, the rows (n, n_points) of a
        batch, and the index of its first sample; returns an array of shape (n, ...).
    data : Dataset
        Aligned with the grid.
    grid : Grid
    dim : str
        Dimension of the samples in fit; its coordinate holds their times.
    tail : tuple of int
        Shape of the result after its first axis.
    lazy : bool, default=None
        Whether to return a dask array; None follows the data.

    Returns
    -------
    result : ndarray or dask array
    """
    dims = grid.sample_dims(data)
    if not dims:  # a single field
        dims, data = ["sample"], data.expand_dims("sample")
    first, *others = dims
    n_rows = int(np.prod([data.sizes[name] for name in others], dtype=int))

    def on_batch(part, start):
        times = partial(times_of, part, dim, dims, start)
        return function(times, grid.rows(part), start * n_rows)

    if not (is_lazy(data) if lazy is None else lazy):
        parts = slices(data.sizes[first], n_rows * grid.n_points)
        return np.concatenate(
            [on_batch(data.isel({first: part}), part.start) for part in parts]
        )
    import dask
    import dask.array as da

    bounds = np.append(0, np.cumsum(data.chunksizes[first]))
    delayed = dask.delayed(on_batch)
    return da.concatenate(
        [
            da.from_delayed(
                delayed(data.isel({first: slice(start, stop)}), int(start)),
                shape=(n_rows * int(stop - start), *tail),
                dtype=float,
            )
            for start, stop in pairwise(bounds)
        ]
    )


@dataclass(frozen=True)
class MappedFile:
    """A file of float64 values. Workers of a dask cluster write parts of it."""

    path: Path
    shape: tuple

    def open(self, mode):
        """Map the file to memory."""
        return np.memmap(self.path, np.float64, mode, shape=self.shape)

    def __setitem__(self, index, values):
        self.open("r+")[index] = values


@contextmanager
def stored_features(transformer, data):
    """Compute the features of all samples, those of dask arrays into a temporary file.

    Parameters
    ----------
    transformer : FieldTransformer
    data : Dataset
        Aligned with the grid.

    Yields
    ------
    features : ndarray
        Mapped to memory if there is a file, which is in the ``temporary-directory`` of
        dask's configuration. All workers must share this folder. The file is removed at
        the end of the context. Scores of principal components are small, and have none.
    """
    if transformer.n_components is not None or not is_lazy(data):
        yield transformer.apply(data, lazy=False)
        return
    import dask
    import dask.array as da

    features = transformer.apply(data)
    parent = dask.config.get("temporary-directory", None)
    with TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        file = MappedFile(Path(folder, "features"), features.shape)
        file.open("w+")
        da.store(features, file, lock=False)
        yield file.open("r")
