# shellcheck shell=bash disable=SC2034
# rows.sh: read the rows, one small file per bed in beds/rows. setup.sh and run share this.
#
# A row sets:
#   KIND      debian  Debian's own micropython binary of another (or this) Debian architecture
#             port    the MicroPython port in beds/port, run by qemu's user mode
#   RUNS      native archs whose modules must behave correctly in this bed
#   LOADS     further archs the loader accepts, but whose modules pass floats the wrong way
#   PACKAGES  Debian packages needed to compile modules for RUNS and to run the bed
#   COMMAND   array: how to start the interpreter; $BED_HOME is where this bed is installed
# and by kind:
#   debian:   DEBIAN_ARCH
#   port:     CROSS_COMPILE, ARCH_FLAGS, FLOAT_IMPL (float or double) and, where needed, what
#             port/Makefile calls LINKER_SCRIPT, LINK_FLAGS, EXTRA_SOURCES, EXTRA_LIBS; and
#             PREPARE, the name of a file in beds/parts that defines prepare_<name>, for a
#             toolchain that no package provides whole

MPYLD_BEDS=${MPYLD_BEDS:-${BEDS_SOURCE%/*}/build/beds}
export MPYLD_BEDS

row_file() { echo "$BEDS_SOURCE/rows/$1.bed"; }

all_beds() {
    local file
    for file in "$BEDS_SOURCE"/rows/*.bed; do basename "$file" .bed; done
}

load_row() {
    BED=$1 BED_HOME=$MPYLD_BEDS/home/$1
    KIND='' RUNS='' LOADS='' PACKAGES='' COMMAND=()
    DEBIAN_ARCH='' CROSS_COMPILE='' ARCH_FLAGS='' FLOAT_IMPL=''
    LINKER_SCRIPT=ram.ld LINK_FLAGS='' EXTRA_SOURCES='' EXTRA_LIBS='' PREPARE=''
    # shellcheck source=/dev/null
    . "$BEDS_SOURCE/rows/$1.bed"
}
