# prometheus.Dockerfile - stands in for prom/prometheus: its user, its program, its volume.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY install-packages packages.txt /usr/local/sbin/
RUN install-packages prometheus /usr/local/sbin/packages.txt && install -d -o 65534 -g 65534 /prometheus
USER 65534
VOLUME /prometheus
