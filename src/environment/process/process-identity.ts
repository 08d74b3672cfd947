// Tells whether a process id still means the same process: ids are used again, start times are not. On Linux the kernel
// gives the start time in /proc; elsewhere only existence is known, and the answer is the same text for every process.

import { readFileSync } from 'node:fs'

/** A text that is the same as long as `pid` is the same living process; `undefined` when there is none. */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return exists(pid) ? 'alive' : undefined
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command's name is in parentheses and may hold anything, so fields count from the last one: state is the first.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
