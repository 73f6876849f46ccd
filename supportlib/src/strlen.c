// GCC makes calls of strlen out of loops (-ftree-loop-distribute-patterns).
#include "support.h"

WEAK size_t strlen(const char *s) {
    const char *end = s;
    while (*end) {
        end++;
    }
    return end - s;
}
