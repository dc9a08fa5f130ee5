"""Options in order by weighted criteria, and how far the order can be trusted."""
