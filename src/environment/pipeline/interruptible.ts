// Makes an AWS client give up as soon as a signal says so: calls under way, and those to come, reject with the signal's
// reason. Without this a call to an emulator that was killed is tried again and again, and one that is frozen hangs until its
// timeout. What goes over the wire is left alone.

/** What every client of the SDK has. */
export interface SdkClient {
  readonly middlewareStack: {
    add(
      middleware: <Args, Output>(next: (args: Args) => Promise<Output>) => (args: Args) => Promise<Output>,
      options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string },
    ): void
  }
}

export function interruptible(client: SdkClient, signal: AbortSignal): void {
  client.middlewareStack.add((next) => (args) => unlessAborted(signal, () => next(args)), {
    step: 'initialize',
    // Outside of everything else, so that no retry of the SDK waits any more.
    priority: 'high',
    name: 'interruptible',
  })
}

/** The work's own outcome, or the signal's reason as soon as it is aborted. @throws the signal's reason */
export async function unlessAborted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([work(), promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
