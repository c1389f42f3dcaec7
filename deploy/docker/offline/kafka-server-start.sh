#!/bin/sh
# kafka-server-start.sh - Kafka's tool of that name.
# shellcheck disable=SC2086 # options are words
exec java $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_LOG4J_OPTS -cp "/opt/kafka/libs/*" kafka.Kafka "$@"
