// Runs steps of a start side by side. When one fails, or when whoever waits gives up, the others are told to end and are
// waited for, so that nothing goes on starting behind the back of the stop that follows.

/** Resolves when all have; else throws what failed first, after every step has ended. */
export async function together(
  steps: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  signal?: AbortSignal,
): Promise<void> {
  const ending = new AbortController()
  const giveUp = () => ending.abort(signal?.reason)
  if (signal?.aborted) giveUp()
  signal?.addEventListener('abort', giveUp)
  try {
    const running = steps.map(async (step) => {
      ending.signal.throwIfAborted()
      await step(ending.signal)
    })
    for (const step of running) step.catch((error: unknown) => ending.abort(error))
    await Promise.allSettled(running)
    ending.signal.throwIfAborted()
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}
