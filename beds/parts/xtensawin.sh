# shellcheck shell=bash
# xtensawin.sh: a compiler for the ESP32's calling convention, register windows. No Debian
# package has one, but the ESP8266 gcc generates such code with -mabi=windowed, and its assembler
# accepts the code once a plugin describes a core that has windows.
#
# Not like Espressif's compiler: no hardware divide or float instructions are generated.

# shellcheck source-path=SCRIPTDIR
. "$BEDS_SOURCE/parts/xtensa.sh"

prepare_xtensawin() {
    local key lib=$MPYLD_BEDS/lib/xtensawin
    key=$(fingerprint "$BEDS_SOURCE/parts/"{xtensa,xtensawin}.sh "$BEDS_SOURCE"/xtensa/*)
    if is_stamped lib-xtensawin "$key"; then return; fi
    mkdir -p "$lib"
    fetch_xtensa_sources
    build_xtensa_plugin "$lib/core.so"
    wrap_xtensa_tools "$lib"
    xtensa_config "$XTENSA_WORK/windowed" "${XTENSA_PLAIN_CORE[@]}"
    build_xtensa_libgcc xtensa-esp32-elf-gcc "$XTENSA_WORK/windowed" "$lib/libgcc.a"
    build_xtensawin_libm "$lib/libm.a"
    stamp lib-xtensawin "$key"
    say "xtensawin: compiler and libgcc are built"
}

# build_xtensa_plugin FILE: the instruction tables are those of de233_fpu, a windowed core that
# qemu emulates; they are generated C, written for binutils in the first place.
build_xtensa_plugin() {
    local conf codename tables=xtensa-modules.c.inc
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    conf=$(private_apt "$codename" amd64)
    xtensa_config "$XTENSA_WORK/plugin" XCHAL_HAVE_BE=0 XCHAL_HAVE_BOOLEANS=1 XCHAL_HAVE_FP=1 \
        XCHAL_HAVE_MAC16=1 XCHAL_NUM_AREGS=64 XCHAL_HAVE_MMU=0
    (
        cd "$XTENSA_WORK" || exit
        APT_CONFIG=$conf logged qemu-source \
            apt-get source -q --download-only --only-source qemu
        tar -xf qemu_*.orig.tar.* --wildcards "*/target/xtensa/core-de233_fpu/$tables" \
            --strip-components=4
        rm qemu_*
        sed '/#include "qemu\/osdep.h"/d' "$tables" >modules.c
        logged xtensa-plugin gcc -O1 -w -shared -fPIC -I plugin -I include \
            -include ansidecl.h -o "$1" "$BEDS_SOURCE/xtensa/plugin.c" modules.c
    )
}

# wrap_xtensa_tools LIB: the names under which MicroPython's makefiles expect the toolchain.
wrap_xtensa_tools() {
    local lib=$1 tool
    cat >"$MPYLD_BEDS/bin/xtensa-esp32-elf-gcc" <<WRAPPER
#!/bin/sh
export XTENSA_GNU_CONFIG=$lib/core.so
# dynruntime.mk asks for the libraries by name; the ESP8266 ones have the wrong convention.
for argument; do
    case \$argument in
        *-print-file-name=libm.a) echo $lib/libm.a; exit ;;
        *-print-libgcc-file-name) echo $lib/libgcc.a; exit ;;
    esac
done
exec xtensa-lx106-elf-gcc -mabi=windowed "\$@"
WRAPPER
    for tool in ld objdump ar nm objcopy size ranlib strip as readelf; do
        cat >"$MPYLD_BEDS/bin/xtensa-esp32-elf-$tool" <<WRAPPER
#!/bin/sh
export XTENSA_GNU_CONFIG=$lib/core.so
exec xtensa-lx106-elf-$tool "\$@"
WRAPPER
    done
    chmod +x "$MPYLD_BEDS"/bin/xtensa-esp32-elf-*
}

# build_xtensawin_libm ARCHIVE: roundf is what upstream's examples ask of libm.
build_xtensawin_libm() {
    local tree=$MPYLD_BEDS/src/micropython
    xtensa-esp32-elf-gcc -c -Os -fpic -w -fno-builtin -I"$tree/lib/libm" \
        -DMICROPY_ENABLE_DYNRUNTIME= -o "$XTENSA_WORK/roundf.o" "$tree/lib/libm/roundf.c"
    rm -f "$1"
    xtensa-lx106-elf-ar rcs "$1" "$XTENSA_WORK/roundf.o"
}
