// A name that is only in a header, and one that is pasted together.
#define EXPORT(f) MPY_STORE(MP_QSTR_##f, &f##_obj)
#define KIND MP_QSTR_kind
