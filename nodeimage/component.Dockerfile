# One program of the control plane as an image of its own. kubeadm's static pods start it by name, so PATH is enough.
ARG BASE=scratch
FROM ${BASE}
COPY program/ /usr/local/bin/
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
