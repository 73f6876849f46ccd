// hostfs.c: the host's files as a read-only MicroPython filesystem, as small as import needs it:
// what is this path, and open it. An opened file is read whole into a BytesIO or StringIO.

#include <string.h>

#include "py/mperrno.h"
#include "py/objstringio.h"
#include "py/runtime.h"
#include "extmod/vfs.h"
#include "host.h"
#include "hostfs.h"

mp_obj_t host_fd_read(int fd) {
    enum { CHUNK = 4096 };
    vstr_t content;
    vstr_init(&content, CHUNK);
    for (;;) {
        long n = host_read(fd, vstr_add_len(&content, CHUNK), CHUNK);
        vstr_cut_tail_bytes(&content, CHUNK - (n > 0 ? n : 0));
        if (n < 0) {
            return MP_OBJ_NULL; // a directory, for one: it opens but does not read
        }
        if (n == 0) {
            return mp_obj_new_bytes_from_vstr(&content);
        }
    }
}

mp_obj_t host_file_read(const char *path) {
    int fd = host_open(path);
    if (fd < 0) {
        return MP_OBJ_NULL;
    }
    mp_obj_t content = host_fd_read(fd);
    host_close(fd);
    return content;
}

// Linux lays out struct stat differently on each architecture, so reading one byte is the
// portable way to tell a file from a directory.
static mp_import_stat_t host_fs_import_stat(void *self, const char *path) {
    (void)self;
    int fd = host_open(path);
    if (fd < 0) {
        return MP_IMPORT_STAT_NO_EXIST;
    }
    char byte;
    long n = host_read(fd, &byte, 1);
    host_close(fd);
    return n == -HOST_EISDIR ? MP_IMPORT_STAT_DIR : MP_IMPORT_STAT_FILE;
}

static mp_obj_t host_fs_open(mp_obj_t self, mp_obj_t path, mp_obj_t mode_in) {
    (void)self;
    const char *mode = mp_obj_str_get_str(mode_in);
    if (strchr(mode, 'r') == NULL || strchr(mode, '+') != NULL) {
        mp_raise_OSError(MP_EROFS);
    }
    mp_obj_t content = host_file_read(mp_obj_str_get_str(path));
    if (content == MP_OBJ_NULL) {
        mp_raise_OSError(MP_ENOENT);
    }
    if (strchr(mode, 'b') != NULL) {
        return mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_bytesio), content);
    }
    mp_obj_t utf8_text[] = { content, MP_OBJ_NEW_QSTR(MP_QSTR_utf_hyphen_8) };
    mp_obj_t text = mp_call_function_n_kw(MP_OBJ_FROM_PTR(&mp_type_str), 2, 0, utf8_text);
    return mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_stringio), text);
}
static MP_DEFINE_CONST_FUN_OBJ_3(host_fs_open_obj, host_fs_open);

// vfs.mount insists on this method; there is nothing to prepare.
static mp_obj_t host_fs_on_mount(mp_obj_t self, mp_obj_t readonly, mp_obj_t mkfs) {
    (void)self;
    (void)readonly;
    (void)mkfs;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(host_fs_on_mount_obj, host_fs_on_mount);

static const mp_rom_map_elem_t host_fs_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_mount), MP_ROM_PTR(&host_fs_on_mount_obj) },
    { MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&host_fs_open_obj) },
};
static MP_DEFINE_CONST_DICT(host_fs_locals, host_fs_locals_table);

static const mp_vfs_proto_t host_fs_proto = {
    .import_stat = host_fs_import_stat,
};

static MP_DEFINE_CONST_OBJ_TYPE(host_fs_type, MP_QSTR_HostFS, MP_TYPE_FLAG_NONE,
    protocol, &host_fs_proto, locals_dict, &host_fs_locals);

static const mp_obj_base_t host_fs = { &host_fs_type };

void host_fs_mount(void) {
    mp_obj_t mount_args[] = { MP_OBJ_FROM_PTR(&host_fs), MP_OBJ_NEW_QSTR(MP_QSTR__slash_) };
    mp_vfs_mount(MP_ARRAY_SIZE(mount_args), mount_args, (mp_map_t *)&mp_const_empty_map);
    // chdir("/") would be a question to the filesystem; relative paths are simply the host's.
    MP_STATE_VM(vfs_cur) = MP_STATE_VM(vfs_mount_table);
}
