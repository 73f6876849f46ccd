# shellcheck shell=bash
# progress.sh: what the other parts say, where they log, and how they know they are finished.

# say TEXT: one line with the seconds since setup.sh started.
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

fail() {
    echo "setup.sh: $*" >&2
    exit 1
}

# logged NAME COMMAND...: run an external command with its output in a log file; when it fails,
# show the end of the log and stop. (Not for shell functions: bash suspends `set -e` inside a
# condition, so a function's own failures would go unnoticed.)
logged() {
    local log=$MPYLD_BEDS/log/$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" | cut -c 1-300 >&2
        fail "failed: $* (whole log: $log)"
    fi
}

# A stamp holds the fingerprint of everything its step was made from, so a changed source file
# or row repeats the step, and an unchanged one costs nothing.
fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }
is_stamped() { [[ -f $MPYLD_BEDS/stamps/$1 && $(<"$MPYLD_BEDS/stamps/$1") == "$2" ]]; }
stamp() { echo "$2" >"$MPYLD_BEDS/stamps/$1"; }
