"""Letters in the browser: written and sent, followed, and their templates."""
