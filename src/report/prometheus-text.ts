// Reads the Prometheus text format back, strictly, for the tests of the metrics reporter.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Throws on a line that the format does not allow and on a sample whose family was not announced. */
export function parsePrometheus(text: string): readonly Sample[] {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const announced = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (announced !== null) {
      if (announced[1] === 'TYPE') types.set(announced[2] ?? '', announced[3] ?? '')
      continue
    }
    const sample = parseSample(line)
    const family = sample.name.replace(/_(bucket|sum|count)$/, '')
    if (!types.has(sample.name) && types.get(family) !== 'histogram') throw new Error(`no TYPE for ${sample.name}`)
    samples.push(sample)
  }
  return samples
}

function parseSample(line: string): Sample {
  const [, name, inside = '', value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  let rest = inside
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/s.exec(rest)
    if (label === null) throw new Error(`no label: ${rest} in ${line}`)
    labels[label[1] ?? ''] = (label[2] ?? '').replace(/\\(["\\n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(label[0].length)
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : value === 'Nan' ? Number.NaN : Number(value)
  if (Number.isNaN(number) && value !== 'Nan') throw new Error(`no number: ${line}`)
  return { name, labels, value: number }
}
