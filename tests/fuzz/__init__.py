"""A coverage-guided fuzzer on the whole application: ``make fuzz``."""
