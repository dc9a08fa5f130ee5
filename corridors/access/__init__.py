"""Who reaches what: the indicator, its variants, fairness, services, jobs, cars and commutes."""
