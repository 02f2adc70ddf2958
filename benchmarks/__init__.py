"""Flask-Introspect, a bare Flask view and Authlib's endpoint, measured in one interleaved run."""
