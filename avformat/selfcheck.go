package avformat

func (l *library) selfCheck() error { return nil }
