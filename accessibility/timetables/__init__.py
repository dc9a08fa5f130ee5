"""One service day: which, how usual, and its trips as arrays."""
