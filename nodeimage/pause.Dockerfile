# The process that holds a pod's namespaces: Debian's catatonit is static, and "-P" makes it sleep and reap orphans.
ARG BASE
FROM ${BASE} AS debian

FROM scratch
COPY --from=debian /usr/bin/catatonit /catatonit
ENTRYPOINT ["/catatonit", "-P"]
