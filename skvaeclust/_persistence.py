"""Saving and loading of models by skops, without pickle."""

import json
import os
import warnings
from errno import ENOENT
from hashlib import blake2b
from pathlib import Path, PurePath

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skvaeclust import __version__
from skvaeclust._audit import audit
from skvaeclust._files import refuse_special, write_whole
from skvaeclust._steps import CALLBACKS
from skvaeclust._warnings import warn
from skvaeclust._words import shown

# A file has a line with the checksum of the rest, a line of JSON, and skops content.
FIRST_WORDS = b"skvaeclust model, blake2b "
FORMAT = 1  # increase it when the format changes; older files must still load
VERSIONS = {"skvaeclust": __version__, "scikit-learn": sklearn.__version__}

# Types that a file may contain, in addition to those that skops trusts (numpy arrays
# and scikit-learn's estimators). If a type moves, keep its old name and an import.
TRUSTED = [
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split._CVIterableWrapper",
    "skvaeclust._fields.Layout",
    "skvaeclust._representation.Representation",
    "skvaeclust._model._specs.ConvNetworks",
    "skvaeclust._model._specs.DenseNetworks",
    "skvaeclust._persistence.Plain",
    "skvaeclust._prediction.FittedModel",
    "skvaeclust._random_init.RandomInit",
    "skvaeclust._vae_clustering.VAEClustering",
    "skvaeclust.augmentation._geometry.CutoutAugmenter",
    "skvaeclust.augmentation._geometry.RotationAugmenter",
    "skvaeclust.augmentation._geometry.ZoomAugmenter",
    "skvaeclust.augmentation._noise.IsotropicNoiseAugmenter",
    "skvaeclust.augmentation._noise.PCScaledNoiseAugmenter",
    "skvaeclust.augmentation._noise.PCUniformNoiseAugmenter",
    "skvaeclust.model_selection._classifiability.classifiability_scorer",
    "skvaeclust.model_selection._selection.select_classifiable",
    "skvaeclust.xarray._clustering.FieldClustering",
    "skvaeclust._grids._grid.Grid",
    "skvaeclust.xarray._index.Projection",
    "skvaeclust.xarray._patterns.PatternClusterer",
    "skvaeclust._anomalies._regression.Regression",
    "skvaeclust._anomalies._scale.Anomalies",
    "skvaeclust._anomalies._scale.SeasonalAmplitude",
    "skvaeclust._anomalies._design.Design",
    "skvaeclust.xarray._transformer.FieldTransformer",
]


def save(model, path: str | os.PathLike) -> None:
    """Save a model to a file that can be loaded without pickle.

    The file contains numbers and names, but no code. An existing file is replaced only
    when the new one is complete, and keeps its permissions. Callbacks are not saved.

    Parameters
    ----------
    model : estimator
        A :class:`VAEClustering`, or any estimator, pipeline or search of scikit-learn.
    path : str or path-like
        The file to write.

    Raises
    ------
    ImportError
        If skops is not installed.
    OSError
        If the file cannot be written, or if the path is a folder or a device.
    TypeError
        If the model is not an estimator, or contains an unsupported object.

    See Also
    --------
    load : Load the model.

    Notes
    -----
    Networks are saved as arrays and rebuilt on loading. Custom networks must keep all
    trained state in the ``state_dict`` of the torch module.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import make_blobs
    >>> import skvaeclust
    >>> X, _ = make_blobs(60, random_state=0)
    >>> model = skvaeclust.VAEClustering(3, n_init=1, random_state=0).fit(X)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "blobs.model")
    ...     skvaeclust.save(model, path)
    ...     loaded = skvaeclust.load(path)
    >>> bool((loaded.predict_proba(X) == model.predict_proba(X)).all())
    True
    """
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise TypeError(
            f"model must be an estimator, got {shown(model)}. Use save(model, path)."
        )
    _check_path(path)
    skops_io = _import_skops()
    try:
        content = skops_io.dumps(_copy(model, _to_plain))
        # Refuse to save what could not be loaded.
        types = skops_io.get_untrusted_types(data=content)
        audit(content, types)
        _copy(skops_io.loads(content, trusted=types), _from_plain)
    except Exception as error:  # each type has its own
        raise TypeError(
            f"This {type(model).__name__} contains an unsupported object: {error}"
        ) from error
    header = json.dumps({"format": FORMAT} | VERSIONS).encode() + b"\n"
    checksum = _checksum(header + content)
    write_whole(path, FIRST_WORDS + checksum + b"\n" + header + content)


def load(path: str | os.PathLike, *, trusted=()):
    """Load a model from a file written by :func:`save`.

    Loading executes no code from the file. It imports only types that this library
    trusts, those of scikit-learn that skops trusts, and those in ``trusted``. It calls
    no function by name, and needs memory in proportion to the size of the file. The
    loaded model predicts on the CPU, with the same results as the saved model.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : list of str or type, default=()
        Other types that the file may contain, such as custom networks, by full name.

    Returns
    -------
    model : estimator
        The saved model.

    Raises
    ------
    ImportError
        If skops is not installed.
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged, was not written by :func:`save`, was written by a newer
        version, or contains types that are not trusted.

    Warns
    -----
    UserWarning
        If the file was written with another version of this library or scikit-learn.

    See Also
    --------
    save : Save a model, with an example.

    Notes
    -----
    The checksum detects corruption, not tampering. A malicious file cannot execute
    code, but its predictions may be wrong.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import skvaeclust
    >>> network = skvaeclust.DenseNetworks(hidden_features=64)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "narrow.model")
    ...     skvaeclust.save(skvaeclust.VAEClustering(network=network), path)
    ...     skvaeclust.load(path)
    VAEClustering(network=DenseNetworks(hidden_features=64))

    Custom networks must be named, as in
    ``load(path, trusted=["my_module.MyNetworks"])``.
    """
    _check_path(path)
    trusted = [trusted] if isinstance(trusted, str | type) else trusted
    is_list = isinstance(trusted, list | tuple | set)
    if not is_list or not all(isinstance(one, str | type) for one in trusted):
        raise TypeError(
            f"trusted must be a list of names or types, got {shown(trusted)}."
        )
    skops_io = _import_skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    trusted = TRUSTED + [
        f"{one.__module__}.{one.__name__}" if isinstance(one, type) else one
        for one in trusted
    ]
    content = _read(path)
    try:
        audit(content, trusted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            model = skops_io.loads(content, trusted=trusted)
        model = _copy(model, _from_plain)
    except UntrustedTypesFoundException as error:
        raise ValueError(
            f"{path} contains types that are not trusted. If you trust its author, "
            f"pass their names to load, as the list `trusted`. {error}"
        ) from error
    except Exception as error:  # of skops, numpy, torch, or a type of the file
        raise ValueError(f"{path} cannot be loaded: {error!r}") from error
    if not hasattr(model, "get_params"):
        raise ValueError(
            f"{path} must contain an estimator, got {type(model).__name__}."
        )
    return model


def _check_path(path):
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the name of a file, got {shown(path)}.")


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "Saving and loading require skops: pip install 'skvaeclust[save]'."
        ) from error
    return skops.io


LARGEST_ITEM = 32  # bytes of a number
MICROSECONDS = "microseconds since 1970-01-01"


class Plain:
    """A path or an object of pandas or xarray, as text, numbers and arrays."""

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content


def _to_plain(value):
    """Convert objects to `Plain`, and copy strided arrays so that skops keeps them."""
    kind, (library, *_) = type(value).__name__, type(value).__module__.split(".")
    if isinstance(value, PurePath):
        return Plain("Path", str(value))
    if library == "xarray" and kind in ("DataArray", "Dataset"):
        return Plain(kind, _plain_labelled(value))
    if library == "pandas" and kind in ("DataFrame", "Series"):
        table = value.to_frame() if kind == "Series" else value
        dtypes = [str(dtype) for dtype in table.dtypes]
        return Plain(
            kind, [table.to_dict("tight"), dtypes, getattr(value, "name", None)]
        )
    if isinstance(value, np.ndarray) and not value.flags.forc:
        return value.copy(order="K")
    return value


def _from_plain(value):
    """Undo `_to_plain`."""
    if not isinstance(value, Plain):
        return value
    if value.kind == "Path":
        return Path(value.content)
    if value.kind in ("DataFrame", "Series"):
        from pandas import DataFrame
        from pandas.api.types import pandas_dtype

        content, dtypes, name = value.content
        if any(getattr(pandas_dtype(d), "itemsize", 0) > LARGEST_ITEM for d in dtypes):
            raise ValueError(f"A table has columns of dtype {dtypes}.")
        table = DataFrame.from_dict(content, orient="tight")
        table = table.astype(dict(zip(table.columns, dtypes, strict=True)))
        return table if value.kind == "DataFrame" else table.iloc[:, 0].rename(name)
    import xarray

    kinds = {"DataArray": xarray.DataArray, "Dataset": xarray.Dataset}
    content, levels = value.content
    for variable in _variables(content):
        variable["data"] = _from_plain_dates(variable["data"])
    labelled = kinds[value.kind].from_dict(content)
    return labelled.set_index(levels) if levels else labelled


def _plain_labelled(labelled):
    """Return an xarray object as a dict, and the levels of each multi-index."""
    levels = {
        name: [level for level in index.names if level != name]
        for name, index in labelled.indexes.items()
        if index.nlevels > 1 and name in labelled.dims
    }
    flat = labelled.reset_index([*levels])
    content = flat.to_dict(data=False)  # data="array" rounds dates to microseconds
    own = [] if "data_vars" in content else [flat]
    arrays = [*own, *flat.coords.values(), *getattr(flat, "data_vars", {}).values()]
    for variable, array in zip(_variables(content), arrays, strict=True):
        variable["data"] = _plain_dates(np.asarray(array.values))
    return content, levels


def _variables(content):
    """List the variables in the dict of an xarray object."""
    own = [] if "data_vars" in content else [content]
    return [*own, *content["coords"].values(), *content.get("data_vars", {}).values()]


def _plain_dates(values):
    """Convert dates of cftime to numbers, and copy strided arrays."""
    if values.dtype.kind == "T":  # text of any length
        return values.astype(object).astype(str)
    if values.dtype.kind in "mM":  # with xarray 2025.6, the dtype has metadata
        return values.view(np.int64).view(values.dtype.str).copy(order="C")
    if values.dtype != object or not hasattr(next(iter(values.flat), 0), "calendar"):
        return values.copy(order="C")
    import cftime

    first = values.flat[0]
    numbers = cftime.date2num(values, MICROSECONDS, first.calendar)
    return {
        "numbers": np.asarray(numbers, dtype=np.int64),
        "calendar": first.calendar,
        "has_year_zero": bool(first.has_year_zero),
    }


def _from_plain_dates(values):
    """Undo `_plain_dates`."""
    if not isinstance(values, dict):
        return values
    import cftime

    numbers = values.pop("numbers")
    dates = {"only_use_cftime_datetimes": True, **values}
    return np.asarray(cftime.num2date(numbers, MICROSECONDS, **dates))


def _copy(value, change):
    """Copy estimators without callbacks, and apply `change` to their contents."""
    if isinstance(value, BaseEstimator):
        twin = object.__new__(type(value))
        attributes = {k: v for k, v in vars(value).items() if k not in CALLBACKS}
        vars(twin).update(_copy(attributes, change))
        return twin
    if type(value).__name__ == "Grid":  # holds coordinates of xarray
        twin = object.__new__(type(value))
        vars(twin).update(_copy(vars(value), change))
        return twin
    if type(value) in (list, tuple):
        return type(value)(_copy(item, change) for item in value)
    if type(value) is dict:
        return {key: _copy(item, change) for key, item in value.items()}
    return change(value)


def _checksum(content):
    return blake2b(content, digest_size=32).hexdigest().encode()


def _read(path):
    """Return the skops content of a file that is intact and not of a newer format."""
    path = Path(path)
    if not path.exists():
        place = f"No such file (the current directory is {Path.cwd()})"
        raise FileNotFoundError(ENOENT, place, str(path))
    refuse_special(path, path.stat().st_mode)
    with open(path, "rb") as file:
        first = file.readline(200)
        if not first.startswith(FIRST_WORDS):
            raise ValueError(f"{path} was not written by skvaeclust.save.")
        content = file.read()
    if first != FIRST_WORDS + _checksum(content) + b"\n":
        raise ValueError(f"{path} is damaged: its checksum does not match its content.")
    line, _, content = content.partition(b"\n")
    try:
        header = json.loads(line)
        number, saved = int(header["format"]), {n: str(header[n]) for n in VERSIONS}
    except Exception as error:
        raise ValueError(f"{path} has no valid header: {error!r}") from error
    if number > FORMAT:
        raise ValueError(
            f"{path} has format {number}, written by skvaeclust {saved['skvaeclust']}. "
            f"Version {__version__} reads formats up to {FORMAT}: update skvaeclust."
        )
    for name, version in VERSIONS.items():
        if saved[name].split(".")[:2] != version.split(".")[:2]:
            warn(
                f"{path} was saved with {name} {saved[name]}, but {version} is "
                "installed: predictions may differ.",
                UserWarning,
            )
    return content
