// The sources: how an object becomes texts. The cutting itself is done while the object is read; as parsers they pass every
// text on as it is, `ignore` none.

import type { Parser } from './parser.ts'

export const s3Lines: Parser = { name: 's3-lines', parse: (input) => [{ tag: '', event: input }] }

export const s3Text: Parser = { name: 's3-text', parse: (input) => [{ tag: '', event: input }] }

export const ignore: Parser = { name: 'ignore', parse: () => [] }
