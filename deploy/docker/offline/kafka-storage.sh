#!/bin/sh
# kafka-storage.sh - Kafka's tool of that name.
# shellcheck disable=SC2086 # options are words
exec java $KAFKA_LOG4J_OPTS -cp "/opt/kafka/libs/*" kafka.tools.StorageTool "$@"
