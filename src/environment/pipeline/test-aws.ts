// AWS clients for unit tests: they answer each call by its command's name, remember its input, and go nowhere.

import type { AwsClients } from './aws-clients.ts'

export interface StubCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

export type StubAnswers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>>

export interface StubAws {
  readonly aws: AwsClients
  readonly calls: StubCall[]
}

/** By command, without its `Command`: `{ Invoke: () => ({ Payload: ... }) }`. */
export function stubAws(answers: StubAnswers): StubAws {
  const calls: StubCall[] = []
  const client = {
    async send(command: { readonly constructor: { readonly name: string }; readonly input: StubCall['input'] }) {
      const name = command.constructor.name.replace(/Command$/, '')
      calls.push({ name, input: command.input })
      const answer = answers[name]
      if (answer === undefined) throw new Error(`no answer to ${name}`)
      return answer(command.input)
    },
  }
  const names = ['s3', 'sns', 'sqs', 'kinesis', 'lambda', 'dynamodb', 'cloudformation']
  return { aws: Object.fromEntries(names.map((name) => [name, client])) as unknown as AwsClients, calls }
}

/** What an `Invoke` answers. */
export function invoked(result: unknown, error?: string): unknown {
  const Payload = new TextEncoder().encode(JSON.stringify(result))
  return error === undefined ? { Payload } : { Payload, FunctionError: error }
}

/** An exception as the SDK makes one of a service's answer. */
export function serviceException(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $response: {}, $metadata: {} })
}
