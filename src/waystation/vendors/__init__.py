"""The vendors: how each is addressed, signed for, and blamed.

A module of this room with a `VENDOR` is a vendor: adding one is adding its file. Vendors never import each other.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from waystation.vendors.vendor import Vendor


@cache
def vendors() -> dict[str, Vendor]:
    """Every vendor in this room, by name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.VENDOR for module in modules if hasattr(module, "VENDOR")]
    return {vendor.name: vendor for vendor in found}
