"""Labelled results of a clustering, with the attributes of the CF conventions."""

import json
import re

import numpy as np
import xarray as xr

import skvaeclust
from skvaeclust._attrs import CLUSTERED, anomaly_name
from skvaeclust._components import blocks
from skvaeclust._coordinates._coords import coords_on
from skvaeclust._coordinates._time import as_dates
from skvaeclust._steps import last_step
from skvaeclust._threads import on_one_thread
from skvaeclust.xarray._writable import as_text, make_writable, reset_multi_indexes

CONVENTIONS = "CF-1.11"
LABEL = "cluster index, starting at 0"
PER_SAMPLE = ("label", "score")  # results with one value per sample


def cluster_coord(n_clusters, names=None):
    """Return the coordinate of the clusters: their indices, or names."""
    values = np.arange(n_clusters) if names is None else names
    attrs = {"long_name": LABEL if names is None else "cluster"}
    return xr.DataArray(values, dims="cluster", attrs=attrs)


def describe(clusters, variables):
    """Return the attributes of labels: CF flags, and the clustered variables.

    Parameters
    ----------
    clusters : DataArray
        Coordinate of the clusters.
    variables : iterable of str

    Returns
    -------
    attrs : dict
    """
    names = [str(name) for name in clusters.values]
    if clusters.dtype.kind in "iu":
        names = [f"cluster_{name}" for name in names]
    return {
        "long_name": LABEL,
        CLUSTERED: ", ".join(map(str, variables)),
        "flag_values": np.arange(len(names), dtype=np.int32),
        "flag_meanings": " ".join(re.sub(r"\s+", "_", name) for name in names),
    }


def anomaly_maps(transformer, rows, clusters):
    """Convert anomalies, weighted and scaled, to maps in the units of the data.

    Parameters
    ----------
    transformer : FieldTransformer
    rows : ndarray of shape (n_clusters, n_valid)
    clusters : DataArray
        Coordinate of the clusters.

    Returns
    -------
    maps : Dataset
        On "cluster" and the grid, named as anomalies.
    """
    rows = rows / transformer.point_weights_ * transformer.scale_
    maps = transformer.to_fields(rows, ["cluster"], [len(rows)])
    for name in maps.data_vars:
        long_name = anomaly_name(maps[name])
        maps[name].attrs = maps[name].attrs | {"long_name": long_name}
    return maps.assign_coords(cluster=clusters)


def own_centers(clusterer):
    """Return the centres that a clusterer has, or None."""
    return getattr(clusterer, "cluster_centers_", getattr(clusterer, "means_", None))


def count_clusters(labels, estimator):
    """Return the number of clusters, including empty ones."""
    centers = own_centers(last_step(estimator))
    return int(labels.max()) + 1 if centers is None else len(centers)


def label_columns(values, names, n_columns, data, dims, clusters):
    """Convert columns of results to DataArrays.

    Parameters
    ----------
    values : ndarray or dask array of shape (n_samples, sum of n_columns)
    names : sequence of str
        "label", "probability", "position", "score", "distance" or "regime_index".
    n_columns : sequence of int
        Number of columns of each result.
    data : Dataset
        The samples.
    dims : list of str
        Dimensions of the samples.
    clusters : DataArray
        Coordinate of the clusters.

    Returns
    -------
    results : dict of DataArray
    """
    sizes = [data.sizes[dim] for dim in dims]
    coords = coords_on(data, dims).coords
    results, end = {}, 0
    for name, n in zip(names, n_columns, strict=True):
        part, end = values[:, end : end + n].reshape((*sizes, n)), end + n
        if name in PER_SAMPLE:
            array = xr.DataArray(part[..., 0], coords, dims, name)
            if name == "label":
                attrs = describe(clusters, data.data_vars)
                array = array.astype(int).assign_attrs(attrs)
            results[name] = array
            continue
        last = "component" if name == "position" else "cluster"
        array = xr.DataArray(part, coords, [*dims, last], name)
        if last == "cluster":
            array = array.assign_coords(cluster=clusters)
        results[name] = array
    return results


@on_one_thread
def group_means(batches, valid, labels, n_clusters):
    """Average the samples of each cluster, in the units of the data.

    Parameters
    ----------
    batches : iterable of (time, rows)
        Rows of shape (n, n_points), NaN where values are missing.
    valid : ndarray of bool of shape (n_points,)
    labels : ndarray of int of shape (n_samples,)
        Cluster of every sample; -1 is no cluster.
    n_clusters : int

    Returns
    -------
    means : ndarray of shape (n_clusters, n_points)
        NaN on land, and for an empty cluster.
    """
    sums = np.zeros((n_clusters, len(valid)))
    counts, start = np.zeros_like(sums), 0
    for _, rows in batches:
        own = labels[start : start + len(rows)] == np.arange(n_clusters)[:, None]
        sums += own.astype(float) @ np.nan_to_num(rows)
        counts += own.astype(float) @ ~np.isnan(rows)
        start += len(rows)
    with np.errstate(invalid="ignore"):
        return np.where(valid, sums / counts, np.nan)


def feature_means(features, labels, n_clusters):
    """Average the features of each cluster, one block at a time; 0 if it is empty."""
    sums = np.zeros((n_clusters, *features.shape[1:]))
    for part in blocks(features):
        for k in np.unique(labels[part][labels[part] >= 0]):
            sums[k] += features[part][labels[part] == k].sum(axis=0)
    counts = np.bincount(labels[labels >= 0], minlength=n_clusters)
    return (sums.T / counts.clip(min=1)).T


def squared_distances(features, centers):
    """Return the squared distance of features to each centre; land is left out."""
    flat = np.nan_to_num(features.reshape(len(features), -1))
    rest = flat[:, None] - np.nan_to_num(centers.reshape(len(centers), -1))
    return np.square(rest).sum(axis=-1)


def forecast_dataset(labels, probability, distance, member_dim):
    """Average probabilities over members and find representative members.

    Parameters
    ----------
    labels : DataArray
        On the dimensions of the samples.
    probability : DataArray or None
        On those of `labels` and "cluster". If None, the fraction of labels is used.
    distance : DataArray
        Squared distance to the centre of each "cluster".
    member_dim : str
        Dimension of the members.

    Returns
    -------
    forecast : Dataset
    """
    own = labels == xr.zeros_like(distance["cluster"], int) + np.arange(
        distance.sizes["cluster"]
    )
    if probability is None:
        probability = own.where(distance.notnull()).transpose(..., "cluster")
    mean = probability.mean(member_dim).assign_attrs(
        long_name="probability of the cluster", units="1"
    )
    far = distance.where(own, np.inf)
    found = far.argmin(member_dim)
    if member_dim in labels.coords:
        members = member_names(as_dates(labels[member_dim])).values
        found = xr.apply_ufunc(
            members.__getitem__,
            found,
            dask="parallelized",
            output_dtypes=[members.dtype],
        )
    none = {"U": "", "M": np.datetime64("NaT"), "m": np.timedelta64("NaT")}
    fill = none.get(found.dtype.kind, -1)
    representative = found.where(own.any(member_dim), fill).assign_attrs(
        long_name=f"member of the cluster closest to its centre, {str(fill)!r} for none"
    )
    return xr.Dataset(
        {"probability": mean, "representative": representative, "label": labels}
    )


def member_names(members):
    """Convert the coordinate of members so that a value for "no member" can be added.

    Parameters
    ----------
    members : DataArray

    Returns
    -------
    names : DataArray
        Signed integers, floats, dates, durations or text, also for objects.
    """
    if members.dtype.kind in "biu":
        return members.astype(np.int64)
    return members if members.dtype.kind in "fMm" else as_text(members)


def means_of_samples(model, label, data):
    """Return the fraction of samples in each cluster, and their means.

    Parameters
    ----------
    model : FieldClustering
    label : DataArray
        On the dimensions of the samples.
    data : Dataset
        The samples, aligned with the grid of the model.

    Returns
    -------
    fraction : DataArray
        On "cluster"; lazy for dask arrays, as the means are.
    means : Dataset
        On "cluster" and the grid, NaN on land and for an empty cluster.
    """
    means = model.cluster_means_.copy()
    valid = model.cluster_centers_.notnull().any("cluster")
    dims = label.dims
    own = (label.variable == xr.Variable("cluster", range(model._n_clusters))) * 1.0
    own, present = xr.DataArray(own), False
    for name, mean in means.items():
        values = xr.DataArray(data[name].variable).where(valid[name].variable)
        known = values.notnull()
        present = present | known.any([dim for dim in known.dims if dim not in dims])
        sums = xr.dot(own, values.fillna(0).astype(float), dim=dims)
        counts = xr.dot(own, known.astype(float), dim=dims)
        found = sums / counts.where(counts > 0)  # dask would warn of 0 / 0
        means[name] = mean.variable.copy(data=found.transpose(*mean.dims).data)
    n_samples = present.sum()
    return own.sum(dims) / n_samples.where(n_samples > 0), means


def cluster_dataset(model, samples, X=None):
    """Collect the results of a model in one Dataset.

    Parameters
    ----------
    model : FieldClustering
    samples : dict of DataArray
        On the dimensions of the samples.
    X : DataArray, Dataset or list of DataArrays, default=None
        Samples to average. Default: those of `fit`.

    Returns
    -------
    results : Dataset
    """
    variables = model.transformer_.grid_.variables
    names = [f"{name}_{kind}" for name in variables for kind in ("center", "mean")]
    centers = _flat(model.cluster_centers_, names)
    fraction, means = model.weights_, model.cluster_means_
    if X is not None:
        data = model.transformer_.align(X)
        fraction, means = means_of_samples(model, samples["label"], data)
        fraction = fraction.data
    means = _flat(means, names)
    samples = {name: _flat(array, names) for name, array in samples.items()}
    results = xr.Dataset(
        {"label": samples["label"].astype(np.int32)}
        | {name: array for name, array in samples.items() if name != "label"}
        | {
            "fraction": (
                "cluster",
                fraction,
                {"long_name": "fraction of the samples in the cluster", "units": "1"},
            )
        }
    )
    for name in centers.data_vars:
        for fields, kind in ((centers, "center"), (means, "mean")):
            results[f"{name}_{kind}"] = labelled(fields[name], kind)
    for name, text in (
        ("probability", "probability of the cluster"),
        ("position", "position in the space of the clusterer"),
    ):
        if name in results:
            results[name].attrs = {"long_name": text, "units": "1"}
    results = make_writable(results)
    version = f"skvaeclust {skvaeclust.__version__}"
    return results.assign_attrs(
        Conventions=CONVENTIONS,
        title="Clusters of fields",
        source=version,
        history=f"Created by {version}",
        settings=json.dumps(model.get_params(), default=repr),
    )


def _flat(labelled, names):
    """Reset multi-indexes, and rename coordinates with names of the results."""
    labelled = reset_multi_indexes(labelled)
    new = {n: f"{n}_of_data" for n in names if n in labelled.coords}
    return labelled.rename(new) if new else labelled


def labelled(field, kind):
    """Add the kind of field to its long_name."""
    long_name = field.attrs.get("long_name", field.name)
    text = {"center": "centre of the cluster", "mean": "mean over the cluster"}[kind]
    return field.assign_attrs(long_name=f"{long_name}, {text}")
