// Says early and plainly when a machine's C library is too old, or another one, for the binaries that we fetch.

import { EnvironmentError } from '../../core/errors.ts'

/** Version of glibc that runs this process; `musl` where there is another library; `undefined` off Linux. */
export function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined
  const reporter: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  reporter.excludeNetwork = true // else it resolves the names of open connections
  const report = reporter.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime ?? 'musl'
}

/** @throws EnvironmentError when `found` is older than `needed` */
export function assertGlibc(label: string, needed: string, otherwise: string, found = glibcVersion()): void {
  if (found === undefined) return
  if (found === 'musl') {
    throw new EnvironmentError(
      `${label} needs glibc ${needed} or newer, this system uses musl\n  hint: use Debian or another glibc system, or ${otherwise}`,
    )
  }
  if (compareVersions(found, needed) < 0) {
    throw new EnvironmentError(
      `${label} needs glibc ${needed} or newer, this system has ${found}\n  hint: use a newer system (Debian 11 or later), or ${otherwise}`,
    )
  }
}

function compareVersions(left: string, right: string): number {
  const [a = 0, b = 0] = left.split('.').map(Number)
  const [c = 0, d = 0] = right.split('.').map(Number)
  return a - c || b - d
}
