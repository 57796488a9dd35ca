"""Bytes to chunks: how a body is cut, whoever wrapped it. Used by envelopes; never looks at what a provider meant."""
