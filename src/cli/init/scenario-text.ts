// A proposal as the text of a scenario file, with a comment at each part for somebody who sees one for the first time.

import type { Proposal } from './propose.ts'
import { placeOf, type Reached } from './reach.ts'
import { hostsFor } from './room.ts'

export interface ScenarioPlace {
  readonly name: string
  /** Relative to the scenario's file, with forward slashes. */
  readonly schema: string
  /** The lines below `mesh:`, without indentation. */
  readonly mesh: readonly string[]
  /** What it was written from, for the head of the file. */
  readonly from: string
  /** It is no service definition. */
  readonly isForeign: boolean
  /** Filters that ask a service which is not here, and that the user said may be taken out. */
  readonly stubs: readonly string[]
}

const widthMax = 110

export function scenarioText(place: ScenarioPlace, reached: Reached, proposal: Proposal): string {
  const { route, cluster } = reached
  return [
    `# yaml-language-server: $schema=${place.schema}`,
    ...comment(`Written by shaketable init from ${place.from}. It is yours now: change what you like.`, ''),
    `name: ${place.name}`,
    'about: >-',
    ...folded(`Requests to ${cluster.name}${placeOf(route).replace(/^ at/, ', route at')}. ${proposal.about}`, '  '),
    '',
    '# The config under test. The run is held to what it promises; a real Envoy is served it.',
    'mesh:',
    ...place.mesh.map((line) => `  ${line}`),
    ...stubLines(place),
    ...upstreamLines(reached),
    '',
    '# What is sent, whether or not earlier requests were answered: an example that leads to this cluster.',
    'traffic:',
    `  - request: ${requestText(reached)}`,
    `    ratePerSecond: ${proposal.ratePerSecond}`,
    '    arrivals: constant',
    `duration: ${proposal.durationMs / 1000}s`,
    ...faultLines(reached, proposal),
    '',
    '# What must hold, judged from the recorded history.',
    'expect:',
    ...proposal.expect.flatMap(({ text, why }) => [...comment(why, '  '), `  - ${text}`]),
    ...logLines(place),
    '',
    '# The chance that this does not pass although nothing is wrong.',
    'falseAlarm:',
    `  probability: ${decimal(proposal.falseAlarm.probability)}`,
    '  because: >-',
    ...folded(proposal.falseAlarm.because, '    '),
    '',
  ].join('\n')
}

function logLines({ isForeign }: ScenarioPlace): readonly string[] {
  if (!isForeign) return [...comment('No Envoy logs a warning.', '  '), '  - no-surprise-logs: {}']
  const why = 'No Envoy logs a warning, but for deprecated fields, of which it warns at every start.'
  return [...comment(why, '  '), '  - no-surprise-logs: { allow: ["[Dd]eprecated"] }']
}

function faultLines({ cluster }: Reached, { faults }: Proposal): readonly string[] {
  if (faults.length === 0)
    return ['# Nothing goes wrong here yet: faults: [] is the default; docs/scenarios.md lists the kinds.']
  return [
    '',
    '# What goes wrong meanwhile, one hop upstream of the Envoy under test, where its router can see it.',
    'faults:',
    ...faults.flatMap(({ name, why, text, window = [] }) => [
      ...comment(why, '  '),
      `  - name: ${name}`,
      `    target: ${scalar(cluster.name)}`,
      ...window.map((line) => `    ${line}`),
      `    ${text}`,
    ]),
  ]
}

function stubLines({ stubs }: ScenarioPlace): readonly string[] {
  if (stubs.length === 0) return []
  return [
    ...comment('These filters ask a service that is not here; each is taken out, as if it always agreed.', '  '),
    `  stubs: { ${stubs.map((name) => `${scalar(name)}: allow`).join(', ')} }`,
  ]
}

function upstreamLines({ cluster }: Reached): readonly string[] {
  const hosts = hostsFor(cluster)
  if (hosts === 1) return []
  return [
    '',
    '# What answers in the place of the real upstream: as many hosts as the config lists, each with an address of its own.',
    'upstreams:',
    `  ${scalar(cluster.name)}: { hosts: ${hosts} }`,
  ]
}

function requestText({ request }: Reached): string {
  const { host, method, path, headers, listener, isGrpc } = request
  const headerText = Object.entries(headers).map(([name, value]) => `${scalar(name)}: ${JSON.stringify(value)}`)
  const parts = [
    `host: ${scalar(host)}`,
    ...(isGrpc ? [] : [`method: ${method}`]),
    `path: ${scalar(path)}`,
    ...(headerText.length === 0 ? [] : [`headers: { ${headerText.join(', ')} }`]),
    ...(listener === undefined ? [] : [`listener: ${scalar(listener)}`]),
    ...(isGrpc ? ['grpc: {}'] : []),
  ]
  return `{ ${parts.join(', ')} }`
}

/** Plain where YAML takes it for text in a flow mapping, else quoted as JSON, which YAML reads as well. */
export function scalar(text: string): string {
  const isPlain =
    /^(\.\.?|(\.\.?\/)*[A-Za-z/][\w./-]*)$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return isPlain ? text : JSON.stringify(text)
}

function decimal(value: number): string {
  if (value === 0 || value >= 1e-6) return String(value)
  return value.toFixed(12).replace(/0+$/, '').replace(/\.$/, '')
}

function comment(text: string, indent: string): readonly string[] {
  return folded(text, `${indent}# `)
}

function folded(text: string, indent: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > widthMax) {
      lines.push(`${indent}${line}`)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, `${indent}${line}`]
}
