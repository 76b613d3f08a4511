"""Models in files: skops writes and reads the estimators, without pickle."""

import json
import secrets
import warnings
from hashlib import blake2b
from pathlib import Path, PurePath

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from skvaeclust import __version__
from skvaeclust._files import write_whole
from skvaeclust._warnings import warn

# A file is a line with the checksum of the rest, a line of JSON, and what skops writes.
FIRST_WORDS = b"skvaeclust model, blake2b "
FORMAT = 1  # raise it when files change; old ones must still load
VERSIONS = {"skvaeclust": __version__, "scikit-learn": sklearn.__version__}

# What may be in a file, besides what skops trusts: numpy arrays and scikit-learn's
# estimators. A name that moves stays here, with an import at its old place.
TRUSTED = [
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split._CVIterableWrapper",
    "skvaeclust._fields.Layout",
    "skvaeclust._fields.Representation",
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
    "skvaeclust.xarray._grid.Grid",
    "skvaeclust.xarray._regression.Regression",
    "skvaeclust.xarray._time.Design",
    "skvaeclust.xarray._transformer.FieldTransformer",
]


def save(model, path):
    """Save a model to a file that can be loaded without pickle.

    The file holds numbers and names, no code. It replaces an older one only when it is
    complete. Callbacks are not saved.

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
        If the file cannot be written.
    TypeError
        If the model is not an estimator, or holds an object that cannot be saved.

    See Also
    --------
    load : Load the model.

    Notes
    -----
    The networks are saved as arrays and built anew. Of networks of one's own, all that
    training changes must be in the ``state_dict`` of the torch module.

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
    skops_io = _import_skops()
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise TypeError(f"The model must be an estimator. Got {model!r} instead.")
    try:
        content = skops_io.dumps(_copy(model, _to_plain))
        # What cannot be loaded is not saved.
        types = skops_io.get_untrusted_types(data=content)
        _copy(skops_io.loads(content, trusted=types), _from_plain)
    except Exception as error:  # each type has its own
        raise TypeError(
            f"This {type(model).__name__} holds something that cannot be saved: {error}"
        ) from error
    header = json.dumps({"format": FORMAT} | VERSIONS).encode() + b"\n"
    checksum = _checksum(header + content)
    path = Path(path).resolve()
    draft = path.with_name(f".{secrets.token_hex(8)}.draft")
    write_whole(path, draft, FIRST_WORDS + checksum + b"\n" + header + content)


def load(path, *, trusted=()):
    """Load a model from a file of :func:`save`.

    No code in the file is run, and nothing is imported but the types listed in this
    library, in skops (those of scikit-learn) and in ``trusted``. Prediction is on the
    CPU, and equal to that of the model that was saved.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : list of str or type, default=()
        Other types that may be in the file, such as networks of your own, by their full
        names.

    Returns
    -------
    model : estimator
        As it was saved.

    Raises
    ------
    ImportError
        If skops is not installed.
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged, is not of :func:`save` or of a newer version of it, or
        holds types that are not trusted.

    Warns
    -----
    UserWarning
        If the file is of another version of this library or scikit-learn.

    See Also
    --------
    save : Save a model, with an example.

    Notes
    -----
    The checksum tells damage, not intent: a file that was made to do harm runs no code,
    but may claim memory and time, or predict nonsense.

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

    Networks of one's own have to be named, as in
    ``load(path, trusted=["my_module.MyNetworks"])``.
    """
    skops_io = _import_skops()
    trusted = [trusted] if isinstance(trusted, str | type) else list(trusted)
    content = _read(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            model = skops_io.loads(content, trusted=TRUSTED + trusted)
        model = _copy(model, _from_plain)
    except skops_io.exceptions.UntrustedTypesFoundException as error:
        raise ValueError(
            f"{path} holds types that are not trusted. If you trust who made the file, "
            f"pass their names to load, as the list `trusted`. {error}"
        ) from error
    except Exception as error:  # of skops, numpy, torch, or a type of the file
        raise ValueError(f"{path} cannot be loaded: {error!r}") from error
    if not hasattr(model, "get_params"):
        raise ValueError(f"{path} holds no estimator, but {type(model).__name__}.")
    return model


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "Saving and loading need skops: pip install 'skvaeclust[save]'."
        ) from error
    return skops.io


class Plain:
    """A path, or an object of pandas or xarray, as names, numbers and arrays."""

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content


def _to_plain(value):
    """Make objects plain, and arrays without gaps, which keep their order in a file."""
    kind, (library, *_) = type(value).__name__, type(value).__module__.split(".")
    if isinstance(value, PurePath):
        return Plain("Path", str(value))
    if library == "xarray" and kind in ("DataArray", "Dataset"):
        return Plain(kind, value.to_dict(data="array"))
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

        content, dtypes, name = value.content
        table = DataFrame.from_dict(content, orient="tight")
        table = table.astype(dict(zip(table.columns, dtypes, strict=True)))
        return table if value.kind == "DataFrame" else table.iloc[:, 0].rename(name)
    import xarray

    kinds = {"DataArray": xarray.DataArray, "Dataset": xarray.Dataset}
    return kinds[value.kind].from_dict(value.content)


def _copy(value, change):
    """Copy estimators without callbacks, and change what is in them."""
    if isinstance(value, BaseEstimator):
        twin = object.__new__(type(value))
        attributes = {k: v for k, v in vars(value).items() if "callback" not in k}
        vars(twin).update(_copy(attributes, change))
        return twin
    if type(value) in (list, tuple):
        return type(value)(_copy(item, change) for item in value)
    if type(value) is dict:
        return {key: _copy(item, change) for key, item in value.items()}
    return change(value)


def _checksum(content):
    return blake2b(content, digest_size=32).hexdigest().encode()


def _read(path):
    """Return what skops has written, if the file is whole and not of the future."""
    with open(path, "rb") as file:
        first = file.readline(200)
        if not first.startswith(FIRST_WORDS):
            raise ValueError(f"{path} is not a file of skvaeclust.save.")
        content = file.read()
    if first != FIRST_WORDS + _checksum(content) + b"\n":
        raise ValueError(f"{path} is damaged: its checksum is not that of its content.")
    line, _, content = content.partition(b"\n")
    try:
        header = json.loads(line)
        number, saved = int(header["format"]), {n: str(header[n]) for n in VERSIONS}
    except Exception as error:
        raise ValueError(f"{path} has no valid header: {error!r}") from error
    if number > FORMAT:
        raise ValueError(
            f"{path} has format {number}, of skvaeclust {saved['skvaeclust']}. This "
            f"version, {__version__}, reads formats up to {FORMAT}: update skvaeclust."
        )
    for name, version in VERSIONS.items():
        if saved[name].split(".")[:2] != version.split(".")[:2]:
            warn(
                f"{path} was saved with {name} {saved[name]}, and this is {version}: "
                "predictions may differ.",
                UserWarning,
            )
    return content
