# shellcheck shell=bash
# lib.sh - what the scripts of the images share. To be sourced; enters the clone's top.
#
# SHOP_IMAGES     the one repository of the shop's own images (shop); SHOP_VERSION    the end of their tags (dev)
# SECRETS         folder of keys and passwords (deploy/docker/secrets)
# shellcheck disable=SC2034 # used by those who source it
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"

docker_here=$top/deploy/docker
images=${SHOP_IMAGES:-shop}
version=${SHOP_VERSION:-dev}
secrets=${SECRETS:-$docker_here/secrets}

# image_programs: folders of all programs that get an image.
image_programs() {
    local main
    for main in deploy/local/*/main.c services/*/main.c streams/*/main.c gateway/main.c; do echo "${main%/main.c}"; done
}

# image_names [NAME...]: those named, or all of ours: a program each, the mail sink, the lab's bench.
image_names() {
    if [ $# -gt 0 ]; then printf '%s\n' "$@"; else image_programs | xargs -n 1 basename; echo mail; echo lab; fi
}

# compose WORDS...: by the plugin of docker, or by the classic program, whichever is there.
compose() {
    if [ -n "${COMPOSE:-}" ]; then $COMPOSE "$@"
    elif docker compose version > /dev/null 2>&1; then docker compose "$@"
    else docker-compose "$@"; fi
}

# docker_works: or says what is missing.
require_docker() {
    command -v docker > /dev/null || die "docker is not installed: apt-get install docker.io"
    docker info > /dev/null 2>&1 || die "the docker daemon does not answer: is it started, and may you speak to it?"
}

# require_repository, require_cosign: what is needed for images that were pushed.
require_repository() {
    [[ $images == */* ]] || die "SHOP_IMAGES=registry/repository says where the images are pushed"
}
require_cosign() {
    require_repository
    command -v cosign > /dev/null || die "cosign is not installed: https://docs.sigstore.dev tells how"
}

# pushed NAME: the image by the digest that it has in its registry.
pushed() {
    docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$images:$1-$version" | grep -m 1 -F "$images@" \
        || die "$images:$1-$version was never pushed"
}
