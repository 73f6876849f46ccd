package arm

import "mpyld/relocs"

// What the firmware for a chip says it is: py/persistentcode.h
// (MPY_FEATURE_ARCH) and the flags of the ports' makefiles. Native code is loaded
// where it can be made (MICROPY_EMIT_* in ports/*/mpconfigport.h); boards with
// little flash load none. CircuitPython: CIRCUITPY_LOAD_NATIVE, which is on by
// default since September 2026 (10.4).

// SoftFP of rp2 and mimxrt: docs/TARGETS.md has the sources.

const (
	calledV6M    = "cortexm0 cortexm1 cortexm23 armv6 armv8mbase thumbv6m thumbv8mbase"
	calledV7M    = "cortexm3 armv7 thumbv7m"
	calledV7EMSP = "cortexm4 cortexm33 cortexm35p armv7em armv8m armv81m thumbv7em thumbv8m"
	calledV7EMDP = "cortexm7 cortexm55 cortexm85"
)

// Names of boards are those of the directories ports/*/boards of MicroPython,
// and what people call them.
const (
	namesV6M = "*rp2040* pico picoh picow picowh rpipico rpipicow raspberrypipico raspberrypipicow " +
		"cytronnanoxrpcontroller machdynewerkzeug nullbitsbitcpro picolipo pimoronipicolipo tiny2040 pimoronitiny2040 " +
		"pololu3pi2040robot pololuzumo2040robot promicrorp2040 sparkfunpromicro sparkfunthingplus sparkfunxrpcontrollerbeta w5100sevbpico w5500evbpico weactstudio " +
		"*samd21* samdgenericd21* featherm0* adafruitfeatherm0* itsybitsym0* adafruititsybitsym0* neokeytrinket adafruitneokeytrinkey trinketm0 adafruittrinketm0 sparkfunredboardturbo " +
		"*stm32f0* *stm32g0* *stm32l0* nucleof0* nucleog0* nucleol0* bl072zlrwan1 " +
		"*nrf51* microbit pca10000 pca10001 pca10028 pca10031 wt51822s4at"
	namesV7M = "cc3200* wipy launchxl *stm32f1* *stm32f2* *stm32l1* *stm32wl* nucleof1* nucleof2* nucleol1* nucleowl* mps2an385 netduino2"

	namesRP2350 = "*rp2350* pico2 pico2w rpipico2 rpipico2w raspberrypipico2 raspberrypipico2w cytronmotion2350pro sparkfunxrpcontroller"
	namesRT101  = "mimxrt101* imxrt101* rt101* metrom7 adafruitmetrom7 makerdiaryrt1011nanokit olimexrt1010"
	namesV7EMSP = "pyboard* pybv* pyblite* pybdsf2* pybdsf3* *stm32f3* *stm32f4* *stm32f72* *stm32f73* *stm32f74* *stm32f75* *stm32g4* *stm32h5* *stm32l4* *stm32u5* *stm32wb* " +
		"nucleof3* nucleof4* nucleof72* nucleof74* nucleof75* nucleog4* nucleoh5* nucleol4* nucleou5* nucleowb* stm32f7disc bl475eiot01a usbdonglewb55 blackpill " +
		"adafruitf405express cerb40 espruinopico garatronicnadhatf405 garatronicpybstick26f411 garatronicpymatecore8adi8dosc hydrabus legohubno6 legohubno7 limifrog " +
		"mikroeclicker2stm32 mikroequail netduinoplus2 olimexe407 olimexh407 sparkfunmicromodstm32 vccgndf407ve vccgndf407zg weactf411blackpill " +
		"*samd51* *same51* *same53* *same54* samdgenericd51* featherm4* adafruitfeatherm4* itsybitsym4* adafruititsybitsym4* metrom4* adafruitmetrom4* minisamm4 wioterminal seeedwioterminal " +
		"*nrf52* *nrf53* *nrf91* actiniusicarus arduinonano33blesense nano33blesense arduinoprimo blueiotagevim dvkbl652 evkninab1 evkninab3 feather52 " +
		"ibkblystnano idkblystnano particlexenon pca10040 pca10056 pca10059 pca10090 " +
		"ra4m* ra4w* ra6m* ekra4* ekra6* vkra6m5 arduinoportentac33 portentac33 pse84* kitpse84*"
	namesV7EMDP = "teensy4* teensy *stm32f76* *stm32f77* *stm32h7* *stm32n6* nucleof76* nucleoh7* nucleon6* pybdsf6* vccgndh743vi " +
		"arduinogiga arduinoniclavision arduinoopta arduinoportentah7 portentah7 openmvn6 openmvae3 alif* " +
		"mimxrt102* mimxrt105* mimxrt106* mimxrt117* imxrt102* imxrt105* imxrt106* imxrt117* rt102* rt105* rt106* rt117* phyboardrt1170 seeedarchmix"
)

// What the architecture leaves open of chips with a floating-point unit.
const (
	softFP      = "RP2350 and i.MX RT101x up to 1.29"
	softFPTakes = "armv7m or armv6m"
)

var (
	boardsV6  = []relocs.Boards{{What: "the unix port on Arm without Thumb-2"}}
	boardsV6M = []relocs.Boards{
		{
			What:  "any Arm Cortex-M: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0 and all of the others",
			Exact: "Arm Cortex-M without a floating-point unit: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0/L1/WL, CC3200; RP2350 up to 1.29",
			Names: namesV6M,
		},
		{CircuitPython: true, What: "RP2040, RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "RP2040, RP2350"},
	}
	boardsV7M = []relocs.Boards{
		{
			What:  "Arm Cortex-M3 and better: CC3200, STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
			Exact: "Arm Cortex-M3 and M4 without a floating-point unit: CC3200, STM32L1/WL; " + softFP,
			Names: namesV7M,
		},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "RP2350"},
	}
	boardsV7EM = []relocs.Boards{
		{
			What:  "Arm Cortex-M4 and better: STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
			Exact: "Arm Cortex-M4 without a floating-point unit: CC3200, STM32WL; " + softFP,
		},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52"},
	}
	boardsV7EMSP = []relocs.Boards{
		{
			What:  "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, RP2350, nRF52840, RA4/RA6, i.MX RT, STM32H7",
			Exact: "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, nRF52840, RA4/RA6, STM32H7; not " + softFP,
			Names: namesV7EMSP,
		},
		{Names: namesRP2350, SoftFP: [2]string{"1.24", "1.29"}, Chip: "rp2350"},
		{Names: namesRT101, SoftFP: [2]string{"1.19", "1.29"}, Chip: "mimxrt101"},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "STM32F4, SAMD51 and SAME5x, nRF52"},
	}
	boardsV7EMDP = []relocs.Boards{{What: "Arm Cortex-M7 with doubles: i.MX RT (Teensy 4), STM32H7, STM32F76x", Names: namesV7EMDP}}
)
