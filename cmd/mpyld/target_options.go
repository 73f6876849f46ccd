package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/target"
)

// targetRows are the options that say whom a module is for.
func targetRows(o *target.Options) []cli.Flag {
	return []cli.Flag{
		targetOption(o),
		&option{"device", "", "NUMBER", "for the device whose sys.implementation._mpy (before 1.19: .mpy) is NUMBER, decimal or 0x...; also called --device-mpy", setText(&o.Device)},
		&option{"device-mpy", "", "NUMBER", "the same as --device", setText(&o.Device)},
		&option{"board", "", "NAME", "for firmware of the release on a chip or board: pico2, esp32c3, STM32F405, NUCLEO_H743ZI, ...", setText(&o.Board)},
		&option{"float-abi", "", "ABI", "for firmware that is built with -mfloat-abi=ABI: hard, softfp or soft (default: as is usual for the architecture)", setText(&o.FloatABI)},
	}
}

// targetOption is the one that names a release.
func targetOption(o *target.Options) *option {
	return &option{"target", "", "TARGET", "for a MicroPython release (" + target.Span("MicroPython") + ", latest), the newest release of an ABI (" + strings.Join(target.ABINames(), ", ") + "), or circuitpython[-RELEASE]; mpyld targets lists them", setText(&o.Release)}
}
