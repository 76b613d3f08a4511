"""Clustering of labelled fields of xarray (extra ``xarray``)."""

try:
    import cf_xarray as _cf_xarray  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skvaeclust.xarray needs xarray and cf_xarray: pip install "
        f"'skvaeclust[xarray]'. Got: {error}."
    ) from error

from skvaeclust._grids._samples import FieldSamples
from skvaeclust.xarray._clustering import FieldClustering
from skvaeclust.xarray._transformer import FieldTransformer
from skvaeclust.xarray._writable import make_writable

__all__ = ["FieldClustering", "FieldSamples", "FieldTransformer", "make_writable"]
