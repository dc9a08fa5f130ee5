"""Where one more vehicle would help most."""
