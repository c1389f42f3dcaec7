# shellcheck shell=bash disable=SC2154 # run is lib.sh's
# home.sh - Postgres' programs, data and user. To be sourced after the stack's lib.sh.
#
# Postgres refuses to be root, and its user cannot enter a clone below /root: started by root, the data lies in
# /var/lib/hipster-shop under a name made from RUN's path, and RUN/postgres is a link to it.

pg_home=$run/postgres
[ "$(id -u)" != 0 ] || pg_home=/var/lib/hipster-shop/$(printf %s "$run" | sha256sum | cut -c 1-12)

as_postgres() { if [ "$(id -u)" = 0 ]; then chpst -u postgres "$@"; else "$@"; fi; }

# postgres_bin: the programs of the version that made the data, else of the newest that is installed.
postgres_bin() {
    local version
    version=$(cat "$pg_home/data/PG_VERSION" 2> /dev/null || find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1)
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] || die "Postgres $version is not installed, and the data in $pg_home is its"
    echo "/usr/lib/postgresql/$version/bin"
}
