// What a first scenario of a cluster does: how much is sent, what goes wrong, and what must hold, so that it passes when the
// config is kept. Faults are chosen by what the policy covers, thresholds by what the sample can prove.
//
//   retries cover a status ─► the first try of some requests is answered with it: the retry masks that
//   per-try timeout        ─► the first try of some hangs: it is given up and tried again
//   route timeout only     ─► the upstream hangs for a moment: the timeout ends those requests, and only those
//   ejection possible      ─► answers come a little late, below every timer: nothing that could eject a host
//   else                   ─► that as well, or nothing

import type { DeclaredRoute } from '../../mesh/policy.ts'
import { provableRatio, quantileAbove } from './proof.ts'
import type { Reached } from './reach.ts'
import { roomFor } from './room.ts'

export interface ProposedFault {
  readonly name: string
  /** Why it is there, for a person who sees it first. */
  readonly why: string
  /** The kind and its settings as one line of YAML: `abort: { status: 503 }`. */
  readonly text: string
  /** Further lines of YAML: `from: 500ms`. */
  readonly window?: readonly string[]
}

export interface ProposedExpectation {
  readonly text: string
  readonly why: string
}

export interface Proposal {
  readonly about: string
  readonly ratePerSecond: number
  readonly durationMs: number
  readonly faults: readonly ProposedFault[]
  readonly expect: readonly ProposedExpectation[]
  readonly falseAlarm: { readonly probability: number; readonly because: string }
}

/** What kind of fault, and what it does to requests. */
interface Shake {
  readonly about: string
  readonly faults: readonly ProposedFault[]
  /** Requests that it makes fail, at most. */
  readonly failuresMax: number
  /** Requests that are tried twice because of it, at most. */
  readonly retriedMax: number
  /** Why it could be that it hits nothing, or more than is allowed. */
  readonly chance: { readonly probability: number; readonly because: string }
}

const durationMs = 2000
const rates = [50, 40, 30, 20, 10]
/** A threshold leaves room for one request that fails for another reason. */
const spareFailures = 1
const hitNothingMax = 1e-6
/** When a moment begins. */
const momentMs = 500

export function propose(reached: Reached): Proposal {
  const ratePerSecond = rateFor(reached)
  const requests = (ratePerSecond * durationMs) / 1000
  const shake = shakeOf(reached, ratePerSecond, requests)
  return {
    about: shake.about,
    ratePerSecond,
    durationMs,
    faults: shake.faults,
    expect: expectations(reached, shake, requests),
    falseAlarm: shake.chance,
  }
}

/** Retries that are under way at once must stay below the retry breaker, even if every request is retried. */
function rateFor({ route, cluster }: Reached): number {
  if (route.retry === undefined) return 50
  const slots = cluster.breakers.retryBudget?.minConcurrency ?? cluster.breakers.maxRetries
  const heldMs = route.retry.backOffBaseMs + 20
  const most = (1000 * slots) / (1.5 * heldMs)
  return rates.find((rate) => rate <= most) ?? 10
}

function shakeOf(reached: Reached, ratePerSecond: number, requests: number): Shake {
  const { route, cluster, share } = reached
  const room = roomFor(route, cluster, ratePerSecond)
  if (room.refusesAll)
    return plain('The breakers are closed: every request is refused at once, and nothing else happens.')
  if (reached.before !== undefined) {
    return plain(`Requests as they are. Nothing is broken here yet, because ${reached.before.why}.`)
  }
  if (reached.isShadow) return plain('It gets copies of requests only; users never wait for its answers.')
  if (reached.isByChance) return plain('Its route takes requests by chance, so no fault is planned for them.')
  if (route.unmodelled !== undefined || cluster.unmodelled !== undefined) {
    return plain(
      'Requests go through in quiet times. Part of its config is beyond the policy model, so nothing is broken here yet.',
    )
  }
  if (room.isTight)
    return plain('Requests go through in quiet times. Its timers are too short for a fault that is harmless.')
  const ratio = [0.2, 0.5, 1].find((one) => (1 - share * one) ** requests <= hitNothingMax)
  if (ratio === undefined)
    return plain(`Requests go through in quiet times. Only ${percent(share)} of them go here, too few to plan a fault.`)
  const hitNothing = (1 - share * ratio) ** requests
  if (!room.canEject) {
    const masked = [...failingTries(reached, ratio, requests), ...hangingTries(reached, room.perTryRoom, ratePerSecond)]
    if (masked.length > 0) return maskedShake(masked, hitNothing)
    if (share === 1 && room.canHang) return hang(route, reached.request.isGrpc, ratePerSecond)
  }
  if (room.lateMs === undefined) return plain('Requests go through in quiet times.')
  return late(room.lateMs, ratio, hitNothing, room.canEject)
}

interface MaskedFault extends ProposedFault {
  readonly retriedMax: number
  /** Whether the seed decides which requests it hits. */
  readonly isByChance: boolean
}

function failingTries({ route, request, share }: Reached, ratio: number, requests: number): readonly MaskedFault[] {
  const answer = retriedAnswer(route, request.isGrpc)
  if (answer === undefined) return []
  const why = `${shareWords(ratio)} gets ${answer.words} on its first try. retry_on covers that, so the second try must come through.`
  const text = `abort: { ${answer.setting}, ${ratio === 1 ? '' : `ratio: ${ratio}, `}first: 1 }`
  const retriedMax = quantileAbove(requests, ratio * share)
  return [{ name: 'first-try-fails', why, text, retriedMax, isByChance: true }]
}

function hangingTries({ route, share }: Reached, perTryRoom: boolean, ratePerSecond: number): readonly MaskedFault[] {
  const perTryMs = route.retry?.perTryTimeoutMs
  if (perTryMs === undefined || !perTryRoom || share < 1) return []
  const { window, windowMs, hitMax } = aMoment(ratePerSecond)
  const why = `First tries hang for a moment (${windowMs} ms). The per-try timeout of ${perTryMs} ms gives up on them, and the next try answers.`
  const text = `plan: { attempts: [{ delay: ${perTryMs + Math.max(200, perTryMs)}ms }] }`
  return [{ name: 'first-try-hangs', why, text, window, retriedMax: hitMax, isByChance: false }]
}

/**
 * A window with few requests, and at least one: who waits for long is easily on a machine's slow moment, and the policy's
 * timed rules want 95 % of the requests without one.
 */
function aMoment(ratePerSecond: number): { window: readonly string[]; windowMs: number; hitMax: number } {
  const windowMs = Math.max(60, Math.ceil(1000 / ratePerSecond))
  return {
    window: [`from: ${momentMs}ms`, `until: ${momentMs + windowMs}ms`],
    windowMs,
    hitMax: Math.ceil((ratePerSecond * windowMs) / 1000) + 1,
  }
}

const shareWords = (ratio: number) => (ratio === 1 ? 'Every request' : `One request in ${Math.round(1 / ratio)}`)

function maskedShake(faults: readonly MaskedFault[], hitNothing: number): Shake {
  const isByChance = faults.some((fault) => fault.isByChance)
  return {
    about: 'First tries fail now and then. Retries must hide that from users.',
    faults,
    failuresMax: 0,
    retriedMax: faults.reduce((sum, fault) => sum + fault.retriedMax, 0),
    chance: {
      probability: isByChance ? atMost(hitNothing) : 0,
      because: isByChance
        ? 'Only first tries are hit, so no request fails by chance; it is inconclusive when the seed plans no hit at all.'
        : 'Only first tries are hit, and by the clock: nothing is left to chance.',
    },
  }
}

/** An answer that the route's retries cover, the most usual first. */
function retriedAnswer(
  { retry }: DeclaredRoute,
  isGrpc: boolean,
): { readonly setting: string; readonly words: string } | undefined {
  if (retry === undefined || retry.retries < 1) return undefined
  const { on, statusCodes = [] } = retry
  if (isGrpc) {
    const [condition, status] = grpcStatuses.find(([name]) => on.includes(name)) ?? []
    return condition === undefined
      ? undefined
      : { setting: `grpcStatus: ${status}`, words: `grpc-status ${status} (${condition})` }
  }
  const [listed] = on.includes('retriable-status-codes') ? statusCodes.filter((code) => code >= 400) : []
  const status =
    on.includes('5xx') || on.includes('gateway-error')
      ? 503
      : (listed ?? (on.includes('retriable-4xx') ? 409 : undefined))
  return status === undefined ? undefined : { setting: `status: ${status}`, words: String(status) }
}

const grpcStatuses: readonly (readonly [string, number])[] = [
  ['unavailable', 14],
  ['resource-exhausted', 8],
  ['cancelled', 1],
  ['deadline-exceeded', 4],
  ['internal', 13],
]

function hang({ timeoutMs }: DeclaredRoute, isGrpc: boolean, ratePerSecond: number): Shake {
  const { window, windowMs, hitMax } = aMoment(ratePerSecond)
  return {
    about: `The upstream hangs for a moment. The route timeout of ${timeoutMs} ms ends those requests, and only those.`,
    faults: [
      {
        name: 'upstream-hangs',
        why: `The upstream hangs for a moment (${windowMs} ms). Those requests must end by the route timeout of ${timeoutMs} ms, with ${isGrpc ? 'grpc-status 4' : '504'}.`,
        text: `delay: { duration: ${timeoutMs + Math.max(1000, timeoutMs)}ms }`,
        window,
      },
    ],
    failuresMax: hitMax,
    retriedMax: 0,
    chance: { probability: 0, because: `Arrivals are constant: at most ${hitMax} requests lie in the fault's window.` },
  }
}

function late(lateMs: number, ratio: number, hitNothing: number, canEject: boolean): Shake {
  const careful = canEject ? ' Nothing more is broken, because outlier detection could eject its host.' : ''
  return {
    about: `Some answers come late, but within every timer. Nobody must notice more than that.${careful}`,
    faults: [
      {
        name: 'slow-answers',
        why: `${shareWords(ratio)} waits ${lateMs} ms longer, below every timer of the route.`,
        text: `delay: { duration: ${lateMs}ms${ratio === 1 ? '' : `, ratio: ${ratio}`} }`,
      },
    ],
    failuresMax: 0,
    retriedMax: 0,
    chance: {
      probability: atMost(hitNothing),
      because:
        'The delay is below every timer, so no request fails by it; it is inconclusive when the seed plans no hit at all.',
    },
  }
}

function plain(about: string): Shake {
  const chance = { probability: 0, because: 'Nothing is broken and nothing is left to chance.' }
  return { about, faults: [], failuresMax: 0, retriedMax: 0, chance }
}

function expectations(reached: Reached, shake: Shake, requests: number): readonly ProposedExpectation[] {
  const { route, cluster, before = { isJudged: true, isServed: true } } = reached
  const policy = {
    text: 'policy: {}',
    why: "Every single request is held to the config: route, tries, retries, timeouts, breakers, Envoy's own counters.",
  }
  const judged = before.isJudged ? [policy] : []
  if (!before.isServed || roomFor(route, cluster, 1).refusesAll) return judged
  const failures = shake.failuresMax + spareFailures
  const ratio = provableRatio(requests, failures)
  const served = {
    text: `success: ">= ${ratio}"`,
    why: `Users get an answer. ${requests} requests prove no more than this ratio when at most ${failures} of them ${failures === 1 ? 'fails' : 'fail'}.`,
  }
  if (route.retry === undefined) return [...judged, served]
  const tries = Math.ceil((10 * (requests + shake.retriedMax + spareFailures)) / requests) / 10
  const amplified = {
    text: `amplification: "<= ${tries}"`,
    why: 'Retries do not multiply the load: tries per request.',
  }
  return [...judged, served, amplified]
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`
/** A bound that reads well. */
const atMost = (probability: number): number => (probability === 0 ? 0 : 10 ** Math.ceil(Math.log10(probability)))
