// Small definitions and scenarios for the tests of the command line: one dependency, one second, no timed expectation, so
// that a busy machine cannot make them inconclusive.

type Route = Readonly<Record<string, unknown>>

const retry = { retry_on: '5xx', num_retries: 2, per_try_timeout_ms: 400 }
/** GET is retried, everything else is sent once. */
const retriedRoute: Route = { prefix: '/', timeout_ms: 2000, retry_policy: retry }
export const plainRoute: Route = { prefix: '/', timeout_ms: 2000 }

export const smallDefinition = (route: Route = retriedRoute) => ({
  version: 1,
  dependencies: [
    {
      name: 'user',
      cluster_name: 'user-development',
      lb: 'user-app:80',
      tls: false,
      connect_timeout_ms: 250,
      routes: [route],
    },
  ],
})

export const twoClusters = () => {
  const [user] = smallDefinition().dependencies
  return { version: 1, dependencies: [user, { ...user, name: 'idle', cluster_name: 'idle-development' }] }
}

export const smallScenario = (changes: Readonly<Record<string, unknown>> = {}) => ({
  name: 'calm',
  about: 'Nothing is broken.',
  mesh: { definition: 'book.json' },
  traffic: [{ request: { host: 'user', path: '/a' }, ratePerSecond: 40, arrivals: 'constant' }],
  duration: '1s',
  expect: [{ failures: '<= 0' }],
  ...changes,
})

export const everyFirstTryFails = {
  name: 'first-try-fails',
  target: 'user-development',
  plan: { attempts: [503, 'ok'] },
}
