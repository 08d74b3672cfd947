// What cannot be made of an `objects` entry, said before anything is put: combinations whose files would mean something
// else to the pipeline than to the ledger.

import type { ObjectsRecord } from '../../core/scenario-record.ts'
import { type ContentFormat, contentFormats } from './line-text.ts'

/** Keys of S3 are at most this long, in bytes of UTF-8. */
const keyBytesMax = 1024
const indexDigits = 6

/** Why no files can be made of this, with what to do about it; `undefined` when they can. */
export function contentProblem(source: ObjectsRecord): string | undefined {
  const { format, gzip, prefix, suffix, poisonRatio, unreadableRatio } = source
  if (!isContentFormat(format)) {
    return `no files can be made of format "${format}", one of ${contentFormats.join(', ')} expected`
  }
  if (poisonRatio > 0 && format === 's3-lines') {
    return 'poisonRatio has no meaning for s3-lines, which takes every line as it is; use json, or leave it out'
  }
  if (unreadableRatio > 0 && !gzip) return 'unreadableRatio breaks the gzip of objects, so it needs gzip: true'
  if (gzip && !suffix.endsWith('.gz')) {
    return `gzip: true needs a suffix that ends in .gz, by which the pipeline knows, found "${suffix}"`
  }
  if (!gzip && suffix.endsWith('.gz')) {
    return `suffix "${suffix}" promises gzip, so the pipeline would not read these files; set gzip: true`
  }
  if (/\d$/.test(prefix)) return `the prefix must not end in a digit, because the object's number follows: "${prefix}"`
  if (/\d/.test(suffix))
    return `the suffix must not have digits, because the last number in a key is the object's: "${suffix}"`
  if (!prefix.isWellFormed() || !suffix.isWellFormed()) return 'prefix and suffix must be well-formed Unicode'
  const keyBytes = Buffer.byteLength(prefix) + indexDigits + Buffer.byteLength(suffix)
  if (keyBytes > keyBytesMax) return `keys would have ${keyBytes} bytes, S3 takes at most ${keyBytesMax}`
  return undefined
}

export function isContentFormat(format: string): format is ContentFormat {
  return (contentFormats as readonly string[]).includes(format)
}

/** `index` counts from 0; the last run of digits in the key is the index. */
export function objectKey({ prefix, suffix }: ObjectsRecord, index: number): string {
  return `${prefix}${String(index).padStart(indexDigits, '0')}${suffix}`
}
