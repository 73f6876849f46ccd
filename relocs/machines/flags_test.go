package machines

import "testing"

func TestParseFlags(t *testing.T) {
	rv32 := For("rv32imc")
	for s, want := range map[string]uint64{"0": 0, "1": 1, "0x3": 3, "0b10": 2, "03": 3, "zba": 1, "ZCMP,zba": 3, "zcmp": 2} {
		if got, err := rv32.ParseFlags(s); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "zbb", "zba,", "4", "0x", "99999999999", "-1"} {
		if got, err := rv32.ParseFlags(s); err == nil {
			t.Errorf("%q: got %d without an error", s, got)
		}
	}
	if _, err := For("x64").ParseFlags("1"); err == nil {
		t.Error("x64 has no flags")
	}
}

func TestFlagsOf(t *testing.T) {
	rv32 := For("rv32imc")
	for isa, want := range map[string]uint64{
		"rv32i2p1_m2p0_a2p1_c2p0": 0, "rv32i2p0_m2p0_c2p0_zba1p0": 1, "rv32imc_zcmp": 2, "rv32i2p1_zba1p0_zbb1p0_zcmp1p0": 3, "": 0,
	} {
		if got := rv32.FlagsOf(isa); got != want {
			t.Errorf("%s: got %d, want %d", isa, got, want)
		}
	}
	if got := rv32.FlagNames(3); got != "zba,zcmp" {
		t.Errorf("FlagNames(3) = %s", got)
	}
}
