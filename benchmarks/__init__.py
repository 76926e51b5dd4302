"""Benchmarks: ours and a plain counterpart side by side in one run. `python -m benchmarks` or `make bench`."""
