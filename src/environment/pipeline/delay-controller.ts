// A controller in a person's place: it adjusts DELAY of a lane by what a call of the handler's downstream takes. Above the
// target the delay grows by half at once; well below it shrinks a little at a time. In between nothing changes, which
// keeps it from swinging. It decides only; setting is the caller's.

export interface ControlSettings {
  readonly targetMs: number
  readonly delayMsMax: number
}

/** Below this share of the target there is room to go faster. */
const roomRatio = 0.6
const growth = 1.5
const shrink = 0.9
const firstDelayMs = 50
const leastDelayMs = 10

/** `latencyMs`: p99 of the last interval; undefined when there was no call. The same delay means: leave it. */
export function nextDelayMs(
  delayMs: number,
  latencyMs: number | undefined,
  { targetMs, delayMsMax }: ControlSettings,
): number {
  if (latencyMs === undefined) return delayMs
  if (latencyMs > targetMs) return Math.min(delayMsMax, Math.round(Math.max(firstDelayMs, delayMs * growth)))
  if (latencyMs >= targetMs * roomRatio) return delayMs
  const slower = Math.round(delayMs * shrink)
  return slower < leastDelayMs ? 0 : slower
}
