"""A class on one cluster: its values, and the manifests that are made of them."""
