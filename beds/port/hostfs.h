// hostfs.h: see hostfs.c.
#pragma once

#include "py/obj.h"

// host_fs_mount makes the host's files visible at / and as the current directory.
void host_fs_mount(void);

// host_file_read returns a file's bytes, or MP_OBJ_NULL when it cannot be opened or read.
mp_obj_t host_file_read(const char *path);
// host_fd_read returns all that is left to read from an open file.
mp_obj_t host_fd_read(int fd);
