"""Deprivation, jobs and claimants, laid over areas."""
