"""Benchmarks: ours beside other servers for the same job, in the same run, with the same load client."""
