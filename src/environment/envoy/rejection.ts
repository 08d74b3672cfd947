// What Envoy says when it refuses what the control plane served. Its admin does not tell (over REST, `/config_dump` of
// 1.40.0 has no `error_state`), so its log is the only source of the reason. Messages are made short and fit to be read:
// Envoy mixes in dumps of whole resources, with random spaces.

export interface Rejection {
  /** `clusters`, `routes` or `endpoints`. */
  readonly type: string
  readonly reason: string
}

/** `undefined` for a line that tells of no refusal. */
export function readRejection(text: string): Rejection | undefined {
  const [, type, reason] = /^REST config for \/v3\/discovery:(\w+) rejected: (.*)$/s.exec(text) ?? []
  if (type === undefined || reason === undefined) return undefined
  return { type, reason: briefReason(reason) }
}

const reasonCharactersMax = 500

/** One line of Envoy's, fit to be read. */
export function briefReason(reason: string): string {
  const text = reason
    .replace(/goo\.gle\/debug\w+/g, '')
    .replace(/\s+/g, ' ')
    .replace(/: ?\{ ?"version_info".*$/, '')
    .replace(/^Error adding\/updating cluster\(s\) /, '')
    .trim()
  const constraint = /Proto constraint validation failed .*$/.exec(text)?.[0]
  const dumped = /\bname: "([^"]+)"/.exec(text)?.[1]
  const short = constraint === undefined ? text : `${dumped === undefined ? '' : `${dumped}: `}${constraint}`
  return short.length <= reasonCharactersMax ? short : `${short.slice(0, reasonCharactersMax)}...`
}
