"""When the daily job runs: job, schedule, sensor; and the instance settings of a deployment."""
