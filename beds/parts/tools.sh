# shellcheck shell=bash
# tools.sh: compilers, emulators, and MicroPython's source tree with its mpy-cross.

# What every bed needs. python3-pyelftools is for MicroPython's own mpy_ld.py, which the end to
# end tests run beside mpyld; clang is a second compiler for the test objects.
readonly BASE_PACKAGES="gcc g++ libc6-dev make python3 python3-pyelftools clang llvm
    dpkg-dev xz-utils debian-archive-keyring gdb-multiarch"

# With what docs/SCALE.md builds many modules.
readonly SCALE_PACKAGES="ninja-build ccache distcc"

# What unpacks compilers of other suites (compilers.sh).
readonly COMPILER_PACKAGES="patchelf"

# A generator of programs, and the header that they include.
readonly PROGRAM_PACKAGES="csmith libcsmith-dev"

# A linker that makes RISC-V calls shorter, as ours does.
readonly LINKER_PACKAGES="lld-19"

# A linker that bench compares with.
readonly PEER_PACKAGES="mold"

# What mpremote needs (clients.sh).
readonly CLIENT_PACKAGES="python3-serial python3-platformdirs"

# What opens the page (web.sh).
readonly WEB_PACKAGES="chromium"

# Shells that complete words, and what shows a man page.
readonly SHELL_PACKAGES="bash zsh fish bsdutils man-db mandoc"

install_tools() {
    install_packages "$@"
    fetch_micropython
    build_mpy_cross
}

# install_packages BED...: the base and what the rows ask for; no apt call when all is there, so
# that a machine prepared by somebody else needs no root.
install_packages() {
    local bed package state wanted="$BASE_PACKAGES $SCALE_PACKAGES $COMPILER_PACKAGES $PROGRAM_PACKAGES $LINKER_PACKAGES $PEER_PACKAGES $CLIENT_PACKAGES $WEB_PACKAGES $SHELL_PACKAGES" missing=() as_root=()
    for bed in "$@"; do
        load_row "$bed"
        wanted+=" $PACKAGES"
    done
    for package in $(xargs -n 1 <<<"$wanted" | sort -u); do
        state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        if [[ $state != *' installed' ]]; then missing+=("$package"); fi
    done
    # npm and Node.js may come from elsewhere than Debian.
    if [[ -z $(type -P npm) ]]; then missing+=(npm); fi
    if [[ -z $(type -P node) ]]; then missing+=(nodejs); fi
    if ((${#missing[@]})); then
        say "installing ${missing[*]}"
        ((EUID == 0)) || as_root=(sudo)
        logged apt-update "${as_root[@]}" apt-get update -q
        logged apt-install "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install \
            -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
    fi
    say "packages are installed"
}

# fetch_micropython: Debian's source package holds upstream's release tarball: py/ (headers and
# the interpreter), examples/natmod, tests/, tools/mpy_ld.py. It is unpacked without Debian's
# patches, which concern the unix port and the documentation.
fetch_micropython() {
    local tree=$MPYLD_BEDS/src/micropython key conf
    key=$(fingerprint "$BEDS_SOURCE/parts/debian.sh")-$MICROPYTHON_SUITE
    if is_stamped micropython "$key"; then return; fi
    conf=$(private_apt "$MICROPYTHON_SUITE" amd64)
    rm -rf "$tree"
    mkdir -p "$tree"
    # apt checks the files against the signed Sources index before it leaves them here.
    (
        cd "$MPYLD_BEDS/src" || exit
        rm -f micropython_*
        APT_CONFIG=$conf logged micropython-source \
            apt-get source -q --download-only --only-source micropython
        tar -xf micropython_*.orig.tar.* -C "$tree" --strip-components=1
    )
    # The rows of the end to end tests count tests of one release; they check this file.
    awk '/^Version:/ { print $2; exit }' "$MPYLD_BEDS"/src/micropython_*.dsc \
        >"$MPYLD_BEDS/src/version"
    stamp micropython "$key"
    say "MicroPython source $(<"$MPYLD_BEDS/src/version") is unpacked"
}

# build_mpy_cross: examples/natmod/features2 has a .py part, and dynruntime.mk expects the
# compiler at exactly this place in the tree.
build_mpy_cross() {
    local tree=$MPYLD_BEDS/src/micropython
    if [[ -x $tree/mpy-cross/build/mpy-cross ]]; then return; fi
    logged mpy-cross make -C "$tree/mpy-cross" -j2 PYTHON=/usr/bin/python3
    say "mpy-cross is built"
}
