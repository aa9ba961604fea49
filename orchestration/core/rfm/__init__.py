"""RFM: scores 1..5 for recency, frequency and monetary, two total and exclusive segment maps, migration."""

from orchestration.core.rfm.maps import NO_ORDERS, RfmMapError, RfmMaps, load_maps, parse_maps
from orchestration.core.rfm.migration import migration
from orchestration.core.rfm.scoring import RfmError, score

__all__ = [
    "NO_ORDERS",
    "RfmError",
    "RfmMapError",
    "RfmMaps",
    "load_maps",
    "migration",
    "parse_maps",
    "score",
]
