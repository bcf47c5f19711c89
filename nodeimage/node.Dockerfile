# A kind node out of a Debian 12 root file system. What kind expects to find in a node image: /kind/version, the two
# manifests in /kind/manifests, kubeadm, kubelet and kubectl in /usr/bin, and its own entrypoint and units ("files/",
# taken from the module sigs.k8s.io/kind when the image is built).
ARG BASE
FROM ${BASE}
COPY files/usr/local/bin/ /usr/local/bin/
COPY files/kind/ /kind/
COPY files/etc/ /etc/
COPY runtime/ /usr/local/bin/
COPY kubernetes/ /usr/bin/
COPY manifests/ /kind/manifests/
ARG KUBERNETES
# The Go module archive that kind's files come from keeps no modes.
# A container is not a machine: units that would mount, probe devices or read the kernel's log go.
RUN chmod -R 755 /kind/bin /usr/local/bin \
 && rm -f /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service \
      /lib/systemd/system/multi-user.target.wants/* \
      /lib/systemd/system/local-fs.target.wants/* \
      /lib/systemd/system/basic.target.wants/* \
      /lib/systemd/system/sockets.target.wants/*udev* \
      /lib/systemd/system/sockets.target.wants/*initctl* \
      /etc/systemd/system/*.wants/* \
 && echo ReadKMsg=no >> /etc/systemd/journald.conf \
 && ln -sf /lib/systemd/systemd /sbin/init \
 && systemctl enable kubelet.service containerd.service undo-mount-hacks.service \
 && systemctl mask systemd-binfmt.service
# Where the host withholds CAP_SYS_RESOURCE, nothing inside may raise a limit or lower an OOM score: containerd must not
# try, for itself or for a container. kind's hook, which shows each container another product's name and UUID than the
# machine's, would start five programs for every container, and nothing in the lab asks for them (kubelet does, on the
# Node: the entrypoint sees to that).
RUN sed -i -e '/^Limit/d' -e '/^OOMScoreAdjust/d' /etc/systemd/system/containerd.service \
 && sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml \
 && ctr oci spec | jq 'del(.process.rlimits)' > /etc/containerd/cri-base.json
# Debian keeps the network plugins elsewhere than kubelet's users look for them.
RUN mkdir -p /etc/kubernetes/manifests /opt/cni \
 && ln -s /usr/lib/cni /opt/cni/bin \
 && echo "${KUBERNETES}" > /kind/version
