# haproxy.Dockerfile - stands in for the image haproxy.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY install-packages packages.txt /usr/local/sbin/
RUN install-packages haproxy /usr/local/sbin/packages.txt
USER haproxy
