"""Requests to see documents (*begäran om utlämnande*): queue, review, decision, delivery."""
