// The file of a mesh scenario as a schema: shapes, ranges and defaults of single values. What takes two values to judge
// (windows, targets, names used twice) is in cross-checks.ts; fault and check kinds bring the schemas of their own settings.

import { z } from 'zod'
import { meshSorts } from '../core/scenario-record.ts'
import type { Registry } from './registry.ts'
import { arrivals, commonFields, count, duration, file, hostsMax, rate } from './schema-parts.ts'

const bodyBytesMax = 10 * 1024 * 1024

const nodeName = z.string().regex(/^[\w.-]{1,128}$/, { error: 'a node name of letters, digits, ".", "_" and "-"' })

const controlPlane = z
  .strictObject({
    command: z
      .array(z.string().min(1).max(4000))
      .min(1)
      .max(100)
      .meta({ description: 'Program and arguments; {port} stands for a free port. No shell.' }),
    cwd: file("Its working directory, relative to this file. Default: this file's folder.").optional(),
    env: z.record(z.string().min(1), z.string()).meta({ description: 'Added to its environment.' }).default({}),
    port: count('Where it listens on 127.0.0.1. Default: where {port} says.', 1, 65_535).optional(),
    protocol: z.enum(['rest', 'grpc', 'delta-grpc']),
    nodeId: z.string().min(1).max(200).meta({ description: "Envoy's node.id. Default: the node." }).optional(),
  })
  .refine(({ command, port }) => port !== undefined || command.some((word) => word.includes('{port}')), {
    error: 'a port, or {port} in an argument of the command',
    path: ['port'],
  })
  .meta({ description: 'Your own control plane. It is started and asked as Envoy asks it.' })

const mesh = z
  .strictObject({
    definition: file('Service definition (.yaml, .yml, .json or .jsonnet), relative to this file.').optional(),
    xds: file('Directory with stored xDS objects: v3/discovery/{clusters,routes}/NODE.').optional(),
    controlPlane: controlPlane.optional(),
    envoy: file('A static envoy.yaml.').optional(),
    configDump: file("What an Envoy's admin says at /config_dump.").optional(),
    node: nodeName
      .meta({ description: "Envoy's node.cluster. Default: the file's name without its extension." })
      .optional(),
    store: z
      .literal('s3')
      .meta({ description: "Keeps the control plane's objects in S3 instead of a directory." })
      .optional(),
    declared: file('The config that the run is held to, of the same sort. Default: the one that is served.').optional(),
    stubs: z
      .record(z.string().min(1), z.enum(['allow']))
      .meta({ description: 'Filters that need a service which is not here, by name; allow: as if it always agreed.' })
      .default({}),
  })
  .superRefine((value, context) => {
    const given = meshSorts.filter((sort) => value[sort] !== undefined)
    if (given.length === 1) return
    const found = given.length === 0 ? 'none' : given.join(' and ')
    context.addIssue({ code: 'custom', message: `exactly one config of ${meshSorts.join(', ')}, found ${found}` })
  })
  .meta({ description: 'The config under test.' })

const serviceTime = z
  .union([
    duration('How long every request takes.').transform((ms) => ({ p50Ms: ms, p99Ms: ms })),
    z
      .strictObject({ p50: duration('Half of the requests take at most this.'), p99: duration('99 % of them.') })
      .refine(({ p50, p99 }) => !(p99 < p50), { error: 'a p99 that is not below p50', path: ['p99'] })
      .transform(({ p50, p99 }) => ({ p50Ms: p50, p99Ms: p99 })),
  ])
  .meta({ description: 'One duration, or p50 and p99 of a log-normal distribution. Default: 3ms.' })

const upstream = z
  .strictObject({
    hosts: count('Hosts of the cluster. Default: 1.', 1, hostsMax).default(1),
    serviceTime: serviceTime.prefault('3ms'),
    capacity: count('Requests that a host works on at once; others wait in order.', 1, 100_000).optional(),
    status: count('HTTP status of every answer. Default: 200.', 200, 599).default(200),
    bodyBytes: count('Bytes of the body of every answer. Default: 64.', 0, bodyBytesMax).default(64),
    grpc: z
      .strictObject({
        status: count('grpc-status of every answer. Default: 0.', 0, 16).default(0),
        statusIn: z
          .enum(['headers', 'trailers'])
          .meta({ description: 'Where it stands; only one in the headers can be retried. Default: trailers.' })
          .default('trailers'),
        messages: count('Messages of an answer. Default: 1.', 0, 10_000).default(1),
        every: duration('Pause between two messages. Default: 10ms.').prefault('10ms'),
      })
      .meta({ description: 'How gRPC calls are answered.' })
      .optional(),
    healthCheck: z
      .strictObject({
        path: z.string().regex(/^\//).meta({ description: 'Default: /health.' }).default('/health'),
        every: duration('Default: 100ms.').prefault('100ms'),
        failures: count('So many in a row, and the host leaves discovery. Default: 2.', 1, 100).default(2),
      })
      .meta({ description: 'A registrar beside each host checks it, and takes it out of discovery while it fails.' })
      .optional(),
  })
  .meta({ description: 'What answers behind a cluster.' })

const reservedHeaders = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])
const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/, { error: 'a header name' })
      .refine((key) => !reservedHeaders.has(key.toLowerCase()) && !key.toLowerCase().startsWith('x-shaketable-'), {
        error: 'a header that is not set by the generator itself (host, content-length, x-shaketable-..., ...)',
      }),
    z.string().regex(/^[\t\x20-\x7e]{0,1000}$/, { error: 'printable ASCII text of at most 1000 characters' }),
  )
  .refine((map) => Object.keys(map).length <= 20, { error: 'at most 20 headers' })
  .meta({ description: 'Headers that the request carries.' })

const request = z
  .strictObject({
    host: z
      .string()
      .regex(/^[\w.:[\]-]{1,255}$/, { error: 'a host name, as in the definition' })
      .meta({ description: 'The virtual host, sent as Host or :authority.' }),
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      .meta({ description: 'Default: GET.' })
      .default('GET'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]{0,2000}$/, { error: 'a path that begins with "/" and has no spaces' })
      .meta({ description: 'Default: /.' })
      .default('/'),
    headers: headers.default({}),
    bodyBytes: count('Bytes of body that the request carries. Default: 0.', 0, bodyBytesMax).default(0),
    slowBody: z
      .strictObject({
        parts: count('Equal parts that the body goes out in.', 2, 1000),
        every: duration('From one part to the next.').prefault('100ms'),
      })
      .meta({ description: 'A slow client. The first part goes out with the head.' })
      .optional(),
    listener: z
      .string()
      .min(1)
      .meta({ description: 'The listener of your config that it enters by. Default: the first that speaks HTTP.' })
      .optional(),
    grpc: z
      .strictObject({ messages: count('Messages that the client sends. Default: 1.', 0, 10_000).default(1) })
      .meta({ description: 'A gRPC call: POST of this path, bodyBytes a message.' })
      .optional(),
  })
  .refine(
    ({ slowBody, bodyBytes, grpc }) => slowBody === undefined || (grpc === undefined && bodyBytes >= slowBody.parts),
    {
      error: 'a body of as many bytes as parts, and no gRPC call',
      path: ['slowBody'],
    },
  )
  .refine(({ grpc, method }) => grpc === undefined || method === 'GET' || method === 'POST', {
    error: 'method POST, or none, for a gRPC call',
    path: ['method'],
  })

const traffic = z.strictObject({
  request,
  protocol: z
    .enum(['HTTP/1.1', 'HTTP/2'])
    .meta({ description: 'Default: HTTP/1.1; a gRPC call is always HTTP/2.' })
    .optional(),
  ratePerSecond: rate('Requests started in a second, whether or not earlier ones were answered.'),
  arrivals: arrivals.default('poisson'),
  timeout: duration("The client's own limit, from the intended send time. Default: 10s.").prefault('10s'),
  from: duration('Default: 0s.').prefault('0s'),
  until: duration("Default: the scenario's duration.").optional(),
})

export function meshSchema(registry: Registry) {
  const common = commonFields(registry, 'mesh')
  return z
    .strictObject({
      name: common.name,
      about: common.about,
      mesh,
      upstreams: z
        .record(z.string().min(1), upstream)
        .meta({ description: 'By cluster. Default for those not named: 1 host, 3ms.' })
        .default({}),
      traffic: z.array(traffic).max(100).meta({ description: 'What the generator sends.' }).default([]),
      duration: common.duration,
      faults: common.faults,
      expect: common.expect,
      isolated: common.isolated,
      falseAlarm: common.falseAlarm,
    })
    .meta({ title: 'Shaketable scenario' })
}

export type ParsedMesh = z.output<ReturnType<typeof meshSchema>>
