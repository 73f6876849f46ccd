// Comments count: MP_QSTR_in_comment, and so does disabled code.
#if 0
static int unused = MP_QSTR_disabled;
#endif
const char *text = "MP_QSTR_in_string";
int own[] = { MP_QSTR_zeta, MP_QSTR_alpha, MP_QSTR_alpha, MP_QSTR_Beta, MP_QSTR__under, MP_QSTR_a1, MP_QSTR_a10, MP_QSTR_a2 };
int fixed[] = { MP_QSTR_, MP_QSTR_len, MP_QSTR_utf_hyphen_8, MP_QSTR__space_, MP_QSTR__lt_module_gt_, MP_QSTR___init__ };
int odd[] = { MP_QSTR_MP_QSTR_twice, xMP_QSTR_tail, MP_QSTR_dash-MP_QSTR_after, MP_QSTR_utf8 };
