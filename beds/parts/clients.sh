# shellcheck shell=bash
# clients.sh: programs of others that install packages onto boards. The end to end tests install
# with them what mpyld packs.

# Debian suites with a mpremote each: one that takes no relative URLs in package.json, and one
# that does.
readonly MPREMOTE_SUITES=${MPREMOTE_SUITES:-"trixie sid"}

# install_clients: mpremote of each suite in a directory of its own, which is a Python path. What
# it needs beside is the machine's (CLIENT_PACKAGES in tools.sh).
install_clients() {
    local suite conf dir key
    for suite in $MPREMOTE_SUITES; do
        key=$(fingerprint "$BEDS_SOURCE/parts/"{debian,clients}.sh)-$suite
        if is_stamped "mpremote-$suite" "$key"; then continue; fi
        conf=$(private_apt "$suite" amd64)
        dir=$MPYLD_BEDS/home/mpremote-$suite
        rm -rf "$dir"
        mkdir -p "$dir"
        (
            cd "$dir" || exit
            APT_CONFIG=$conf logged "mpremote-$suite" apt-get download -q micropython-mpremote
            dpkg -x micropython-mpremote_*.deb .
        )
        stamp "mpremote-$suite" "$key"
        say "mpremote of Debian $suite is in place"
    done
}
