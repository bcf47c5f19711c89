# kubeadm's Deployment of CoreDNS gives arguments only, no command: the image has to know its program.
ARG BASE=scratch
FROM ${BASE}
COPY program/ /
ENTRYPOINT ["/coredns"]
