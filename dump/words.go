package dump

import (
	"fmt"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Destination says what a relocated word becomes. symbol may be nil.
func Destination(f *mpytree.File, w *mpytree.Loaded, symbol func(mpyfile.Region, uint64) string) string {
	switch w.Dest.Kind {
	case mpyfile.ToText, mpyfile.ToRodata, mpyfile.ToBSS:
		region := mpyfile.Region(w.Dest.Kind - mpyfile.ToText)
		name := ""
		if symbol != nil {
			if s := symbol(region, w.Addend); s != "" {
				name = "  " + s
			}
		}
		return fmt.Sprintf("%s+0x%04x%s", region, w.Addend, name)
	case mpyfile.ToQStrTable:
		if n := len(f.QStrs); w.Addend%2 == 0 && w.Addend/2 < uint64(n) && w.Addend > 0 {
			return fmt.Sprintf("qstr table[%d]  %q", w.Addend/2, f.Text(w.Addend/2))
		}
	case mpyfile.ToObjTable:
		if size := uint64(f.Word()); w.Addend > 0 && w.Addend%size == 0 && w.Addend/size < uint64(len(f.Objects)) {
			return fmt.Sprintf("object table[%d]  %s", w.Addend/size, f.Objects[w.Addend/size])
		}
	case mpyfile.ToFunEntry:
		if abi := f.ABI(); abi != nil && abi.FunName(int(w.Dest.Entry)) != "" {
			return fmt.Sprintf("mp_fun_table[%d]  %s%s", w.Dest.Entry, abi.FunName(int(w.Dest.Entry)), plus(w.Addend))
		}
	}
	return w.Dest.String() + plus(w.Addend)
}

func plus(addend uint64) string {
	if addend == 0 {
		return ""
	}
	return fmt.Sprintf("+0x%x", addend)
}
