"""Tables of input: what they hold, how they are read, and how they are joined."""
