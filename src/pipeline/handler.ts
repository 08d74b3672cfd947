// The handler: the user's code at the end of the pipeline. Its module's default export is a function that makes one; Main
// calls it anew for every object, so nothing of one object can leak into the next one:
//
//     setup(args) ─► recv(meta, event) for every record, in the object's order ─► result()
//
// An object counts as done when `result()` has returned, so whatever the handler still holds must be out of its hands by
// then. When any of the three throws, the object is tried again as a whole and, after two more failures, parked; a record
// may therefore come more than once. Write handlers for which that does no harm.

/** What `recv` learns of a record besides its content. */
export interface RecordMeta {
  /** What kind of record it is, for instance `gsuite.login`; empty where its format gives none. */
  readonly tag: string
  /** Milliseconds since 1970, UTC. The time of the S3 event where the record has none. */
  readonly timestamp: number
  readonly source: {
    readonly bucket: string
    /** Decoded. */
    readonly key: string
    /** Counted from 1. */
    readonly line: number
  }
  /** The line as it stands in the object, without its line break. */
  readonly message: string
}

/** `handler.args` of the config. */
export type HandlerArgs = Readonly<Record<string, unknown>>

export interface Handler {
  setup?(args: HandlerArgs): void | Promise<void>
  /** A promise is awaited before the next record is read, which is how a handler slows the pipeline down. */
  recv(meta: RecordMeta, event: unknown): void | Promise<void>
  /** What it returns is logged. */
  result?(): unknown
}

/** The default export of a handler's module. */
export type HandlerFactory = () => Handler
