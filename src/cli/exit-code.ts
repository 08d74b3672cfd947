// How a command's action says with which code the program ends.

export type SetExitCode = (exitCode: number) => void
