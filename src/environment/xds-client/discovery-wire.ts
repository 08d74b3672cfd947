// The requests and responses of aggregated discovery on the wire: what Envoy sends to introduce itself, to subscribe, to
// take or to refuse an answer, and what comes back.

import { InputError } from '../../core/errors.ts'
import { messageOf, type XdsType, xdsTypes } from '../../mesh/foreign/discovery-object.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { decodeAny, type UnknownField } from './decode-message.ts'
import { readFields, type WireField, writeField, writeNumber } from './wire.ts'

/** `node` of the Envoy that we ask for. */
export interface XdsNode {
  readonly id: string
  readonly cluster: string
}

/** What Envoy says of itself, as the pinned one does. */
const agent = { name: 'envoy', version: [1, 40, 0] } as const
const clientFeatures = ['envoy.lb.does_not_support_overprovisioning', 'envoy.lrs.supports_send_all_clusters']
/** `INVALID_ARGUMENT`, with which Envoy refuses. */
const refusedCode = 3

export const typeUrlOf = (type: XdsType): string => `type.googleapis.com/${messageOf[type]}`

export function nodeJson({ id, cluster }: XdsNode): JsonObject {
  const [major, minor, patch] = agent.version
  return {
    id,
    cluster,
    user_agent_name: agent.name,
    user_agent_build_version: { version: { major_number: major, minor_number: minor, patch } },
    client_features: clientFeatures,
  }
}

function nodeBytes({ id, cluster }: XdsNode): Buffer {
  const version = Buffer.concat(agent.version.map((number, index) => writeNumber(index + 1, number)))
  return Buffer.concat([
    writeField(1, id),
    writeField(2, cluster),
    writeField(6, agent.name),
    writeField(8, writeField(1, version)),
    ...clientFeatures.map((feature) => writeField(10, feature)),
  ])
}

export interface DiscoveryRequest {
  /** On a stream's first request only. */
  readonly node?: XdsNode
  readonly type: XdsType
  /** The last version that was taken. */
  readonly version: string
  readonly names: readonly string[]
  readonly nonce: string
  /** Why the answer with this nonce is refused. */
  readonly refusal?: string
}

export function discoveryRequest({ node, type, version, names, nonce, refusal }: DiscoveryRequest): Buffer {
  return Buffer.concat([
    writeField(1, version),
    ...(node === undefined ? [] : [writeField(2, nodeBytes(node))]),
    ...names.map((name) => writeField(3, name)),
    writeField(4, typeUrlOf(type)),
    writeField(5, nonce),
    ...(refusal === undefined ? [] : [writeField(6, statusBytes(refusal))]),
  ])
}

export interface DeltaRequest {
  readonly node?: XdsNode
  readonly type: XdsType
  readonly subscribe: readonly string[]
  readonly unsubscribe: readonly string[]
  /** On a stream that was opened again: what is held already. */
  readonly held: ReadonlyMap<string, string>
  readonly nonce: string
  readonly refusal?: string
}

export function deltaRequest({ node, type, subscribe, unsubscribe, held, nonce, refusal }: DeltaRequest): Buffer {
  return Buffer.concat([
    ...(node === undefined ? [] : [writeField(1, nodeBytes(node))]),
    writeField(2, typeUrlOf(type)),
    ...subscribe.map((name) => writeField(3, name)),
    ...unsubscribe.map((name) => writeField(4, name)),
    ...[...held].map(([name, version]) => writeField(5, Buffer.concat([writeField(1, name), writeField(2, version)]))),
    writeField(6, nonce),
    ...(refusal === undefined ? [] : [writeField(7, statusBytes(refusal))]),
  ])
}

function statusBytes(message: string): Buffer {
  return Buffer.concat([writeNumber(1, refusedCode), writeField(2, message)])
}

/** The head of an answer, which must be readable for the rest to be refused. */
export interface AnswerHead {
  /** Undefined for a type that was not asked for. */
  readonly type: XdsType | undefined
  readonly typeUrl: string
  readonly version: string
  readonly nonce: string
}

export interface DiscoveryAnswer extends AnswerHead {
  /** Decoded when called. @throws InputError */
  resources(unknownField: UnknownField): readonly JsonObject[]
}

export function discoveryAnswer(bytes: Buffer): DiscoveryAnswer {
  const fields = readFields(bytes)
  return {
    ...head(fields, 1),
    resources: (unknownField) => all(fields, 2).map((any) => unwrapped(decodeAny(any, unknownField))),
  }
}

export interface NamedResource {
  readonly name: string
  readonly version: string
  readonly resource: JsonObject
}

export interface DeltaAnswer extends AnswerHead {
  /** @throws InputError */
  resources(unknownField: UnknownField): readonly NamedResource[]
  readonly removed: readonly string[]
}

export function deltaAnswer(bytes: Buffer): DeltaAnswer {
  const fields = readFields(bytes)
  return {
    ...head(fields, 1),
    resources: (unknownField) =>
      all(fields, 2).map((wrapped) => {
        const parts = readFields(wrapped)
        const name = text(parts, 3)
        const [any] = all(parts, 2)
        if (any === undefined) throw new InputError(`expected a resource, found only its name ${name}`)
        return { name, version: text(parts, 1), resource: decodeAny(any, unknownField) }
      }),
    removed: all(fields, 6).map((name) => name.toString()),
  }
}

function head(fields: readonly WireField[], version: number): AnswerHead {
  const typeUrl = text(fields, 4)
  const type = xdsTypes.find((one) => typeUrl === typeUrlOf(one))
  return { type, typeUrl, version: text(fields, version), nonce: text(fields, 5) }
}

/** A resource with a lifetime comes in a wrapper. */
function unwrapped(resource: JsonObject): JsonObject {
  const isWrapped = String(resource['@type']).endsWith('/envoy.service.discovery.v3.Resource')
  return isWrapped && typeof resource.resource === 'object' ? (resource.resource as JsonObject) : resource
}

function all(fields: readonly WireField[], number: number): readonly Buffer[] {
  return fields.flatMap((field) => (field.number === number && field.bytes !== undefined ? [field.bytes] : []))
}

function text(fields: readonly WireField[], number: number): string {
  return all(fields, number).at(-1)?.toString() ?? ''
}
