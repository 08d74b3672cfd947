// A Prometheus histogram to which many equal values can be added at once: a report holds counts by cell, and prom-client's
// own `observe` takes one value a call. Its text form stays prom-client's.

import { Histogram, type Registry } from 'prom-client'

/** 1-2-5 per decade, 1 ms to 100 s: edges of the report's own cells, so the counts are exact. */
export const bucketsSeconds: readonly number[] = [0.001, 0.01, 0.1, 1, 10].flatMap((decade) =>
  [1, 2, 5].map((step) => Number((decade * step).toPrecision(3))),
)

export interface BucketCounter {
  observe(labels: { readonly scenario: string }, valueSeconds: number, count?: number): void
}

interface Tally {
  readonly counts: number[]
  count: number
  sum: number
}

export function bucketCounter(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
): BucketCounter {
  const tallies = new Map<string, Tally>()
  const histogram = new Histogram({
    name,
    help,
    labelNames: ['scenario'],
    buckets: [...bucketsSeconds],
    registers: [registry],
  })
  // Not `get`: that one calls the text form, which is replaced below, and would call itself for ever.
  const own = histogram as unknown as { getForPromString: typeof histogram.get }
  const described = own.getForPromString.bind(histogram)
  histogram.get = async () => ({
    ...(await described()),
    values: [...tallies].flatMap(([scenario, tally]) => lines(name, scenario, tally)),
  })
  // The text form asks for this one; it shares the labels of a histogram's lines, which ours carry already.
  Object.defineProperty(histogram, 'getForPromString', { value: histogram.get })
  return {
    observe({ scenario }, valueSeconds, count = 1) {
      if (!Number.isFinite(valueSeconds)) return
      const tally = tallies.get(scenario) ?? { counts: bucketsSeconds.map(() => 0), count: 0, sum: 0 }
      tallies.set(scenario, tally)
      tally.count += count
      tally.sum += valueSeconds * count
      const bucket = bucketsSeconds.findIndex((edge) => valueSeconds <= edge)
      if (bucket >= 0) tally.counts[bucket] = (tally.counts[bucket] ?? 0) + count
    },
  }
}

function lines(name: string, scenario: string, { counts, count, sum }: Tally) {
  let cumulated = 0
  const buckets = bucketsSeconds.map((edge, index) => {
    cumulated += counts[index] ?? 0
    return { metricName: `${name}_bucket`, labels: { scenario, le: edge }, value: cumulated }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { scenario, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: { scenario }, value: sum },
    { metricName: `${name}_count`, labels: { scenario }, value: count },
  ]
}
