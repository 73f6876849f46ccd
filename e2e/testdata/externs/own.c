// What the module has itself, until the firmware's goes before it.
#include "mpy.h"

static const char *const texts[] = { "only the module's own says this", "and this" };
const char *volatile own_used;

static size_t own_helper(const char *text) {
    return (size_t)text[1] * 1000;
}

size_t utf8_charlen(const unsigned char *str, size_t len) {
    own_used = texts[str[0] & 1];
    return own_helper(own_used) + len;
}
