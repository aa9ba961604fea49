"""Predicted attributes: learned from people who declared them, published only above a floor."""

from orchestration.core.prediction.attributes import (
    KINDS,
    AttributeFit,
    AttributeModel,
    fit_attribute,
    predicted,
)
from orchestration.core.prediction.people import Declared, ModelError, Sample, declared_people

__all__ = [
    "KINDS",
    "AttributeFit",
    "AttributeModel",
    "Declared",
    "ModelError",
    "Sample",
    "declared_people",
    "fit_attribute",
    "predicted",
]
