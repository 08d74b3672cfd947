// `doctor` and `setup` as a person meets them: what they print, where, and how they end.

import { cpSync, mkdirSync, openSync, readdirSync, statSync, symlinkSync, utimesSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import type { DoctorReport } from '../environment/tools/doctor.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { ensureLocalstack } from '../environment/tools/localstack-tool.ts'
import { eventually, expectNothingLeft, expectOneError, listeningPorts, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const envoy = await ensureEnvoy()
const localstack = await ensureLocalstack()
/** Nothing of the user's machine can be found. */
const bare = { PATH: where.folder, SHAKETABLE_CACHE: join(where.folder, 'cache') }

test('doctor measures what this machine carries, and leaves nothing', async () => {
  const end = await where.shaketable(['doctor', '-o', 'json'])
  expect(end.stderr).toBe('')
  const report = JSON.parse(end.stdout) as DoctorReport
  expect(end.code).toBe(report.health === 'bad' ? 4 : 0)
  expect(report.honestMaximumPerSecond).toBeGreaterThanOrEqual(0)
  expect(report.items.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'envoy', 'localstack', 'honest maximum']),
  )
  await expectNothingLeft(where, monotonicMs(), [])
})

test('doctor interrupted while it measures leaves nothing either', async () => {
  const running = where.launch(['doctor'], { env: { NODE_DISABLE_COMPILE_CACHE: '1' } })
  expect(await eventually(() => listeningPorts(where).length >= 6, 30_000)).toBe(true)
  const ports = listeningPorts(where)
  const sinceMs = monotonicMs()
  running.child.kill('SIGINT')
  await expectNothingLeft(where, sinceMs, ports)
  expect(await running.finished).toMatchObject({ code: 130, stdout: '', stderr: '' })
})

test('doctor --quick on a machine without anything says what to install, and ends with 4', async () => {
  const end = await where.shaketable(['doctor', '--quick'], { env: bare })
  expect(end).toMatchObject({ code: 4, stderr: '' })
  expect(end.stdout).toMatch(/^BAD {3}envoy .* not fetched yet\n/m)
  expect(end.stdout).toMatch(
    /^BAD {3}localstack .* not installed: .* found no python3\n +apt-get install python3\.11 /m,
  )
  expect(end.stdout).toMatch(/^BAD {3}python .*\n +apt-get install python3 python3-pip\n/m)
  expect(end.stdout).not.toMatch(/honest maximum/)
})

test('setup with everything there says where it is, without python3 and network', async () => {
  const end = await where.shaketable(['setup'], { env: { PATH: where.folder } })
  const stdout = `Envoy ${envoy.version} is ready: ${envoy.path}\nLocalStack ${localstack.version} is ready: ${localstack.folder}\n`
  expect(end).toEqual({ code: 0, signal: null, stdout, stderr: '' })
})

test('setup finds a spoilt Envoy that looks the same from outside', async () => {
  const cache = join(bare.SHAKETABLE_CACHE, 'shaketable')
  const folder = join(cache, basename(dirname(envoy.path)))
  cpSync(dirname(envoy.path), folder, { recursive: true, preserveTimestamps: true })
  symlinkSync(localstack.folder, join(cache, basename(localstack.folder)))
  const copy = join(folder, basename(envoy.path))
  expect(await where.shaketable(['setup'], { env: bare })).toMatchObject({ code: 0, stderr: '' })
  const { atime, mtime } = statSync(copy)
  writeSync(openSync(copy, 'r+'), 'spoilt', 1000)
  utimesSync(copy, atime, mtime)
  expectOneError(await where.shaketable(['setup'], { env: bare }), 4, /python3 not found/)
  expect(readdirSync(cache)).toEqual([basename(folder), basename(localstack.folder)].toSorted())
})

test('setup says that Envoy is ready also where LocalStack cannot be had', async () => {
  const cache = join(where.folder, 'half', 'shaketable')
  mkdirSync(cache, { recursive: true })
  symlinkSync(dirname(envoy.path), join(cache, basename(dirname(envoy.path))))
  const end = await where.shaketable(['setup'], { env: { ...bare, SHAKETABLE_CACHE: dirname(cache) } })
  expect(end).toMatchObject({ code: 4, stdout: expect.stringMatching(/^Envoy .* is ready: \S+\n$/) })
  expect(end.stderr).toMatch(/^shaketable: LocalStack .* needs Python .*; found no python3\n {2}hint: /)
})
