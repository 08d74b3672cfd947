import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { expectGolden } from './golden.ts'
import { renderJunit } from './junit.ts'
import { sampleReport } from './sample-report.ts'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

/** Parsed with the order of children kept, as a schema needs it. */
function parse(xml: string): Element {
  expect(XMLValidator.validate(xml)).toBe(true)
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    trimValues: false,
  })
  const roots = (parser.parse(xml) as Raw[]).map(toElement).filter((element) => element.name === 'testsuites')
  const [root] = roots
  if (root === undefined) throw new Error('no testsuites element')
  return root
}

type Raw = Readonly<Record<string, unknown>>

function toElement(raw: Raw): Element {
  const name = Object.keys(raw).find((key) => key !== ':@') ?? ''
  const inside = Array.isArray(raw[name]) ? (raw[name] as Raw[]) : []
  const text = inside.map((child) => String(child['#text'] ?? '')).join('')
  const children = inside.filter((child) => !('#text' in child)).map(toElement)
  return { name, attributes: (raw[':@'] ?? {}) as Record<string, string>, children, text }
}

/** What the JUnit schema in common use (Jenkins' junit-10.xsd) asks of each element. */
const schema: Readonly<
  Record<
    string,
    { readonly required: readonly string[]; readonly allowed: readonly string[]; readonly children: readonly string[] }
  >
> = {
  testsuites: {
    required: [],
    allowed: ['name', 'time', 'tests', 'failures', 'disabled', 'errors', 'skipped'],
    children: ['testsuite'],
  },
  testsuite: {
    required: ['name', 'tests'],
    allowed: [
      'name',
      'tests',
      'failures',
      'errors',
      'time',
      'disabled',
      'skipped',
      'timestamp',
      'hostname',
      'id',
      'package',
    ],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { required: [], allowed: [], children: ['property'] },
  property: { required: ['name', 'value'], allowed: ['name', 'value'], children: [] },
  testcase: {
    required: ['name', 'classname'],
    allowed: ['name', 'classname', 'time', 'status', 'assertions'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { required: [], allowed: ['type', 'message'], children: [] },
  skipped: { required: [], allowed: ['message'], children: [] },
}

function check(element: Element): void {
  const rule = schema[element.name]
  if (rule === undefined) throw new Error(`${element.name} is not in the schema`)
  const attributes = Object.keys(element.attributes)
  expect(attributes).toEqual(expect.arrayContaining([...rule.required]))
  expect(rule.allowed).toEqual(expect.arrayContaining(attributes))
  const places = element.children.map((child) => rule.children.indexOf(child.name))
  expect(places).not.toContain(-1)
  expect(places).toEqual([...places].sort((left, right) => left - right))
  if (element.attributes.timestamp !== undefined) {
    expect(element.attributes.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  }
  for (const child of element.children) check(child)
}

const under = (element: Element, name: string): readonly Element[] =>
  element.children.flatMap((child) => (child.name === name ? [child] : under(child, name)))

describe('junit.xml', () => {
  test('matches the golden file and the schema in common use', () => {
    const xml = renderJunit(sampleReport())
    check(parse(xml))
    expectGolden('junit.golden.xml', xml)
  })

  test('a suite a scenario, a case an expectation, with totals that add up', () => {
    const root = parse(renderJunit(sampleReport()))
    expect(root.attributes).toMatchObject({ tests: '8', failures: '1', skipped: '2' })
    const suites = under(root, 'testsuite')
    expect(suites.map((suite) => suite.attributes.name)).toEqual(
      sampleReport().scenarios.map((scenario) => scenario.name),
    )
    for (const suite of suites) {
      const cases = under(suite, 'testcase')
      expect(suite.attributes.tests).toBe(String(cases.length))
      expect(suite.attributes.failures).toBe(String(under(suite, 'failure').length))
      expect(suite.attributes.skipped).toBe(String(under(suite, 'skipped').length))
    }
  })

  test('a failure tells its findings, an inconclusive expectation its reason', () => {
    const root = parse(renderJunit(sampleReport()))
    const [failure] = under(root, 'failure')
    expect(failure?.attributes.type).toBe('policy')
    expect(failure?.text).toContain('retry-reason: POST /users was retried')
    expect(failure?.text).toContain('fixtures/mesh/book.yaml:23:9')
    expect(failure?.text).toContain('attempt 2')
    expect(under(root, 'skipped').map((skipped) => skipped.attributes.message)).toContain(
      'The planned fault "bad-host" never fired, so no ejection could be seen.',
    )
  })

  test('control characters are replaced and markup is escaped', () => {
    const [scenario] = sampleReport().scenarios
    if (scenario === undefined) throw new Error('the sample has scenarios')
    const report: RunReport = { ...sampleReport(), scenarios: [{ ...scenario, name: 'a\u0000\u001b<b>"&\ud800' }] }
    const xml = renderJunit(report)
    expect(xml).not.toMatch(/[^\P{Cc}\n]/u)
    expect(parse(xml).children[0]?.attributes.name).toBe('a\ufffd\ufffd<b>"&\ufffd')
  })

  test('what no expectation explains is still not read as passed', () => {
    const [scenario] = sampleReport().scenarios
    if (scenario === undefined) throw new Error('the sample has scenarios')
    const torn = { ...scenario, verdict: 'inconclusive' as const }
    const root = parse(renderJunit({ ...sampleReport(), problems: ['the history was torn'], scenarios: [torn] }))
    expect(under(root, 'skipped')).toHaveLength(1)
    expect(under(root, 'failure').map((failure) => failure.text)).toEqual(['the history was torn'])
  })
})
