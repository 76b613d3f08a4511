"""Saving and loading: the same model, and no code from a file."""

import inspect
import io
import json
import os
import pickle
import pkgutil
import stat
import subprocess
import sys
import tracemalloc
import zipfile
from importlib import import_module

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io as skops_io
import torch
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import BaseEstimator
from sklearn.callback import ProgressBar
from sklearn.cluster import KMeans
from sklearn.decomposition import IncrementalPCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import skvaeclust
from skvaeclust import (
    ConvNetworks,
    DenseNetworks,
    PCScaledNoiseAugmenter,
    RandomInit,
    RotationAugmenter,
    VAEClustering,
    _files,
    _persistence,
)
from skvaeclust.model_selection import all_samples_cv, classifiability_scorer

NARROW = ConvNetworks(channels=(4, 6), hidden_features=8, code_features=5)
COMPARED = ("predict_proba", "transform", "reconstruct", "score_samples")


class OwnNetworks(BaseEstimator):
    """Networks as a user might write them, which see fields in single precision."""

    input_kind = "fields"

    def __init__(self, width=8):
        self.width = width

    def build(self, sample_shape, n_clusters, latent_dim):
        return NARROW.set_params(hidden_features=self.width).build(
            sample_shape, n_clusters, latent_dim
        )


@pytest.fixture(scope="module")
def land(X):
    """Fields with land."""
    fields = X.copy()
    fields[:, :, :2, :3] = np.nan
    return fields


@pytest.fixture(scope="module")
def fitted(quick, X):
    return quick(X, augmenter=PCScaledNoiseAugmenter(2))


@pytest.fixture
def file(fitted, tmp_path):
    """A file with a model."""
    skvaeclust.save(fitted, tmp_path / "model")
    return tmp_path / "model"


def through_a_file(model, folder, **params):
    skvaeclust.save(model, folder / "model")
    return skvaeclust.load(folder / "model", **params)


def assert_same_model(loaded, model, X):
    """Check that two models are equal, bit by bit, also for one sample."""
    assert repr(loaded.get_params()) == repr(model.get_params())
    assert_array_equal(loaded.predict(X), model.labels_)
    for samples in (X, X[:1], X[::2]):
        for name in COMPARED:
            assert_array_equal(
                getattr(loaded, name)(samples), getattr(model, name)(samples), name
            )
    for name, value in vars(model).items():
        if isinstance(value, np.ndarray):
            assert_array_equal(getattr(loaded, name), value, name)
            assert getattr(loaded, name).dtype == value.dtype
        elif name.endswith("_") and name != "starts_":
            assert repr(getattr(loaded, name)) == repr(value)
    assert_frame_equal(loaded.starts_, model.starts_)
    for one, other in zip(loaded.sample(3), model.sample(3), strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"init": RandomInit(gumbel_temperature=0.5), "n_init": 2, "latent_dim": 3},
        {"network": DenseNetworks(hidden_features=8, code_features=5)},
        {"network": NARROW, "augmenter": RotationAugmenter(1, random_state=1)},
        {"init": [np.arange(36) % 3, np.arange(36) // 12]},
        {"init": "random", "random_state": np.random.RandomState(3)},
    ],
    ids=["dense", "random", "narrow", "conv", "labels", "random state"],
)
def test_round_trip(quick, X, params, tmp_path):
    model = quick(X, **params)
    copied = pickle.loads(pickle.dumps(model))
    loaded = through_a_file(model, tmp_path)
    model.random_state, copied.random_state, loaded.random_state = 0, 0, 0
    assert_same_model(loaded, model, X)
    assert_same_model(copied, model, X)


@pytest.mark.parametrize("network", ["dense", NARROW])
def test_land(quick, land, network, tmp_path):
    model = quick(land, network=network)
    assert_same_model(through_a_file(model, tmp_path), model, land)


def test_flat_samples_with_names(quick, tmp_path):
    # More samples than features: principal components of another kind.
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((200, 3)), columns=["u", "v", "w"])
    model = quick(X, init="random").set_output(transform="pandas")
    loaded = through_a_file(model, tmp_path)
    assert list(loaded.feature_names_in_) == ["u", "v", "w"]
    assert_frame_equal(loaded.transform(X), model.transform(X))
    assert_same_model(loaded.set_output(transform="default"), model, X)


def test_random_state_goes_on_where_it_was(quick, X, tmp_path):
    model = quick(X, init="random", random_state=np.random.RandomState(3))
    loaded = through_a_file(model, tmp_path)
    assert_array_equal(loaded.sample(4)[0], model.sample(4)[0])
    assert_array_equal(loaded.sample(4)[0], model.sample(4)[0])


def test_a_loaded_model_can_be_fitted(fitted, X, quick, tmp_path):
    loaded = through_a_file(fitted, tmp_path)
    assert_array_equal(
        quick(X, **loaded.get_params(deep=False)).labels_, fitted.labels_
    )
    unfitted = VAEClustering(5, augmenter=RotationAugmenter())
    assert repr(through_a_file(unfitted, tmp_path)) == repr(unfitted)


def test_parameters_set_after_the_fit_do_not_matter(quick, X, tmp_path):
    model = quick(X, init="random", network=DenseNetworks(hidden_features=8))
    expected = model.predict_proba(X)
    model.set_params(network__hidden_features=9, n_clusters=7)
    for copied in (pickle.loads(pickle.dumps(model)), through_a_file(model, tmp_path)):
        assert copied.network.hidden_features == 9
        assert_array_equal(copied.predict_proba(X), expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_pipelines_searches_and_other_clusterers(X, tmp_path):
    rows = X.reshape(len(X), -1)
    vae = VAEClustering(3, init="random", max_epochs=2, n_init=2, random_state=0)
    search = GridSearchCV(
        vae,
        {"n_clusters": [2, 3]},
        scoring=classifiability_scorer,
    )
    models = [
        make_pipeline(PCScaledNoiseAugmenter(2, random_state=0), vae),
        make_pipeline(IncrementalPCA(5), vae),
        KMeans(3, n_init=1, random_state=0),
        search.set_params(cv=all_samples_cv(rows)),
    ]
    for model in models:
        loaded = through_a_file(model.fit(rows), tmp_path)
        for samples in (rows, rows[:1], rows[:7]):
            assert_array_equal(loaded.predict(samples), model.predict(samples))
            assert_array_equal(loaded.transform(samples), model.transform(samples))
    best = through_a_file(search.best_estimator_, tmp_path)
    assert_same_model(best, search.best_estimator_, rows)
    augmenter, loaded = models[0][0], through_a_file(models[0][0], tmp_path)
    assert_array_equal(loaded.augment(rows), augmenter.augment(rows))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:Clusters with fewer than 3 separate runs")
def test_labelled_fields(X, tmp_path):
    xr = pytest.importorskip("xarray")
    labelled = pytest.importorskip("skvaeclust.xarray")
    time = np.datetime64("2001-01-01", "ns") + np.arange(36) * np.timedelta64(30, "D")
    fields = xr.Dataset(
        {
            "u": (("time", "lat", "lon"), X[:, 0]),
            "v": (("time", "lat", "lon"), X[:, 1]),
        },
        {"time": time, "lat": np.linspace(30, 60, 8), "lon": np.arange(9.0)},
    )
    fields.u.attrs["units"] = "m/s"
    vae = VAEClustering(3, init="random", max_epochs=2, n_init=1, random_state=0)
    for estimator in (vae, KMeans(3, n_init=1, random_state=0)):
        for params in ({}, {"climatology": "month", "detrend": True}):
            model = labelled.FieldClustering(estimator, weights="coslat", **params)
            loaded = through_a_file(model.fit(fields), tmp_path)
            xr.testing.assert_identical(loaded.predict(fields), model.predict(fields))
            xr.testing.assert_identical(loaded.labels_, model.labels_)
            xr.testing.assert_identical(loaded.cluster_centers_, model.cluster_centers_)


def test_callbacks_stay_behind(fitted, tmp_path):
    model = pickle.loads(pickle.dumps(fitted)).set_callbacks(ProgressBar())
    callbacks = model._skl_callbacks
    loaded = through_a_file(make_pipeline(model), tmp_path)
    assert not hasattr(loaded[0], "_skl_callbacks")
    assert model._skl_callbacks is callbacks


class Logged(KMeans):
    """An estimator with its own attributes named after callbacks."""


def test_only_callbacks_of_scikit_learn_stay_behind(tmp_path):
    model = Logged(3)
    model.callback_log_ = ["started"]
    model.set_callbacks = [1, 2]
    loaded = through_a_file(model, tmp_path, trusted=Logged)
    assert loaded.callback_log_ == ["started"]
    assert loaded.set_callbacks == [1, 2]


def test_parameters_of_pandas_xarray_and_pathlib(tmp_path):
    xr = pytest.importorskip("xarray")
    time = pd.date_range("2001-01-01", periods=3, name="time")
    labels = pd.Series([0, 1, 1], index=[3, 4, 5], name="labels", dtype="int32")
    values = {
        "series": labels,
        "unnamed": labels.rename(None),
        "frame": pd.DataFrame({"a": [0.5, None], "b": [True, False], "c": ["x", "y"]}),
        "array": xr.DataArray([1.0, 2, 3], {"time": time}, name="t", attrs={"n": 1}),
        "dataset": xr.Dataset({"t": ("lat", np.float32([1, 2]))}, {"lat": [40, 50.0]}),
        "path": tmp_path / "checkpoint",
    }
    for value in (values, [*values.values()], labels):
        loaded = through_a_file(VAEClustering(init=value), tmp_path).init
        if value is values:
            assert_frame_equal(loaded["frame"], value["frame"])
            assert_series_equal(loaded["unnamed"], value["unnamed"])
            xr.testing.assert_identical(loaded["array"], value["array"])
            xr.testing.assert_identical(loaded["dataset"], value["dataset"])
            assert loaded["path"] == value["path"]
            loaded, value = loaded["series"], value["series"]
        if isinstance(loaded, list):
            loaded, value = loaded[0], value[0]
        assert_series_equal(loaded, value)


def test_state_is_plain(quick, X):
    # Neither torch nor a GPU is needed to read it.
    for network in ("dense", NARROW):
        state = quick(X, init="random", network=network)._model.__getstate__()
        assert all(type(array) is np.ndarray for array in state["arrays"].values())
        assert b"torch" not in pickle.dumps(state)


def test_copies_leave_the_global_generator_alone(fitted, X):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        pickle.loads(pickle.dumps(fitted))
        assert_array_equal(torch.rand(3), expected)


def test_copies_that_cannot_be_written_to(fitted, X, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert_array_equal(mapped.predict_proba(X), fitted.predict_proba(X))


def test_networks_of_ones_own_need_trust(quick, X, tmp_path):
    name = f"{__name__}.OwnNetworks"
    model = quick(X, init="random", network=OwnNetworks(6))
    for trusted in ([name], [OwnNetworks], name, OwnNetworks):
        loaded = through_a_file(model, tmp_path, trusted=trusted)
    assert_same_model(loaded, model, X)
    with pytest.raises(ValueError, match=f"model contains types.*trusted.*'{name}'"):
        skvaeclust.load(tmp_path / "model")


def test_unknown_types_are_not_imported(tmp_path, monkeypatch):
    traces = tmp_path / "traces"
    (tmp_path / "strange_module.py").write_text(
        "from pathlib import Path\n"
        f"Path({str(traces)!r}).write_text('here')\n"
        "class Stranger:\n"
        "    starts = []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    stranger = import_module("strange_module").Stranger()
    skvaeclust.save(VAEClustering(init=stranger), tmp_path / "model")
    traces.unlink()
    del sys.modules["strange_module"]
    with pytest.raises(ValueError, match=r"not trusted.*'strange_module.Stranger'"):
        skvaeclust.load(tmp_path / "model")
    assert "strange_module" not in sys.modules
    assert not traces.exists()


def with_checksum(content, **header):
    """What a file has, of skops or of an attacker, with a valid checksum."""
    known = {"format": _persistence.FORMAT} | _persistence.VERSIONS
    content = json.dumps(known | header).encode() + b"\n" + content
    checksum = _persistence._checksum(content)
    return _persistence.FIRST_WORDS + checksum + b"\n" + content


@pytest.mark.parametrize(
    ("loader", "name"),
    [
        ("ConstructorFromReduceNode", "os.system"),
        ("ConstructorFromReduceNode", "skvaeclust._files.os"),
        ("ConstructorFromReduceNode", "builtins.eval"),
        ("ListNode", "builtins.exec"),
        ("PartialNode", "functools.partial"),
    ],
)
def test_no_code_of_a_forged_file_is_run(loader, name, tmp_path):
    archive = zipfile.ZipFile(io.BytesIO(skops_io.dumps((f"touch {tmp_path}/traces",))))
    schema = json.loads(archive.read("schema.json"))
    module, _, what = name.rpartition(".")
    forged = {
        "__loader__": loader,
        "__module__": module,
        "__class__": what,
        "__id__": 1,
    }
    forged["content"] = schema if "Constructor" in loader else schema["content"]
    if loader == "PartialNode":
        nothing = json.loads(
            zipfile.ZipFile(io.BytesIO(skops_io.dumps({}))).read("schema.json")
        )
        system = {
            "__loader__": "FunctionNode",
            "__module__": "os",
            "__class__": "system",
        }
        forged["content"] = {
            "func": system,
            "args": schema,
            "kwds": nothing,
            "namespace": nothing,
        }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "schema.json", json.dumps(forged | {"protocol": schema["protocol"]})
        )
    (tmp_path / "model").write_bytes(with_checksum(buffer.getvalue()))
    with pytest.raises(ValueError, match=f"not trusted.*{name}"):
        skvaeclust.load(tmp_path / "model")
    assert not (tmp_path / "traces").exists()


def forged_file(path, node=None, members=None, compression=zipfile.ZIP_STORED):
    """Write a file with a node as its schema, and with other members."""
    buffer = io.BytesIO()
    schema = node if isinstance(node, bytes) else json.dumps(node | {"protocol": 2})
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("schema.json", schema)
        for name, content in (members or {}).items():
            archive.writestr(name, content)
    path.write_bytes(with_checksum(buffer.getvalue()))


def as_node(value):
    """Return the schema of a value, as skops writes it."""
    archive = zipfile.ZipFile(io.BytesIO(skops_io.dumps(value)))
    return json.loads(archive.read("schema.json"))


@pytest.mark.parametrize("loader", ["ListNode", "SetNode", "ConstructorFromReduceNode"])
def test_trusted_functions_are_not_called(loader, tmp_path, monkeypatch):
    forged = as_node([VAEClustering()] if loader != "SetNode" else {1})
    if loader == "ConstructorFromReduceNode":
        forged = {"content": as_node((KMeans(), 1)), "__id__": 1}
    module = "skvaeclust.model_selection._classifiability"
    forged |= {"__loader__": loader, "__module__": module}
    forged_file(tmp_path / "model", forged | {"__class__": "classifiability_scorer"})
    with pytest.raises(ValueError, match=r"calls the function.*classifiability_scorer"):
        skvaeclust.load(tmp_path / "model")


def array_node(number, file, kind="ndarray"):
    return {
        "__class__": kind,
        "__module__": "numpy",
        "__loader__": "NdArrayNode",
        "type": "numpy",
        "file": file,
        "__id__": number,
    }


def nodes_of(*values):
    """Return a list node of nodes."""
    return as_node([]) | {"content": [*values]}


def npy(shape, content=b""):
    """Return a file of the NPY format whose header claims a shape."""
    buffer = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + content


def npy_of(values):
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("values", "members", "compression"),
    [
        ([array_node(1, "1.npy")], {"1.npy": npy((10**12,))}, 0),
        ([array_node(1, "1.npy")], {"1.npy": npy_of(np.zeros((10**9, 0), "V0"))}, 0),
        ([array_node(1, "1.npy")], {"1.npy": npy_of(np.zeros(10**7))}, 8),
        (
            [array_node(i, "1.npy") for i in range(1, 10**4)],
            {"1.npy": npy_of(np.zeros(10**5))},
            0,
        ),
        ([array_node(0, "1.npy")] * 10**4, {"1.npy": npy_of(np.zeros(10**5))}, 0),
        ([array_node(1, "1.npy", "void")], {"1.npy": npy_of(np.array(10**10))}, 0),
        ([array_node(1, "1.npy", "bytes_")], {"1.npy": npy_of(np.array(10**10))}, 0),
    ],
)
def test_claims_beyond_the_size_of_a_file(values, members, compression, tmp_path):
    forged_file(tmp_path / "model", nodes_of(*values), members, compression)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="content is not valid"):
            skvaeclust.load(tmp_path / "model")
        assert tracemalloc.get_traced_memory()[1] < 5e7
    finally:
        tracemalloc.stop()


def test_references_to_references(tmp_path):
    """A list of ten references to a list of ten references, and so on."""
    node, reference = as_node([1]), as_node([])
    for number in range(1, 30):
        again = reference | {"__id__": number, "content": []}
        node = reference | {"__id__": number + 1, "content": [node] + 9 * [again]}
        node["content"][0]["__id__"] = number
    forged_file(tmp_path / "model", node)
    with pytest.raises(ValueError, match="refers to another one"):
        skvaeclust.load(tmp_path / "model")


def test_a_schema_that_is_too_deep(tmp_path):
    forged_file(tmp_path / "model", b'{"content": [' * 10**5)
    with pytest.raises(ValueError, match="cannot be loaded"):
        skvaeclust.load(tmp_path / "model")


@pytest.mark.parametrize("network", [DenseNetworks(), NARROW])
def test_a_recipe_of_other_units(quick, X, network, tmp_path):
    model = quick(X, network=network)
    model._model.networks.recipe[0].hidden_features = 5000
    with pytest.raises(TypeError, match="shapes of their recipe"):
        skvaeclust.save(model, tmp_path / "model")
    monster = pickle.dumps(model)
    with pytest.raises(ValueError, match="shapes of their recipe"):
        pickle.loads(monster)


def damaged(content, rng):
    """Yield 160 truncated or flipped contents."""
    yield from (content[:size] for size in (0, 1, 30, 100, len(content) - 1))
    for size in rng.integers(len(content), size=55):
        yield content[:size]
    for n_flips in (1, 1, 1, 10, 1000):
        for _ in range(20):
            flipped = bytearray(content)
            # Half of them close to the beginning, where the header is.
            end = 300 if rng.random() < 0.5 else len(content)
            for place in rng.integers(end, size=n_flips):
                flipped[place] ^= 1 << rng.integers(8)
            yield bytes(flipped)


def foreign(content, fitted, folder, rng):
    """Yield 40 contents that others have written."""
    buffers = [io.BytesIO() for _ in range(4)]
    np.savez(buffers[0], a=np.arange(3))
    torch.save({"a": torch.ones(3)}, buffers[1])
    joblib.dump(fitted, buffers[2])
    with zipfile.ZipFile(buffers[3], "w") as archive:
        archive.writestr("schema.json", "{}")
    others = [buffer.getvalue() for buffer in buffers]
    others += [
        skops_io.dumps({"a": 1}),
        pickle.dumps(fitted),
        b"some text\n",
        b"\n\n{}",
    ]
    first, header, payload = content.split(b"\n", 2)
    others += [payload, first + b"\n", header, first + b"\n" + header + b"\n"]
    others += [content + b"\n", b"\n" + content, content * 2]
    # Those who know the checksum.
    others += [with_checksum(other) for other in others[:9]]
    others += [with_checksum(payload[:size]) for size in (0, 10, len(payload) // 2)]
    others += [with_checksum(payload, format="one"), with_checksum(b"", format=None)]
    others += [rng.bytes(2**k) for k in range(11)]
    yield from others


def test_200_damaged_and_foreign_files(fitted, file, X):
    content, expected = file.read_bytes(), fitted.predict_proba(X)
    rng = np.random.default_rng(0)
    contents = [
        *damaged(content, rng),
        *foreign(content, fitted, file.parent, rng),
    ]
    assert len(contents) == 200
    n_errors = 0
    for other in contents:
        file.write_bytes(other)
        try:
            loaded = skvaeclust.load(file)
        except ValueError as error:
            n_errors += str(file) in str(error)
        else:
            assert_array_equal(loaded.predict_proba(X), expected)
    # The model as skops writes it, with a valid checksum: it is the model.
    assert n_errors == 199


def test_formats_and_versions(file, fitted, X, monkeypatch):
    payload = file.read_bytes().split(b"\n", 2)[2]
    file.write_bytes(with_checksum(payload, format=2, skvaeclust="9.8.7"))
    with pytest.raises(ValueError, match=r"format 2, written by.* 9\.8\.7.*update"):
        skvaeclust.load(file)
    for name in _persistence.VERSIONS:
        file.write_bytes(with_checksum(payload, **{name: "99.1.2"}))
        with pytest.warns(UserWarning, match=rf"{name} 99\.1\.2") as caught:
            skvaeclust.load(file)
        assert caught[0].filename == __file__
        major, minor, *_ = _persistence.VERSIONS[name].split(".")
        file.write_bytes(with_checksum(payload, **{name: f"{major}.{minor}.99"}))
        skvaeclust.load(file)  # without a warning


def test_a_patch_release_of_scikit_learn_does_not_matter(file, monkeypatch):
    major, minor, _ = _persistence.VERSIONS["scikit-learn"].split(".")
    with monkeypatch.context() as patched:
        patched.setattr("sklearn.base.__version__", f"{major}.{minor}.99")
        skvaeclust.save(make_pipeline(IncrementalPCA(2), KMeans(3)), file)
    assert skvaeclust.load(file)[1].n_clusters == 3  # without a warning


def test_an_older_file_survives_a_failure(file, fitted, tmp_path, monkeypatch):
    before = file.read_bytes()
    with pytest.raises(TypeError, match="VAEClustering contains an unsupported object"):
        skvaeclust.save(VAEClustering(init=lambda: None), file)
    with pytest.raises(TypeError, match="must be an estimator"):
        skvaeclust.save(file, fitted)
    with pytest.raises(TypeError, match="must be an estimator"):
        skvaeclust.save(VAEClustering, file)

    def fail(*_):
        raise OSError("No space left on device")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(_files.os, step, fail)
            with pytest.raises(OSError, match="No space"):
                skvaeclust.save(KMeans(), file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
    skvaeclust.save(KMeans(), file)
    assert isinstance(skvaeclust.load(file), KMeans)


def test_links_and_missing_files(file, tmp_path):
    (tmp_path / "link").symlink_to(file)
    skvaeclust.save(KMeans(5), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert skvaeclust.load(str(file)).n_clusters == 5
    with pytest.raises(FileNotFoundError, match=r"current directory is.*nothing"):
        skvaeclust.load(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match=r"No such folder: .*nowhere"):
        skvaeclust.save(KMeans(), tmp_path / "nowhere" / "model")


@pytest.mark.skipif(os.name != "posix", reason="permissions and pipes of POSIX")
def test_permissions_and_special_files(file, tmp_path):
    file.chmod(0o600)
    skvaeclust.save(KMeans(5), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    os.mkfifo(tmp_path / "pipe")
    for path, message in ((tmp_path / "pipe", "regular file"), (tmp_path, "folder")):
        with pytest.raises(OSError, match=message):
            skvaeclust.save(KMeans(), path)
        with pytest.raises(OSError, match=message):
            skvaeclust.load(path)


@pytest.mark.skipif(os.name != "posix", reason="process numbers of POSIX")
def test_drafts_of_killed_processes_are_deleted(file, tmp_path):
    code = "import os, sys; from skvaeclust import _files; os.fsync = lambda _: "
    code += "os.kill(os.getpid(), 9); _files.write_whole(sys.argv[1], b'half')"
    subprocess.run([sys.executable, "-c", code, file], check=False)
    live = tmp_path / f"{_files.OWN_PREFIX}{os.getpid()}-0123.draft"
    live.touch()
    assert len([*tmp_path.iterdir()]) == 3
    skvaeclust.save(KMeans(5), file)
    assert {*tmp_path.iterdir()} == {file, live}


@pytest.mark.parametrize("trusted", [None, 3, True])
def test_trusted_must_be_a_list(file, trusted):
    with pytest.raises(TypeError, match="trusted must be a list of names or types"):
        skvaeclust.load(file, trusted=trusted)


def test_a_link_to_itself(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match="loop"):
        skvaeclust.save(KMeans(), tmp_path / "loop")


def test_without_skops(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    for call in (
        lambda: skvaeclust.load(file),
        lambda: skvaeclust.save(KMeans(), file),
    ):
        with pytest.raises(ImportError, match=r"pip install 'skvaeclust\[save\]'"):
            call()


def test_every_estimator_of_ours_can_be_loaded():
    names = {name for name in _persistence.TRUSTED if name.startswith("skvaeclust.")}
    public = set()
    for module in pkgutil.walk_packages(skvaeclust.__path__, "skvaeclust."):
        for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
            ours = found.__module__.startswith("skvaeclust.")
            if ours and issubclass(found, BaseEstimator):
                public.add(f"{found.__module__}.{found.__name__}")
    abstract = {name for name in public if "._base." in name or "._Field" in name}
    assert public - names == abstract
    for name in names:
        module, _, what = name.rpartition(".")
        assert hasattr(import_module(module), what), name
