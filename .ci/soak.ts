// Soak: the whole suite several times in a row, each time with a fresh seed, alone or beside busy loops on every core.
//
//   node .ci/soak.ts 15            fifteen runs, each must pass
//   node .ci/soak.ts 5 --busy      five runs beside busy loops, each must pass or be inconclusive, none may fail

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { $, argv } from 'zx'

const times = Number(argv._[0] ?? 15)
const allowed = argv.busy ? [0, 2] : [0]
const loops = argv.busy
  ? Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    )
  : []
process.once('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL')
})

const outcomes: number[] = []
for (let time = 1; time <= times; time++) {
  const started = process.hrtime.bigint()
  const run = await $({ nothrow: true, quiet: true })`node src/launcher.mjs run scenarios/mesh`
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  outcomes.push(run.exitCode ?? -1)
  const seed = /seed (\S+):/.exec(run.stderr)?.[1] ?? '?'
  console.log(`${time}/${times}  exit ${run.exitCode}  ${seconds.toFixed(1)} s  seed ${seed}`)
  if (run.exitCode !== 0) console.log(run.stdout.split('\n').slice(0, 40).join('\n'))
}
const bad = outcomes.filter((code) => !allowed.includes(code)).length
console.log(
  `${times - bad} of ${times} as they should be${argv.busy ? ', beside busy loops' : ''}: exits ${outcomes.join(' ')}`,
)
process.exit(bad === 0 ? 0 : 1)
