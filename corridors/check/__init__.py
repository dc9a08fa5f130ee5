"""Feeds and studies judged before a number rests on them."""
