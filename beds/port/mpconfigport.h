// mpconfigport.h: configuration of the test-bed port.

#include <alloca.h>
#include <stdint.h>

// The feature set of an ordinary board, which upstream's natmod tests are written for.
#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// The loader takes a native module's arch from the native emitter that is configured, so each
// architecture switches on its own.
#if defined(__thumb__)
#define MICROPY_EMIT_THUMB (1)
#if !defined(__thumb2__)
#define MICROPY_EMIT_THUMB_ARMV7M (0)
#endif
// Bit 0 of a code address selects Thumb state.
#define MICROPY_MAKE_POINTER_CALLABLE(p) ((void *)((mp_uint_t)(p) | 1))
#elif defined(__XTENSA_WINDOWED_ABI__)
#define MICROPY_EMIT_XTENSAWIN (1)
// MicroPython's own non-local return for Xtensa is for call0 only.
#define MICROPY_NLR_SETJMP (1)
#elif defined(__xtensa__)
#define MICROPY_EMIT_XTENSA (1)
#elif defined(__riscv)
#define MICROPY_EMIT_RV32 (1)
#if __riscv_xlen == 64
// Before 1.28 there is no 64-bit arch to configure. Its number in .mpy files is 12, one more
// than that of RV32IMC, the last in py/persistentcode.h's list: one before that is made two.
#define MP_NATIVE_ARCH_XTENSAWIN MP_NATIVE_ARCH_XTENSAWIN, MP_NATIVE_ARCH_RV32
#endif
#elif defined(__x86_64__)
#define MICROPY_EMIT_X64 (1)
#else
#error "no native emitter for this architecture"
#endif

// Load .mpy files from the host's filesystem (hostfs.c). MP_PLAT_ALLOC_EXEC stays undefined on
// purpose: then native code lives on the garbage-collected heap, as on most boards.
#define MICROPY_PERSISTENT_CODE_LOAD (1)
#define MICROPY_ENABLE_EXTERNAL_IMPORT (1)
#define MICROPY_VFS (1)
#define MICROPY_READER_VFS (1)

#define MICROPY_ENABLE_GC (1)
#define MICROPY_GCREGS_SETJMP (1)
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE (1)
#define MICROPY_MEM_STATS (1)
#define MICROPY_ENABLE_SOURCE_LINE (1)
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_PY_SYS_PLATFORM "bed"
#define MICROPY_HW_BOARD_NAME "qemu-user"
#define MICROPY_HW_MCU_NAME BED_NAME

// Nothing here has hardware, clocks or an interactive user.
#define MICROPY_HELPER_REPL (0)
#define MICROPY_PY_ASYNCIO (0)
#define MICROPY_PY_BUILTINS_INPUT (0)
#define MICROPY_PY_MACHINE (0)
#define MICROPY_PY_OS_DUPTERM (0)
#define MICROPY_PY_PLATFORM (0)
#define MICROPY_PY_SELECT (0)
#define MICROPY_PY_TIME (0)

// Upstream's native examples provide these; a built-in twin could hide a module that is broken.
#define MICROPY_PY_BTREE (0)
#define MICROPY_PY_DEFLATE (0)
#define MICROPY_PY_FRAMEBUF (0)
#define MICROPY_PY_HEAPQ (0)
#define MICROPY_PY_RANDOM (0)
#define MICROPY_PY_RE (0)

// MicroPython's own libm has no log2.
#define MP_NEED_LOG2 (1)

#define MP_SSIZE_MAX INTPTR_MAX
#define MP_STATE_PORT MP_STATE_VM

typedef long mp_off_t;
#ifdef PORT_DEFINES_MP_INT
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
#endif
