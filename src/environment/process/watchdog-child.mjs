// The watchdog itself: a process in a session of its own that holds one end of a pipe. When the other end closes, for
// whatever reason, the harness is gone: this ends every process of the run and removes its folder, within 2 seconds.
// Plain JavaScript without imports of ours, because it is on the critical path of every start.
//
//   harness ──stdin pipe──►  +PID START   a process group that we started
//                            -PID         it has ended
//                            bye          closing in good order: nothing should be left
//           ◄──stdout pipe── up           listening
//
// argv: id of the run, path of its folder.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'

const [, , runId = '', folder = ''] = process.argv
const marker = `SHAKETABLE_RUN=${runId}`
/** pid -> start time as the harness read it, or '' where the platform has none. */
const groups = new Map()
let inGoodOrder = false
let unread = ''

// A terminal's Ctrl-C does not reach this session; somebody's `kill` does, and must not leave the run unguarded.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE']) process.on(signal, () => {})

process.stdin.setEncoding('latin1')
process.stdin.on('data', (text) => {
  const lines = (unread + text).split('\n')
  unread = lines.pop() ?? ''
  for (const line of lines) hear(line)
})
process.stdin.on('end', () => void clean())
process.stdin.on('error', () => void clean())
process.stdout.on('error', () => {})
process.stdout.write('up\n')

function hear(line) {
  const [, sign, pid, start = ''] = /^([+-])(\d+) ?(\S*)$/.exec(line) ?? []
  if (sign === '+') groups.set(Number(pid), start)
  if (sign === '-') groups.delete(Number(pid))
  if (line === 'bye') inGoodOrder = true
}

let cleaning = false
async function clean() {
  if (cleaning) return
  cleaning = true
  for (const [pid, start] of groups) if (isStill(pid, start)) kill(-pid)
  // A process that was just being started has its marker only after exec, and a killed one may have had children on the
  // way: so look until nothing was found for a while, in all at most 1.5 s.
  const quietRounds = inGoodOrder ? 1 : 8
  for (let round = 0, quiet = 0; round < 50 && quiet < quietRounds; round++) {
    const found = marked()
    for (const pid of found) kill(pid)
    quiet = found.length === 0 ? quiet + 1 : 0
    removeFolder()
    if (quiet < quietRounds) await new Promise((resolve) => setTimeout(resolve, 30))
  }
  removeFolder()
  process.exit(0)
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}

/** False when the id now belongs to somebody else. A dead leader's group is left to its members' markers. */
function isStill(pid, start) {
  if (start === '' || process.platform !== 'linux') return true
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] === start
  } catch {
    return false
  }
}

/** Living processes whose environment bears this run's marker. */
function marked() {
  if (process.platform !== 'linux') return []
  const found = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    try {
      if (readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(marker)) found.push(Number(name))
    } catch {
      // Gone meanwhile, or another user's.
    }
  }
  return found
}

function removeFolder() {
  // Belt and braces: this is a recursive removal, so it only ever touches a folder with our kind of name.
  if (basename(folder) !== `shaketable-${runId}` || runId === '') return
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // A dying process was still writing into it: the next round removes it.
  }
}
