// Stops all, side by side, however many fail; then throws what failed first.

export async function stopAll(stops: readonly (() => Promise<unknown>)[]): Promise<void> {
  const results = await Promise.allSettled(stops.map(async (stop) => stop()))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
