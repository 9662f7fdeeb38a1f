package avformat

func initLog() {}
