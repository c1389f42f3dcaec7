# registry.Dockerfile - stands in for Apicurio's image: the same variables, and the same user.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
COPY java-runtime /opt/java
ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY registry-3.3.3 /deployments
WORKDIR /deployments
USER 185
ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS_APPEND -jar quarkus-run.jar"]
