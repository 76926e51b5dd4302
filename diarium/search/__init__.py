"""Full-text search: the port, the query language, and the engines behind the port."""
