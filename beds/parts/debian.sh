# shellcheck shell=bash
# debian.sh: fetch packages of another Debian suite or architecture without touching the
# machine's own apt state. No host name is written here: the mirror is the one this machine
# already uses for its own release.

# The suite that carries MicroPython 1.26 (mpy 6.3).
readonly MICROPYTHON_SUITE=${MICROPYTHON_SUITE:-sid}

# debian_mirror: the URI of the source entry that serves this machine's own release. Other
# entries (security, third parties) name other suites. Both apt formats are read: deb822
# paragraphs (*.sources) and one-line entries (*.list, "deb [options] URI suite component").
# Prints nothing on a derivative, whose mirror has no Debian; $DEBIAN_MIRROR helps there.
debian_mirror() {
    if [[ -n ${DEBIAN_MIRROR:-} ]]; then
        echo "$DEBIAN_MIRROR"
        return
    fi
    local codename
    codename=$(. /etc/os-release; if [[ $ID == debian ]]; then echo "$VERSION_CODENAME"; fi)
    [[ -n $codename ]] || return 0
    (
        shopt -s nullglob
        cd /etc/apt || exit
        for file in sources.list.d/*.sources; do
            sed '/^#/d' "$file" | awk -v RS= -v suite="$codename" '{
                uri = ""; found = 0; field = ""
                for (i = 1; i <= NF; i++) {
                    if ($i ~ /^[A-Za-z-]+:$/) field = $i
                    else if (field == "URIs:" && uri == "") uri = $i
                    else if (field == "Suites:" && $i == suite) found = 1
                }
                if (found) print uri
            }'
        done
        for file in sources.list sources.list.d/*.list; do
            [[ -f $file ]] || continue
            sed -n 's/^deb \(\[[^]]*\] *\)\{0,1\}//p' "$file" |
                awk -v suite="$codename" '$2 == suite { print $1 }'
        done
    ) | awk 'NR == 1' # not head: a writer it cuts off would fail the pipeline
}

# private_apt SUITE ARCH: make a private apt world under cache/, with its package lists fetched
# (once per run of setup.sh), and print the path of its configuration; use it as
# APT_CONFIG=path apt-get ...
# Its dpkg status is empty, so apt believes nothing is installed and resolves the full
# dependency closure, which is what a sysroot needs.
private_apt() {
    local suite=$1 arch=$2 mirror
    local world=$MPYLD_BEDS/cache/apt-$suite-$arch
    if [[ -f $world/apt.conf ]]; then
        echo "$world/apt.conf"
        return
    fi
    local entry="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || fail "no Debian mirror in the apt sources; set DEBIAN_MIRROR=URI"
    mkdir -p "$world"/{state/lists/partial,cache/archives/partial}
    : >"$world/status"
    printf '%s\n' "deb $entry $mirror $suite main" "deb-src $entry $mirror $suite main" \
        >"$world/sources.list"
    cat >"$world/apt.conf" <<CONF
Dir::Etc::sourcelist "$world/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$world/state";
Dir::State::status "$world/status";
Dir::Cache "$world/cache";
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";      // _apt cannot write below a directory that root made
Acquire::Languages "none";
CONF
    APT_CONFIG=$world/apt.conf logged "apt-update-$suite-$arch" apt-get update -q
    echo "$world/apt.conf"
}
