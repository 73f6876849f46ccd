#!/bin/bash
# setup.sh: build the test beds, the places where a linked .mpy file is really loaded and run.
#
#   beds/setup.sh [PART...]       PART: tools, compilers, sysroots, ports, clients, web (default: all, in that order)
#   ARCHS="x64 armv6m" beds/setup.sh      only these beds (default: every file in beds/rows), and no compilers
#   MPYLD_BEDS=/somewhere beds/setup.sh   destination, an absolute path (default: build/beds in the repository)
#
# Everything comes from Debian packages, asked for by name; what is fetched stays under
# $MPYLD_BEDS. Running it again does only what is not done yet or whose inputs changed.
# README.md in this directory explains the parts and how to add a bed.
set -euo pipefail
shopt -s inherit_errexit # a failure inside $(...) is a failure

BEDS_SOURCE=$(dirname "$(realpath "$0")")
readonly BEDS_SOURCE
# shellcheck source-path=SCRIPTDIR
. "$BEDS_SOURCE/parts/progress.sh"
. "$BEDS_SOURCE/parts/rows.sh"
. "$BEDS_SOURCE/parts/debian.sh"
. "$BEDS_SOURCE/parts/tools.sh"
. "$BEDS_SOURCE/parts/compilers.sh"
. "$BEDS_SOURCE/parts/sysroots.sh"
. "$BEDS_SOURCE/parts/ports.sh"
. "$BEDS_SOURCE/parts/clients.sh"
. "$BEDS_SOURCE/parts/web.sh"

[[ $MPYLD_BEDS == /* ]] || fail "MPYLD_BEDS must be an absolute path"

# cache/ holds what only one run needs: package lists, downloads, object files.
rm -rf "$MPYLD_BEDS/cache"
mkdir -p "$MPYLD_BEDS"/{stamps,log,cache,home,bin,lib,src}

# Toolchains that a part builds itself must win over anything of the same name on the machine.
export PATH=$MPYLD_BEDS/bin:$PATH

read -ra beds <<<"${ARCHS:-$(all_beds | xargs)}"
for bed in "${beds[@]}"; do
    [[ -f $(row_file "$bed") ]] || fail "no such bed: $bed (there are: $(all_beds | xargs))"
done

parts=("$@")
if ((!${#parts[@]})); then
    parts=(tools compilers sysroots ports clients web)
    if [[ -n ${ARCHS:-} ]]; then parts=(tools sysroots ports clients web); fi
fi

# The compilers are mostly a download: they go on beside sysroots and ports, and are waited for
# before anything else that fetches from the same suites.
compilers=
finish_compilers() {
    if [[ -n $compilers ]]; then wait "$compilers"; fi
    compilers=
}

for part in "${parts[@]}"; do
    case $part in
        tools) install_tools "${beds[@]}" ;;
        compilers)
            install_compilers &
            compilers=$!
            ;;
        sysroots) install_sysroots "${beds[@]}" ;;
        ports) build_ports "${beds[@]}" ;;
        clients)
            finish_compilers
            install_clients
            ;;
        web) install_web ;;
        *) fail "no such part: $part (there are: tools compilers sysroots ports clients web)" ;;
    esac
done
finish_compilers
rm -rf "$MPYLD_BEDS/cache"
say "done: ${parts[*]} for ${beds[*]} in $MPYLD_BEDS"
