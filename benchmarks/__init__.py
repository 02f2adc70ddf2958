"""Flask-Introspect against a bare Flask view and against Authlib's endpoint, measured in one interleaved run."""
