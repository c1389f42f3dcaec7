#!/usr/bin/env bash
# stack_test.sh - the embedded stack by itself: what is killed comes back, what is healthy is left alone, down leaves nothing.
# needs: none
# timeout: 240
set -euo pipefail
cd "$(dirname "$0")/../../.."
export RUN=$PWD/.run-test-stack PORTS=$((${PORTS:-29000} + 500))
parts=(kafka postgres redis mail)

trap 'YES=1 deploy/local/clean-data > /dev/null' EXIT
n=0
# check SENTENCE COMMAND...
check() {
    n=$((n + 1))
    if "${@:2}"; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
pid() { cat "$RUN/sv/$1/supervise/pid"; }
pids() { for part in "${parts[@]}"; do pid "$part"; done; }
answers() { (: < "/dev/tcp/127.0.0.1/$((PORTS + $1))") 2> /dev/null; }
within() {
    local end=$((SECONDS + $1))
    until "${@:2}"; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.1; done
}
comes_back() { # PART PORT: another process, which answers
    local before
    before=$(pid "$1")
    kill -9 "$before"
    within 15 another_answers "$1" "$before" "$2"
}
another_answers() { [ -n "$(pid "$1")" ] && [ "$(pid "$1")" != "$2" ] && answers "$3"; }
# shellcheck disable=SC1091
query() { psql -X -q -A -t -c "$1" "$(. "$RUN/env"; echo "$POSTGRES_ADMIN_URL")"; }
keeps_what_is_healthy() {
    local before
    before=$(pids)
    deploy/local/up "${parts[@]}" && [ "$before" = "$(pids)" ]
}
restarts_what_changed() { # only Redis' description is touched
    local kafka redis
    kafka=$(pid kafka) redis=$(pid redis)
    echo '# changed' >> "$RUN/sv/redis/run"
    deploy/local/up "${parts[@]}" && [ "$kafka" = "$(pid kafka)" ] && [ "$redis" != "$(pid redis)" ]
}
leaves_nothing() {
    local before
    before=$(pids)
    deploy/local/down --quietly
    for p in $before; do [ ! -e "/proc/$p" ] || return 1; done
    ! answers 92 && ! answers 32 && ! answers 79 && ! answers 25
}
refuses_a_taken_port() {
    local holder words
    /usr/bin/python3 -m http.server -b 127.0.0.1 $((PORTS + 79)) > /dev/null 2>&1 &
    holder=$!
    within 5 answers 79
    words=$(deploy/local/up redis 2>&1) || true
    kill "$holder"
    wait "$holder" 2> /dev/null || true
    [[ $words == *"port $((PORTS + 79)) (redis) is taken"* ]]
}
begins_anew_where_a_clone_was() { # it was removed by hand, with its passwords, and left the data behind
    local left
    deploy/local/down --quietly
    left=$(readlink "$RUN/postgres" || true)
    rm -rf "$RUN"
    deploy/local/up postgres && query 'CREATE TABLE another (n int)' || return 1
    [ -z "$left" ] || rm -r "$left".2*
}

echo 1..13
check "it starts" deploy/local/up "${parts[@]}"
query 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)'
check "a second start leaves what is healthy alone" keeps_what_is_healthy
check "a process that is described anew is restarted, and it alone" restarts_what_changed
check "Kafka comes back when it is killed" comes_back kafka 92
check "Postgres comes back when it is killed" comes_back postgres 32
check "and still knows what was committed" test "$(within 60 query 'SELECT n FROM kept' 2> /dev/null | tail -n 1)" = 7
check "Redis comes back when it is killed" comes_back redis 79
check "the mail sink comes back when it is killed" comes_back mail 25
check "down leaves no process and no port behind" leaves_nothing
check "a port that somebody else holds is named" refuses_a_taken_port
check "it starts again, with its data" deploy/local/up "${parts[@]}"
check "the data is there" test "$(query 'SELECT n FROM kept')" = 7
check "and it begins anew where a clone was removed without a word" begins_anew_where_a_clone_was
