// Every single fault that a log pipeline must survive, one experiment each: function x AWS call x what happens to it, and
// function x what happens to its invocation. The key of an object says which experiment it is, so a few hundred objects
// through one deployed stack cover them all, and each object meets exactly one fault.
//
// Not covered: Scan, which is about no single object, and the Drain's own invocation, whose payload names none.

import type { CallAction, InvocationAction } from './pipeline-fault.ts'

interface ExperimentBase {
  /** `main:s3.GetObject:lost-response`, `reporter:crash-after`. */
  readonly name: string
  /** A role; `dispatcher` is the dispatcher of either lane. */
  readonly function: string
  /** Main is to fail for good first, or this function would never hear of the object. */
  readonly parks: boolean
  /** The call is made for objects with poison lines only. */
  readonly poisoned: boolean
}

export interface CallExperiment extends ExperimentBase {
  /** `service.Operation` */
  readonly call: string
  readonly action: CallAction
}

export interface InvocationExperiment extends ExperimentBase {
  readonly call?: undefined
  readonly action: InvocationAction
}

export type PipelineExperiment = CallExperiment | InvocationExperiment

/** Attempts that an asynchronous invocation has on AWS before its event goes to the dead-letter queue. */
export const asyncAttempts = 3

const delayMs = 400
const lateMs = 1500

const callActions: Readonly<Record<string, CallAction>> = {
  'error-before': { status: 500 },
  throttled: { throttle: true },
  'lost-response': { reset: 'after' },
  'crash-before': { crash: 'before' },
  'crash-after': { crash: 'after' },
  delay: { delayMs },
}

/** What only this call can suffer. */
const ownActions: Readonly<Record<string, Readonly<Record<string, CallAction>>>> = {
  'kinesis.PutRecords': { 'partial-failure': { refuseEntries: [0] } },
  's3.GetObject': { 'cut-body': { cutBodyRatio: 0.5 } },
}

const invocationActions: Readonly<Record<string, InvocationAction>> = {
  'crash-before': { crash: 'before' },
  'crash-after': { crash: 'after' },
  timeout: { timeout: true },
  throttled: { throttle: true },
  duplicate: { duplicates: 1 },
  late: { delayMs: lateMs },
}

interface Subject {
  readonly function: string
  readonly calls: readonly string[]
  readonly parks?: boolean
  readonly callsIfPoisoned?: readonly string[]
  /** False: its invocations name no object. */
  readonly invocations?: boolean
}

const subjects: readonly Subject[] = [
  { function: 'event-pusher', calls: ['kinesis.PutRecords'] },
  { function: 'dispatcher', calls: ['lambda.Invoke'] },
  { function: 'main', calls: ['s3.GetObject', 'sink.Deliver'], callsIfPoisoned: ['sns.Publish'] },
  { function: 'reporter', calls: ['dynamodb.PutItem'], parks: true },
  { function: 'drain', calls: ['kinesis.PutRecords', 'dynamodb.DeleteItem'], parks: true, invocations: false },
]

export const pipelineExperiments: readonly PipelineExperiment[] = subjects.flatMap(experimentsOf)

function experimentsOf(subject: Subject): readonly PipelineExperiment[] {
  const { function: role, parks = false } = subject
  const ofCall = (call: string, poisoned: boolean): readonly PipelineExperiment[] =>
    Object.entries({ ...callActions, ...ownActions[call] }).map(([what, action]) => {
      return { name: `${role}:${call}:${what}`, function: role, call, action, parks, poisoned }
    })
  const ofInvocation = Object.entries(subject.invocations === false ? {} : invocationActions).map(([what, action]) => {
    return { name: `${role}:${what}`, function: role, action, parks, poisoned: false }
  })
  return [
    ...subject.calls.flatMap((call) => ofCall(call, false)),
    ...(subject.callsIfPoisoned ?? []).flatMap((call) => ofCall(call, true)),
    ...ofInvocation,
  ]
}

/** The experiment that an object (`bucket/key`) is: the last run of digits in its key picks it, else a hash of the key. */
export function experimentOf(object: string): PipelineExperiment {
  const key = object.slice(object.indexOf('/') + 1)
  const digits = key.match(/\d+/g)?.at(-1)
  const number = digits === undefined ? hash(key) : Number(BigInt(digits) % BigInt(pipelineExperiments.length))
  const experiment = pipelineExperiments[number % pipelineExperiments.length]
  if (experiment === undefined) throw new Error('there are no experiments')
  return experiment
}

export function isAbout(experiment: PipelineExperiment, role: string): boolean {
  return role === experiment.function || (experiment.function === 'dispatcher' && role.startsWith('dispatcher-'))
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
