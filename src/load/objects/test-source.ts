// For this folder's tests: an entry of objects in one line.

import type { ObjectsRecord } from '../../core/scenario-record.ts'

export function source(changes: Partial<ObjectsRecord> = {}): ObjectsRecord {
  return {
    bucket: 'logs',
    prefix: 'app/',
    suffix: '.log',
    format: 's3-lines',
    gzip: false,
    ratePerSecond: 10,
    arrivals: { kind: 'constant' },
    lines: 10,
    lineBytes: 0,
    poisonRatio: 0,
    unreadableRatio: 0,
    equalTexts: false,
    fromMs: 0,
    untilMs: 1000,
    ...changes,
  }
}
