# shellcheck shell=bash
# ports.sh: cross-compile the MicroPython port in beds/port, once for each bed that uses it.

# build_ports BED...: of the given beds, those that are our port.
build_ports() {
    local bed key build
    for bed in "$@"; do
        load_row "$bed"
        [[ $KIND == port ]] || continue
        if [[ -n $PREPARE ]]; then
            # shellcheck source=/dev/null
            . "$BEDS_SOURCE/parts/$PREPARE.sh"
            "prepare_$PREPARE"
        fi
        [[ -f $MPYLD_BEDS/src/version ]] || fail "ports needs the tools part first"
        key=$(fingerprint "$(row_file "$bed")" "$BEDS_SOURCE/parts/ports.sh" \
            "$BEDS_SOURCE"/port/* "$MPYLD_BEDS/src/version")
        if is_stamped "$bed" "$key"; then continue; fi
        build=$MPYLD_BEDS/cache/port-$bed
        rm -rf "$build"
        logged "port-$bed" make -C "$BEDS_SOURCE/port" -j2 PYTHON=/usr/bin/python3 \
            TOP="$MPYLD_BEDS/src/micropython" BUILD="$build" BED="$bed" \
            CROSS_COMPILE="$CROSS_COMPILE" ARCH_FLAGS="$ARCH_FLAGS" FLOAT_IMPL="$FLOAT_IMPL" \
            LINKER_SCRIPT="$LINKER_SCRIPT" LINK_FLAGS="$LINK_FLAGS" \
            EXTRA_SOURCES="$EXTRA_SOURCES" EXTRA_LIBS="$EXTRA_LIBS"
        mkdir -p "$BED_HOME"
        cp "$build/micropython" "$BED_HOME/micropython"
        rm -rf "$build"
        logged "smoke-$bed" "${COMMAND[@]}" "$BEDS_SOURCE/smoke.py"
        stamp "$bed" "$key"
        say "$bed: MicroPython port is built"
    done
}
