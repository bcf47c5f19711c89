"""The page that people read first who have an archive and nothing else."""

from __future__ import annotations

from typing import Any

from labkit.pack.unpacking import ITSELF, SUMS, TOP

_PAGE = """\
The lab in which people first see Kubernetes work: everything for a room without Internet
=========================================================================================

labkit {labkit} ({commit}), Kubernetes {kubernetes}, for {platform}.

What a machine needs: Python {pythons}, make, and Docker 23 or newer that runs;
3 GB of free memory, 8 GB of free disk. No network, no pip, no account.

    tar xf FILE --strip-components=1 {top}/{itself}
    python3 {itself} FILE          # looks at every byte; makes the folder {top}
    cd {top}
    make lab

The first "make lab" takes two to three minutes, the next ones some seconds.
(Without make: python3 labkit/bootstrap.py lab)

If you have unpacked it with "tar xf FILE": python3 {itself}, in this folder, says whether all of it arrived
(so does: sha256sum --check --quiet {sums}).

What is in it
-------------
pack/images     the nodes' image, with the lesson's own images in it; "make lab" loads it into Docker
pack/wheels     the Python packages, for each of the Pythons above
pack/bin        kind and kubectl
handouts/build  the lesson on paper and as a page
recordings      what the lesson's own runs did: they can be looked at without a cluster
docs            docs/instructors.md: preparing a room, checking its machines, what goes wrong
and the kit itself.

Another kind of machine
-----------------------
This archive runs on {platform} only. For another platform (linux/arm64, say), make one on such a machine that has
network: get the kit there (this folder will do, without its folder pack), then: make lab, and
.venv/bin/labkit pack FILE. A pack for macOS is not made: there, "make lab" needs network once, and Docker Desktop.
A newer Python than those above needs network as well.
"""


def start_here(manifest: dict[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    manifest
        What the archive says of itself.
    """
    first, last = manifest["pythons"][0], manifest["pythons"][-1]
    named = {name: manifest[name] for name in ("labkit", "commit", "kubernetes", "platform")}
    return _PAGE.format(**named, pythons=f"{first} to {last}", top=TOP, itself=ITSELF, sums=SUMS)
