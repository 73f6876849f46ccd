# shellcheck shell=bash
# web.sh: what the tests of the page and of the npm package need from npm. The versions and
# the hashes of what is fetched are in beds/npm; the registry is the one that npm is set up for.

install_web() {
    local key dir=$MPYLD_BEDS/home/npm
    key=$(fingerprint "$BEDS_SOURCE/parts/web.sh" "$BEDS_SOURCE/npm/"*)
    if is_stamped web "$key"; then return; fi
    rm -rf "$dir"
    mkdir -p "$dir"
    cp "$BEDS_SOURCE/npm/"*.json "$dir"
    # Nothing of them runs while it is installed.
    logged npm-web npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund
    stamp web "$key"
    say "packages for the tests of the page are in place"
}
