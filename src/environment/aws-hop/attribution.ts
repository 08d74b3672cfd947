// Whose call it is: the function from `app/<name>`, which AWS_SDK_UA_APP_ID puts into the user agent of both SDKs, and the
// invocation from the Parent of X-Amzn-Trace-Id, which our executor makes for every single invocation.

import { functionRoles } from '../../pipeline/function-roles.ts'
import type { Headers } from './exchange.ts'

export interface Attribution {
  /** Name of the AWS function; empty where no function made the call. */
  readonly functionName: string
  /** 16 hexadecimal digits. */
  readonly invocation16?: string
}

export function attributionOf(headers: Headers): Attribution {
  const functionName = appIn(headers['x-amz-user-agent']) ?? appIn(headers['user-agent']) ?? ''
  const invocation16 = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/i.exec(text(headers['x-amzn-trace-id']))?.[1]
  return { functionName, ...(invocation16 === undefined ? {} : { invocation16: invocation16.toLowerCase() }) }
}

/** `logs-dispatcher-fast` is `dispatcher-fast`; a name without a known role stays as it is. */
export function roleOf(functionName: string): string {
  return functionRoles.find((role) => functionName === role || functionName.endsWith(`-${role}`)) ?? functionName
}

function appIn(agent: string | readonly string[] | undefined): string | undefined {
  return /(?:^|\s)app\/([^\s]+)/.exec(text(agent))?.[1]
}

function text(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(' ')
}
