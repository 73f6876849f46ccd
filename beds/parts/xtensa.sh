# shellcheck shell=bash
# xtensa.sh: what Debian's ESP8266 toolchain lacks. Its libgcc.a leaves out the routines that the
# chip has in ROM (division, float arithmetic). They are built here from the compiler's own
# source package; xtensawin.sh builds the same for the ESP32's calling convention.

XTENSA_WORK=$MPYLD_BEDS/cache/xtensa

prepare_xtensa() {
    local key lib=$MPYLD_BEDS/lib/xtensa
    key=$(fingerprint "$BEDS_SOURCE/parts/xtensa.sh" "$BEDS_SOURCE"/xtensa/*)
    if is_stamped lib-xtensa "$key"; then return; fi
    fetch_xtensa_sources
    xtensa_config "$XTENSA_WORK/call0" "${XTENSA_PLAIN_CORE[@]}" \
        XCHAL_HAVE_WINDOWED=0 XSHAL_ABI=XTHAL_ABI_CALL0
    mkdir -p "$lib"
    build_xtensa_libgcc xtensa-lx106-elf-gcc "$XTENSA_WORK/call0" "$lib/libgcc.a"
    build_rom "$lib"
    stamp lib-xtensa "$key"
    say "xtensa: libgcc and ROM stubs are built"
}

# A core with no option beyond the base instruction set: code for it runs on both chips.
XTENSA_PLAIN_CORE=(XCHAL_HAVE_BE=0 XCHAL_HAVE_MUL32_HIGH=0 XCHAL_HAVE_DIV32=0
    XCHAL_HAVE_MINMAX=0 XCHAL_HAVE_SEXT=0 XCHAL_HAVE_LOOPS=0 XCHAL_HAVE_THREADPTR=0
    XCHAL_HAVE_BOOLEANS=0 XCHAL_HAVE_FP=0 XCHAL_HAVE_S32C1I=0 XCHAL_HAVE_RELEASE_SYNC=0)

# fetch_xtensa_sources: binutils' headers and libgcc's Xtensa assembly, in the versions of this
# release's cross toolchain.
fetch_xtensa_sources() {
    local conf codename gcc_major
    if [[ -d $XTENSA_WORK/include ]]; then return; fi
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    gcc_major=$(xtensa-lx106-elf-gcc -dumpversion | cut -d. -f1)
    conf=$(private_apt "$codename" amd64)
    mkdir -p "$XTENSA_WORK/deb"
    (
        cd "$XTENSA_WORK" || exit
        APT_CONFIG=$conf logged xtensa-sources \
            apt-get download -q "gcc-$gcc_major-source" binutils-source
        for deb in ./*.deb; do dpkg -x "$deb" deb; done
        tar -xf deb/usr/src/binutils/binutils-*.tar.xz --wildcards '*/include/*.h' \
            --strip-components=1
        tar -xf deb/usr/src/gcc-"$gcc_major"/gcc-*.tar.xz --wildcards \
            '*/libgcc/config/xtensa/*' --strip-components=2
        rm -r deb ./*.deb
    )
}

# xtensa_config DIR KEY=VALUE...: binutils' xtensa-config.h with some of its settings changed.
xtensa_config() {
    local header=$1/xtensa-config.h setting
    mkdir -p "$1"
    cp "$XTENSA_WORK/include/xtensa-config.h" "$header"
    shift
    for setting; do
        sed -i "s/^#define ${setting%=*}\([ \t]\).*/#define ${setting%=*}\1${setting#*=}/" "$header"
    done
}

# build_xtensa_libgcc COMPILER CONFIG_DIR ARCHIVE: libgcc keeps its routines in one assembly
# file, from which a macro L<name> selects one; t-xtensa, a makefile fragment, lists the names.
build_xtensa_libgcc() {
    local compiler=$1 config=$2 archive=$3 name names
    local source=$XTENSA_WORK/config/xtensa objects=$2/objects
    mkdir -p "$objects"
    names=$(sed -n '/LIB1ASMFUNCS/,/[^\\]$/p' "$source/t-xtensa" |
        sed 's/LIB1ASMFUNCS *=//; s/\\$//')
    for name in $names; do
        "$compiler" -c "-DL$name" -I"$config" -I"$source" -o "$objects/$name.o" \
            "$source/lib1funcs.S"
    done
    "$compiler" -c -Os -fpic -ffunction-sections -o "$objects/div64.o" \
        "$BEDS_SOURCE/xtensa/div64.c"
    rm -f "$archive"
    xtensa-lx106-elf-ar rcs "$archive" "$objects"/*.o
}

# build_rom LIB: rom.o, linked into the bed, and rom.ld, for modules: MicroPython's list of the
# ESP8266's ROM addresses, moved to where rom.o is.
build_rom() {
    local lib=$1 functions
    local addresses=$MPYLD_BEDS/src/micropython/ports/esp8266/boards/eagle.rom.addr.v6.ld
    sed 's/= 0x4000/= 0x2000/' "$addresses" >"$lib/rom.ld"
    functions=$(xtensa-lx106-elf-nm "$lib/libgcc.a" "$(xtensa-lx106-elf-gcc -print-libgcc-file-name)" \
        2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u)
    # shellcheck disable=SC2086 # one name to a word
    /usr/bin/python3 "$BEDS_SOURCE/xtensa/rom_stubs.py" "$addresses" $functions \
        memcpy memset memmove memcmp strlen strcmp strncmp strcpy strncpy >"$XTENSA_WORK/rom.S"
    xtensa-lx106-elf-gcc -c -o "$lib/rom.o" "$XTENSA_WORK/rom.S"
}
