// main.c: run one script, like the unix port's `micropython script.py`: exit status 1 and a
// traceback on stderr for an uncaught exception, MICROPYPATH for the import path.

#include <stdint.h>
#include <string.h>

#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "host.h"
#include "hostfs.h"

enum {
    EXIT_UNCAUGHT_EXCEPTION = 1,
    EXIT_NO_SCRIPT = 2,
    EXIT_INTERPRETER_BUG = 3,
};

// Native code of imported modules is allocated here too; ram.ld makes it executable.
static uint64_t heap[4 * 1024 * 1024 / sizeof(uint64_t)];

// Far below the 8 MiB that qemu gives us, so that runaway recursion ends in RuntimeError.
static const size_t stack_bytes = 256 * 1024;

static void stderr_strn(void *env, const char *str, size_t len) {
    (void)env;
    host_write(2, str, len);
}
static const mp_print_t stderr_print = { NULL, stderr_strn };

static int exit_status_of(mp_obj_base_t *exception) {
    if (!mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(exception->type), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
        mp_obj_print_exception(&stderr_print, MP_OBJ_FROM_PTR(exception));
        return EXIT_UNCAUGHT_EXCEPTION;
    }
    mp_obj_t value = mp_obj_exception_get_value(MP_OBJ_FROM_PTR(exception));
    mp_int_t status = 0;
    if (value != mp_const_none && !mp_obj_get_int_maybe(value, &status)) {
        return EXIT_UNCAUGHT_EXCEPTION;
    }
    return status;
}

static int run_source(const char *name, mp_obj_t source) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        return exit_status_of(nlr.ret_val);
    }
    size_t len;
    const char *text = mp_obj_str_get_data(source, &len);
    mp_lexer_t *lexer = mp_lexer_new_from_str_len(qstr_from_str(name), text, len, 0);
    mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
    mp_obj_t module = mp_compile(&tree, qstr_from_str(name), false);
    mp_call_function_0(module);
    nlr_pop();
    return 0;
}

// sys.path: the script's directory (or the current one), then MICROPYPATH's, as on unix.
static void set_sys_path(const char *script, char **environment) {
    static const char variable[] = "MICROPYPATH=";
    size_t script_dir_len = 0;
    for (size_t i = 0; script != NULL && script[i] != '\0'; ++i) {
        if (script[i] == '/') {
            script_dir_len = i;
        }
    }
    mp_sys_path = mp_obj_new_list(0, NULL);
    mp_obj_list_append(mp_sys_path, mp_obj_new_str(script, script_dir_len));
    for (; *environment != NULL; ++environment) {
        if (strncmp(*environment, variable, sizeof(variable) - 1) != 0) {
            continue;
        }
        const char *dir = *environment + sizeof(variable) - 1;
        while (*dir != '\0') {
            size_t len = strcspn(dir, ":");
            mp_obj_list_append(mp_sys_path, mp_obj_new_str(dir, len));
            dir += len + (dir[len] == ':');
        }
    }
}

static int run_program(int argc, char **argv, char **environment) {
    const char *script = argc > 1 ? argv[1] : NULL;
    gc_init(heap, (char *)heap + sizeof(heap));
    mp_init();
    host_fs_mount();
    set_sys_path(script, environment);
    for (int i = 1; i < argc; ++i) {
        mp_obj_list_append(mp_sys_argv, mp_obj_new_str(argv[i], strlen(argv[i])));
    }
    mp_obj_t source = script == NULL ? host_fd_read(0) : host_file_read(script);
    if (source == MP_OBJ_NULL) {
        mp_printf(&stderr_print, "can't read %s\n", script);
        return EXIT_NO_SCRIPT;
    }
    return run_source(script == NULL ? "<stdin>" : script, source);
}

// port_start is called by _start with the stack as Linux lays it out:
// argc, argv[0..argc-1], NULL, environment..., NULL.
void __attribute__((used)) port_start(long *initial_sp) {
    long argc = initial_sp[0];
    char **argv = (char **)(initial_sp + 1);
    mp_cstack_init_with_top(initial_sp, stack_bytes);
    host_exit(run_program(argc, argv, argv + argc + 1));
}

// What the core wants from a port's hardware layer: a console, and a place to die.

mp_uint_t mp_hal_stdout_tx_strn(const char *str, size_t len) {
    return host_write(1, str, len);
}

// No "\n" to "\r\n" translation: the output is compared, not shown on a terminal.
void mp_hal_stdout_tx_strn_cooked(const char *str, size_t len) {
    host_write(1, str, len);
}

void mp_hal_stdout_tx_str(const char *str) {
    host_write(1, str, strlen(str));
}

int mp_hal_stdin_rx_chr(void) {
    enum { CTRL_D = 4 };
    unsigned char chr;
    return host_read(0, &chr, 1) == 1 ? chr : CTRL_D;
}

uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {
    return poll_flags;
}

void nlr_jump_fail(void *exception) {
    (void)exception;
    static const char message[] = "exception outside any handler\n";
    host_write(2, message, sizeof(message) - 1);
    host_exit(EXIT_INTERPRETER_BUG);
}

// The C library's abort() wants these from an operating system.
void _exit(int status) {
    host_exit(status);
}
