"""Compiled inner loops of the engines: plain arrays in, plain arrays out."""
