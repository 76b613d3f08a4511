"""Fields with coordinates: xarray in, xarray out (extra ``xarray``)."""

try:
    import xarray as _xarray  # noqa: F401
except ImportError as error:
    raise ImportError(
        "skvaeclust.xarray needs xarray: pip install 'skvaeclust[xarray]'."
    ) from error

from skvaeclust.xarray._clustering import FieldClustering
from skvaeclust.xarray._transformer import FieldTransformer

__all__ = ["FieldClustering", "FieldTransformer"]
