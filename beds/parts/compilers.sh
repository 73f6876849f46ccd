# shellcheck shell=bash
# compilers.sh: the compilers of newer Debian suites, which the machine cannot install, because they
# need a newer C library. Each suite is unpacked in a directory of its own, and its programs are told
# to use the dynamic loader there. The end to end tests and fixtures/build call the wrappers in bin/.

# compiler_rows: those of beds/compilers.
compiler_rows() { grep -v '^#' "$BEDS_SOURCE/compilers"; }

# compiler_packages SUITE: what the rows of a suite ask for, one a line.
compiler_packages() {
    compiler_rows | awk -F ' [|] ' -v suite="$1" '$2 == suite { print $5 }' | xargs -n 1 | sort -u
}

# install_compilers: all suites side by side, because one unpacks while another waits for the network.
install_compilers() {
    local suite key job jobs=()
    key=$(fingerprint "$BEDS_SOURCE"/compilers* "$BEDS_SOURCE/parts/"{debian,compilers}.sh)
    for suite in $(compiler_rows | awk -F ' [|] ' '{ print $2 }' | sort -u); do
        if is_stamped "compilers-$suite" "$key"; then continue; fi
        unpack_compilers "$suite" "$key" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job"; done
    wrap_compilers
}

# unpack_compilers SUITE KEY: what its rows need, in home/compilers-SUITE.
unpack_compilers() {
    local suite=$1 key=$2 root=$MPYLD_BEDS/home/compilers-$1
    rm -rf "$root"
    mkdir -p "$root"
    if [[ $suite == npm ]]; then unpack_npm "$root"; else unpack_suite "$suite" "$root"; fi
    stamp "compilers-$suite" "$key"
    say "compilers of $suite are in place"
}

# unpack_npm ROOT: packages of that registry. Nothing that is in them runs here.
unpack_npm() {
    local root=$1 work=$MPYLD_BEDS/cache/npm package
    mkdir -p "$work"
    for package in $(compiler_packages npm); do
        logged "npm-${package//\//-}" npm pack --silent --ignore-scripts --pack-destination "$work" "$package"
    done
    # Of zig, what its C compiler reads.
    for package in "$work"/*.tgz; do
        tar -xf "$package" -C "$root" --strip-components=1 package/zig package/lib/include package/lib/std
    done
    rm -r "$work"
    mkdir -p "$root/usr/bin"
    ln -s ../../zig "$root/usr/bin/zig"
}

# What the packages in beds/compilers depend on for linking and running programs, which nobody does here.
readonly UNNEEDED_PACKAGES='san[0-9]+$|^libx32|^libc6-x32|^libstd-rust-dev$|^llvm-.*-linker-tools$|^libobjc|(gomp1|itm1|quadmath0)$'

# unpack_suite SUITE ROOT: packages with all that they depend on.
unpack_suite() {
    local suite=$1 root=$2 conf
    conf=$(private_apt "$suite" amd64)
    ln -s usr/lib usr/lib64 "$root"
    (
        cd "$(dirname "$conf")" || exit
        compiler_packages "$suite" |
            APT_CONFIG=$conf xargs apt-get install -s --no-install-recommends |
            awk '/^Inst / { print $2 }' | grep -vE "$UNNEEDED_PACKAGES" >packages
        APT_CONFIG=$conf logged "compilers-$suite" xargs -a packages apt-get download -q
        for deb in ./*.deb; do
            dpkg-deb --fsys-tarfile "$deb" |
                tar -x -C "$root" --wildcards --exclude-from "$BEDS_SOURCE/compilers.unneeded"
            rm "$deb"
        done
    )
    use_own_loader "$root"
    # picolibc's specs name directories where they are in Debian.
    find "$root/usr" -name 'picolibc*.specs' -exec sed -i "s:/usr/lib/picolibc:$root&:g" {} +
}

# use_own_loader ROOT: programs start with the dynamic loader that belongs to their C library.
use_own_loader() {
    local root=$1 file
    find "$root/usr" -type f -perm -100 \( -path '*/bin/*' -o -name 'cc1*' \) |
        while read -r file; do
            if [[ $(head -c 4 "$file") == $'\x7fELF' ]]; then
                patchelf --set-interpreter "$root/lib64/ld-linux-x86-64.so.2" "$file"
            fi
        done
}

# wrap_compilers: bin/NAME for each row.
wrap_compilers() {
    local name suite program flags root setting
    while IFS='|' read -r name suite program flags _; do
        read -r name <<<"$name"
        read -r suite <<<"$suite"
        root=$MPYLD_BEDS/home/compilers-$suite
        setting="LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu"
        case $name in
            # The compiler is for the ESP8266; the plugin of xtensawin.sh says what an ESP32 has.
            xtensa-esp32-*) setting+=" XTENSA_GNU_CONFIG=$MPYLD_BEDS/lib/xtensawin/core.so" ;;
            zig-*) setting="ZIG_GLOBAL_CACHE_DIR=$root/cache ZIG_LOCAL_CACHE_DIR=$root/cache" ;;
        esac
        cat >"$MPYLD_BEDS/bin/$name" <<WRAPPER
#!/bin/sh
$setting exec $root/usr/bin/${program# }${flags//@/$root}"\$@"
WRAPPER
        chmod +x "$MPYLD_BEDS/bin/$name"
    done < <(compiler_rows)
}
