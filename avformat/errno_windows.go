package avformat

const errNoSys = Code(-40)
