"""The sample merchant: believable exports in the platforms' formats, and the truth behind them."""

from orchestration.sample.generate import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
