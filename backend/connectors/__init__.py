"""The outside world: each service a small client that speaks the real protocol, and a stand-in that answers it."""
