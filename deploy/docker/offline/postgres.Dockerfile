# postgres.Dockerfile - stands in for the image postgres: its user, its path to the programs, its volume.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY install-packages packages.txt /usr/local/sbin/
RUN groupadd -r -g 999 postgres && useradd -r -g postgres -u 999 -d /var/lib/postgresql -s /bin/bash postgres \
    && install-packages postgres /usr/local/sbin/packages.txt \
    && rm -rf /var/lib/postgresql/* /etc/postgresql && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 999:999
VOLUME /var/lib/postgresql/data
