// Short forms for mistakes: a change of a function's source, and changes of resources of the template.

import type { SourceEdit } from '../../environment/pipeline/bundle.ts'
import type { CloudFormationTemplate } from '../../pipeline/template.ts'

const edit =
  (file: string) =>
  (find: string, replace: string): SourceEdit => ({ file, find, replace })

const inFunction = (name: string) => edit(`localstack/functions/${name}.ts`)
const inPipeline = (name: string) => edit(`src/pipeline/${name}.ts`)

export const inSource = {
  clients: inFunction('aws-clients'),
  dispatcher: inFunction('dispatcher'),
  drain: inFunction('drain'),
  eventPusher: inFunction('event-pusher'),
  main: inFunction('main'),
  objectBody: inFunction('object-body'),
  parkedItem: inFunction('parked-item'),
  putPlan: inFunction('put-plan'),
  putRecords: inFunction('put-records'),
  reporter: inFunction('reporter'),
  routeAnnounced: inFunction('route-announced'),
  unpack: inFunction('unpack'),
  eventRecord: inPipeline('event-record'),
  processObject: inPipeline('process-object'),
  readLines: inPipeline('read-lines'),
  routing: inPipeline('routing'),
  utcTime: edit('src/parsers/utc-time.ts'),
}

type Change = (template: CloudFormationTemplate) => CloudFormationTemplate

/** Sets properties of one resource; an undefined value takes the property away. @throws Error for a resource that is not there */
export function withProperties(id: string, properties: Readonly<Record<string, unknown>>): Change {
  return (template) => {
    const resource = template.Resources[id]
    if (resource === undefined) throw new Error(`the template has no resource ${id}`)
    const changed = Object.entries({ ...resource.Properties, ...properties }).filter(([, value]) => value !== undefined)
    const Resources = { ...template.Resources, [id]: { ...resource, Properties: Object.fromEntries(changed) } }
    return { ...template, Resources }
  }
}

/** Sets variables of one function's environment. @throws Error for a function that is not there */
export function withVariables(id: string, variables: Readonly<Record<string, string>>): Change {
  return (template) => {
    const { Environment } = template.Resources[id]?.Properties ?? {}
    const { Variables } = (Environment ?? {}) as { readonly Variables?: Readonly<Record<string, unknown>> }
    return withProperties(id, { Environment: { Variables: { ...Variables, ...variables } } })(template)
  }
}
