"""RFM: scores 1..5 for recency, frequency and monetary, two total and exclusive segment maps, migration."""

from orchestration.core.rfm.maps import RfmMapError, RfmMaps, load_maps, parse_maps
from orchestration.core.rfm.migration import NO_ORDERS, migration
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
