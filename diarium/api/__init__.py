"""The REST API: thin resources over the use cases, for programs with an access token."""
