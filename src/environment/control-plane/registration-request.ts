// Reads one registration: the token is checked before the body is read, and what a host says of itself before it is stored.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Registration } from './registrations.ts'
import { readBody } from './request-body.ts'
import { RequestError } from './request-error.ts'

const clusterCharactersMax = 200
const revisionCharactersMax = 1000

/** @throws RequestError */
export async function readRegistration(
  cluster: string,
  request: IncomingMessage,
  token: string,
): Promise<Omit<Registration, 'expiresAtMs'>> {
  if (!sameText(request.headers.authorization ?? '', `Bearer ${token}`)) {
    throw new RequestError(403, 'wrong or missing token: Authorization: Bearer TOKEN expected')
  }
  // The name becomes the name of a file.
  if (cluster === '.' || cluster === '..' || encodeURIComponent(cluster).length > clusterCharactersMax) {
    throw new RequestError(400, `a cluster name of at most ${clusterCharactersMax} characters (encoded) expected`)
  }
  const form = new URLSearchParams(await readBody(request))
  const ip = form.get('ip') ?? ''
  const port = Number(form.get('port'))
  const revision = form.get('revision') ?? ''
  if (isIP(ip) === 0 || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RequestError(400, 'form fields ip (an IP address) and port (1 to 65535) expected')
  }
  if (revision.length > revisionCharactersMax) {
    throw new RequestError(400, `a revision of at most ${revisionCharactersMax} characters expected`)
  }
  return { ip, port, revision, tags: readTags(form.get('tags')) }
}

function readTags(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null || text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // The same complaint as for JSON that is no object.
  }
  throw new RequestError(400, 'form field tags: a JSON object expected')
}

/** In a time that does not tell how much of the text was right. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}
