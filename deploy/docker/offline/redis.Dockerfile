# redis.Dockerfile - stands in for the image redis: its user and its programs.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY install-packages packages.txt /usr/local/sbin/
RUN groupadd -r -g 999 redis && useradd -r -g redis -u 999 redis && install-packages redis /usr/local/sbin/packages.txt
USER 999:999
