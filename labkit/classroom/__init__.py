"""A class on one cluster.

Its values, and the manifests that are made of them.
"""
