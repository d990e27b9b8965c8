"""Codecs."""
Codec = CodecServer = None
