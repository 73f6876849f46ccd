// plugin.c: a core description for Debian's xtensa-lx106 toolchain. binutils, and gcc from 13
// on, read the shared object that $XTENSA_GNU_CONFIG names instead of what they were built for.
// With qemu's instruction tables of a windowed core linked in, the ESP8266 toolchain becomes one
// for the ESP32's calling convention.

#define XTENSA_CONFIG_DEFINITION
#include "xtensa-config.h"      // made by parts/xtensawin.sh
#include "xtensa-dynconfig.h"   // from binutils

XTENSA_CONFIG_INSTANCE_LIST;

// What gcc predefines; the array ends with a null pointer.
const char *const xtensa_config_strings[] = {
    "__XCHAL_HAVE_BE=0",
    "__XCHAL_HAVE_WINDOWED=1",
    0,
};

int plugin_is_GPL_compatible;
