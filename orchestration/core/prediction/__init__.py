"""Predicted attributes: learned from people who declared them, published only above a floor."""

from orchestration.core.prediction.attributes import ModelError, PredictionResult, predict_attribute

__all__ = ["ModelError", "PredictionResult", "predict_attribute"]
