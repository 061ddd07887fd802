"""Many runs: specs, workers, statistics, ranking, report."""
