# shellcheck shell=bash
# sysroots.sh: Debian's own micropython with the libraries it needs, unpacked in a directory of
# its own. It runs with its own dynamic loader, so the machine's release does not matter.

# install_sysroots BED...: of the given beds, those that are Debian binaries.
install_sysroots() {
    local bed key
    for bed in "$@"; do
        load_row "$bed"
        [[ $KIND == debian ]] || continue
        key=$(fingerprint "$(row_file "$bed")" "$BEDS_SOURCE/parts/"{debian,sysroots}.sh)-$MICROPYTHON_SUITE
        if is_stamped "$bed" "$key"; then continue; fi
        unpack_sysroot "$DEBIAN_ARCH" "$BED_HOME"
        logged "smoke-$bed" "${COMMAND[@]}" "$BEDS_SOURCE/smoke.py"
        stamp "$bed" "$key"
        say "$bed: Debian's $DEBIAN_ARCH micropython is in place"
    done
}

unpack_sysroot() {
    local arch=$1 root=$2 conf archives deb lib
    conf=$(private_apt "$MICROPYTHON_SUITE" "$arch")
    archives=$(dirname "$conf")/cache/archives
    rm -rf "$root"
    mkdir -p "$root"
    APT_CONFIG=$conf logged "sysroot-$arch" \
        apt-get install -y -q --download-only --no-install-recommends micropython
    for deb in "$archives"/*.deb; do dpkg -x "$deb" "$root"; done
    # /lib -> usr/lib belongs to base-files, which nothing here depends on; the program
    # interpreter's path (/lib/ld-linux...) goes through it.
    for lib in lib lib64; do
        if [[ -d $root/usr/$lib && ! -e $root/$lib ]]; then ln -s "usr/$lib" "$root/$lib"; fi
    done
}
