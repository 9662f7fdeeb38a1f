package nvenc

// A structID says which struct a version word is for.
type structID uint8

const (
	idFunctionList structID = iota
	idOpenSession
	idCaps
	idCreateInput
	idCreateBitstream
	idCreateMV
	idPresetConfig
	idConfig
	idRCParams
	idInitialize
	idReconfigure
	idPicParams
	idPicParamsMVC
	idLockBitstream
	idLockInput
	idRegister
	idMap
	idEvent
	idSequence
	idStat
	idMEOnly
	idLookahead
	idRestore
	idEncodeOut
	idStatsBlock
	idStatsRow
	structIDs
)

// A shape is what one API version makes of a struct: the revision in its version word,
// with bit 31 of it, and its size. A size of 0: the version has no such struct.
type shape struct {
	rev  uint8
	high uint8
	size uint16
}

// shapes has a row for each struct and a column for each of apis, newest first.
var shapes = [structIDs][len(apis)]shape{
	idFunctionList:    same(2, 0, 2552),
	idOpenSession:     same(1, 0, 1552),
	idCaps:            same(1, 0, 256),
	idCreateInput:     {{2, 0, 776}, {2, 0, 776}, {2, 0, 776}, {1, 0, 776}, {1, 0, 776}, {1, 0, 776}},
	idCreateBitstream: same(1, 0, 776),
	idCreateMV:        {{2, 0, 1536}, {2, 0, 1536}, {2, 0, 1536}, {1, 0, 1544}, {1, 0, 1544}, {1, 0, 1544}},
	idPresetConfig:    {{5, 1, 5128}, {5, 1, 5128}, {5, 1, 5128}, {4, 1, 5128}, {4, 1, 5128}, {4, 1, 5128}},
	idConfig:          {{9, 1, 3584}, {9, 1, 3584}, {9, 1, 3584}, {8, 1, 3584}, {8, 1, 3584}, {7, 1, 3584}},
	idRCParams:        same(1, 0, 128),
	idInitialize:      {{7, 1, 1800}, {7, 1, 1800}, {7, 1, 1800}, {6, 1, 1808}, {5, 1, 1808}, {5, 1, 1808}},
	idReconfigure:     {{2, 1, 1816}, {2, 1, 1816}, {2, 1, 1816}, {1, 1, 1824}, {1, 1, 1824}, {1, 1, 1824}},
	idPicParams:       {{7, 1, 3360}, {7, 1, 3360}, {7, 1, 3360}, {6, 1, 3360}, {6, 1, 3360}, {4, 1, 3344}},
	idPicParamsMVC:    same(1, 0, 128),
	idLockBitstream:   {{2, 1, 1544}, {2, 1, 1544}, {2, 1, 1544}, {1, 1, 1552}, {2, 0, 1544}, {1, 0, 1544}},
	idLockInput:       same(1, 0, 1544),
	idRegister:        {{5, 0, 1536}, {5, 0, 1536}, {5, 0, 1536}, {4, 0, 1536}, {4, 0, 1536}, {3, 0, 1536}},
	idMap:             same(4, 0, 1544),
	idEvent:           {{2, 0, 1544}, {2, 0, 1544}, {2, 0, 1544}, {1, 0, 1544}, {1, 0, 1544}, {1, 0, 1544}},
	idSequence:        same(1, 0, 1544),
	idStat:            {{2, 0, 1544}, {2, 0, 1544}, {2, 0, 1544}, {1, 0, 1544}, {1, 0, 1544}, {1, 0, 1544}},
	idMEOnly:          {{4, 0, 1544}, {4, 0, 1544}, {4, 0, 1544}, {3, 0, 1552}, {3, 0, 1552}, {3, 0, 1552}},
	idLookahead:       {{2, 0, 784}, {2, 0, 784}, {2, 0, 784}, {1, 0, 792}},
	idRestore:         {{2, 0, 800}, {2, 0, 800}, {2, 0, 800}, {1, 0, 800}},
	idEncodeOut:       same(1, 0, 256),
	idStatsBlock:      {{1, 0, 64}, {1, 0, 64}, {1, 0, 64}, {1, 0, 64}},
	idStatsRow:        {{1, 0, 64}, {1, 0, 64}, {1, 0, 64}, {1, 0, 64}},
}

func same(rev, high uint8, size uint16) (s [len(apis)]shape) {
	for i := range s {
		s[i] = shape{rev, high, size}
	}
	return s
}

// version is the word that a struct begins with; 0 if the version does not have it.
func (a API) version(id structID) uint32 {
	s := shapes[id][a.index()]
	if s.size == 0 {
		return 0
	}
	return a.word() | uint32(s.rev)<<16 | 7<<28 | uint32(s.high)<<31
}
