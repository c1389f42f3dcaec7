# kafka.Dockerfile - stands in for apache/kafka as far as docker-compose.yml uses it: the tools' paths, the user, the volume.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY java-runtime /opt/java
ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY kafka-4.3.1 /opt/kafka/libs
COPY kafka-storage.sh kafka-server-start.sh /opt/kafka/bin/
RUN useradd -u 1000 -U appuser && install -d -o appuser /var/lib/kafka/data
USER appuser
VOLUME /var/lib/kafka/data
