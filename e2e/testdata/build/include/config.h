#include <mpyld_config.h>
