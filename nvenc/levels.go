package nvenc

// Levels and tiers of ConfigH264, ConfigHEVC and ConfigAV1. AV1 has an automatic level of its own.
//
// Source: NV_ENC_LEVEL, nvEncodeAPI.h.
const (
	LevelAuto    = 0
	H264Level1   = 10
	H264Level1b  = 9
	H264Level11  = 11
	H264Level12  = 12
	H264Level13  = 13
	H264Level2   = 20
	H264Level21  = 21
	H264Level22  = 22
	H264Level3   = 30
	H264Level31  = 31
	H264Level32  = 32
	H264Level4   = 40
	H264Level41  = 41
	H264Level42  = 42
	H264Level5   = 50
	H264Level51  = 51
	H264Level52  = 52
	H264Level60  = 60
	H264Level61  = 61
	H264Level62  = 62
	HEVCLevel1   = 30
	HEVCLevel2   = 60
	HEVCLevel21  = 63
	HEVCLevel3   = 90
	HEVCLevel31  = 93
	HEVCLevel4   = 120
	HEVCLevel41  = 123
	HEVCLevel5   = 150
	HEVCLevel51  = 153
	HEVCLevel52  = 156
	HEVCLevel6   = 180
	HEVCLevel61  = 183
	HEVCLevel62  = 186
	HEVCTierMain = 0
	HEVCTierHigh = 1
	AV1Level2    = 0
	AV1Level21   = 1
	AV1Level22   = 2
	AV1Level23   = 3
	AV1Level3    = 4
	AV1Level31   = 5
	AV1Level32   = 6
	AV1Level33   = 7
	AV1Level4    = 8
	AV1Level41   = 9
	AV1Level42   = 10
	AV1Level43   = 11
	AV1Level5    = 12
	AV1Level51   = 13
	AV1Level52   = 14
	AV1Level53   = 15
	AV1Level6    = 16
	AV1Level61   = 17
	AV1Level62   = 18
	AV1Level63   = 19
	AV1Level7    = 20
	AV1Level71   = 21
	AV1Level72   = 22
	AV1Level73   = 23
	AV1LevelAuto = 24
	AV1Tier0     = 0
	AV1Tier1     = 1
)
