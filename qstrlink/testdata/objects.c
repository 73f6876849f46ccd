// Names as numbers and as objects, for the headers of MicroPython 1.12 to 1.20.
mp_obj_dict_store(d, MP_OBJ_NEW_QSTR(MP_QSTR_key_x), MP_OBJ_NEW_QSTR(MP_QSTR_len)); // len is static
mp_store_global(MP_QSTR_both, MP_OBJ_NEW_QSTR(MP_QSTR_both)); mp_load_global(MP_QSTR_print);
MP_OBJ_NEW_QSTR( MP_QSTR_spaced ), MP_OBJ_NEW_QSTR(MP_QSTR_a MP_QSTR_b), MP_OBJ_NEW_QSTR(MP_QSTR_Zed)MP_QSTR__under
MP_OBJ_NEW_QSTR(MP_QSTR_), MP_OBJ_NEW_QSTR(MP_QSTR_key_x), MP_OBJ_NEW_QSTR(MP_QSTR_cut
